/** Training that must come to the same on every engine. */
import { train, type ExamplesLike, type TrainOptions, type Trainable } from "@elbo/core";
import { digest, expectClose, type Tolerance } from "@elbo/test-utils";
import { expect, test } from "vitest";

/** What a run computes with. */
export interface Compute {
  readonly engine: "eager" | "native" | "wasm" | "portable";
  readonly threads?: number;
}

/** What a run leaves. */
export interface EngineRun {
  readonly losses: readonly number[];
  /** Of all weights. */
  readonly digest: string;
}

/** A model that ends with its run. */
type Trained = Trainable & {
  readWeights(): Promise<Parameters<typeof digest>[0]>;
  dispose(): void;
};

/** Trains a model to the end, its losses noted at every step. */
export async function runOn(
  model: Trained,
  data: ExamplesLike,
  options: TrainOptions,
): Promise<EngineRun> {
  const { history } = await train(model, data, {
    validation: 0,
    progress: "silent",
    logEvery: 1,
    ...options,
  });
  const weights = digest(await model.readWeights());
  model.dispose();
  return { losses: history.steps.map(({ loss }) => loss), digest: weights };
}

/** How runs are compared. */
export interface EngineTests {
  readonly tolerance: Tolerance;
  /** Whose losses the others are compared with; eager by default. */
  readonly reference?: "eager" | "native";
  /** Engines whose threads are varied; native by default. */
  readonly threaded?: readonly Compute["engine"][];
}

/** Tests that a run has the losses of eager on every engine, and leaves the same bytes for any number of threads. */
export function testEngines(
  run: (compute: Compute) => Promise<EngineRun>,
  { tolerance, reference = "eager", threaded = ["native"] }: EngineTests,
): void {
  const others = (["native", "wasm", "portable"] as const).filter((name) => name !== reference);
  test(`losses on ${others.join(", ")} are those on ${reference}`, async () => {
    const wanted = await run({ engine: reference });
    expect(wanted.losses.every(Number.isFinite)).toBe(true);
    expect(wanted.losses.at(-1)).not.toBe(wanted.losses[0]);
    for (const engine of others) {
      const { losses } = await run({ engine });
      expectClose(losses, wanted.losses, tolerance);
    }
  });

  test("1, 2, 3 and 8 threads leave the same bytes", async () => {
    for (const engine of threaded) {
      const runs: EngineRun[] = [];
      for (const threads of [1, 2, 3, 8]) runs.push(await run({ engine, threads }));
      expect(new Set(runs.map((each) => each.digest)).size, engine).toBe(1);
      expect(new Set(runs.map(({ losses }) => losses.join())).size, engine).toBe(1);
    }
  });
}
