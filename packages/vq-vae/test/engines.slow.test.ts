/** Training with every quantizer has the same losses on all engines, and the same bytes for any number of threads. */
import { Random, train } from "@elbo/core";
import { digest, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import { describe, expect, test } from "vitest";
import { vqVae, type QuantizerChoice } from "../src/index.ts";
import { choices } from "./support/choices.ts";

const image = [8, 8, 1];
const data = uniformImages(new Random(1), [96, ...image]);

interface Compute {
  readonly engine: "eager" | "native" | "wasm" | "portable";
  readonly threads?: number;
}

async function trained(
  quantizer: QuantizerChoice,
  compute: Compute,
): Promise<{ losses: number[]; weights: string }> {
  const likelihood = { kind: "bernoulli", binarize: "none" } as const;
  const network = { kind: "mlp", hidden: [40] } as const;
  const model = vqVae({ image, likelihood, network, quantizer, seed: 1 });
  const options = { steps: 4, batchSize: 48, validation: 0, progress: "silent", seed: 1, logEvery: 1 } as const; // prettier-ignore
  const { history } = await train(model, data, { ...options, ...compute });
  const weights = digest(await model.readWeights());
  model.dispose();
  return { losses: history.steps.map(({ loss }) => loss), weights };
}

describe.each(choices)("%s", (_, quantizer) => {
  test("losses agree on eager, native, wasm and portable", async () => {
    const eager = await trained(quantizer, { engine: "eager" });
    expect(eager.losses.every(Number.isFinite)).toBe(true);
    for (const engine of ["native", "wasm", "portable"] as const) {
      const { losses } = await trained(quantizer, { engine });
      expectClose(losses, eager.losses, { rtol: 1e-3, atol: 1e-3 });
    }
  });

  test("1, 2, 3 and 8 threads leave the same bytes", async () => {
    const runs = [];
    for (const threads of [1, 2, 3, 8])
      runs.push(await trained(quantizer, { engine: "native", threads }));
    expect(new Set(runs.map(({ weights }) => weights)).size).toBe(1);
  });
});
