import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRunArguments } from "../src/configuration/parse.ts";
import { modelCases } from "../src/models/index.ts";
import { runBench } from "../src/run/runBench.ts";
import { createWriter } from "../src/writer.ts";
import { exampleResults } from "./support/exampleResults.ts";
import type { Configuration } from "../src/configuration/configuration.ts";
import type { Results } from "../src/results/schema.ts";
import type { BenchData } from "../src/run/data.ts";
import type { RunOutcome } from "../src/run/runBench.ts";
import type { TrainUnit } from "../src/run/unit.ts";

const images = (count: number, isLabelled: boolean): BenchData["train"] => ({
  data: new Uint8Array(count * 64),
  shape: [count, 8, 8, 1],
  ...(isLabelled ? { labels: new Uint8Array(count) } : {}),
});

/** A trainer that only stores a made-up result. */
const pretend: TrainUnit = async ({ modelCase, seed, store }) => {
  const [model] = exampleResults().models;
  const result = { ...model.seeds[0], model: modelCase.name, seed };
  await store.finishUnit(result);
  return { kind: "finished", result };
};

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "elbo-bench-"));
});
afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

interface Circumstances {
  readonly changes?: Partial<Configuration>;
  readonly classes?: number;
  readonly trainUnit?: TrainUnit;
  readonly signal?: AbortSignal;
}

async function run(circumstances: Circumstances): Promise<{ outcome: RunOutcome; said: string }> {
  const { changes = {}, classes = 2, trainUnit = pretend } = circumstances;
  const output = new PassThrough();
  const known = { datasets: ["fashion-mini"], models: modelCases.map(({ name }) => name) };
  const { configuration } = parseRunArguments({}, known);
  const outcome = await runBench(
    {
      configuration: { ...configuration, network: "mlp", widths: [4], seeds: [1], ...changes },
      out,
      isFresh: false,
    },
    {
      writer: createWriter({ output, error: new PassThrough() }),
      signal: circumstances.signal ?? new AbortController().signal,
      cases: modelCases,
      load: () =>
        Promise.resolve({
          train: images(300, classes > 0),
          test: images(20, classes > 0),
          image: [8, 8, 1],
          classes,
        }),
      trainUnit,
    },
  );
  return { outcome, said: (output.read() as Buffer).toString() };
}

describe("runBench", () => {
  test("data without labels are refused when a model needs labels", async () => {
    await expect(run({ classes: 0 })).rejects.toThrow(
      "bench run: --dataset must have labels for cvae, got fashion-mini",
    );
    await expect(run({ classes: 0, changes: { models: ["vae"] } })).resolves.toMatchObject({
      outcome: "finished",
    });
  });

  test("networks that do not fit the images are refused before anything trains", async () => {
    let trained = 0;
    const trainUnit: TrainUnit = (order) => {
      trained++;
      return pretend(order);
    };
    const changes = { network: "conv", widths: [4, 4, 4, 4] } as const;
    await expect(run({ changes, trainUnit })).rejects.toThrow(
      /^bench run: configuration must suit Autoencoder, got conv: .*divisible by 16/u,
    );
    expect(trained).toBe(0);
  });

  test("a training that diverges is named, and the others are reported", async () => {
    const trainUnit: TrainUnit = (order) =>
      order.modelCase.name === "vae"
        ? Promise.resolve({ kind: "diverged", message: "loss must be finite" })
        : pretend(order);
    const { outcome, said } = await run({ trainUnit });
    expect(outcome).toBe("diverged");
    expect(said).toContain("[2/5] VAE (β = 1), seed 1  diverged: loss must be finite\n");
    expect(said).toContain("Diverged, and not in these numbers: VAE (β = 1) with seed 1.\n");
    const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(results.diverged).toMatchObject([{ model: "vae", seed: 1 }]);
    expect(results.models.map(({ seeds }) => seeds.length)).toEqual([1, 0, 1, 1, 1]);
  });

  test("every seed of every model is trained once, seed by seed, and joined by others later", async () => {
    const trained: string[] = [];
    const trainUnit: TrainUnit = (order) => {
      trained.push(`${order.modelCase.name} ${order.seed}`);
      return pretend(order);
    };
    await run({ changes: { models: ["vae", "cvae"], seeds: [7, 3] }, trainUnit });
    expect(trained).toEqual(["vae 7", "cvae 7", "vae 3", "cvae 3"]);
    await run({ changes: { models: ["vae", "vq-vae"], seeds: [3, 7] }, trainUnit });
    expect(trained.slice(4)).toEqual(["vq-vae 3", "vq-vae 7"]);
  });

  test("a run that is stopped trains nothing more and says how to go on", async () => {
    const stop = new AbortController();
    const trainUnit: TrainUnit = async (order) => {
      const result = await pretend(order);
      stop.abort();
      return result;
    };
    const { outcome, said } = await run({ trainUnit, signal: stop.signal });
    expect(outcome).toBe("stopped");
    expect(said).toContain("Stopped. The same command continues from the last step");
    expect(said).not.toContain("[2/5]");
  });
});
