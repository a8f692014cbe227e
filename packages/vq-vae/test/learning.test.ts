import { evaluate, train, type NdArray } from "@elbo/core";
import { load } from "@elbo/datasets";
import { digest, emptyFolder, expectClose, marginalEntropy } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { loadVqVae, vqVae, type VectorQuantizerOptions, type VqVaeOptions } from "../src/index.ts";

const image = [28, 28, 1];
const { train: images, test: heldOut } = await load("fashion-mini");
const bound = marginalEntropy(images);
const bare: VqVaeOptions = { image, network: { kind: "mlp", hidden: [128] }, seed: 1 };
const small = (options: VectorQuantizerOptions = {}): VqVaeOptions => ({
  ...bare,
  quantizer: { kind: "vector", codebookSize: 64, codeDim: 8, ...options },
});

test.each(["ema", "gradient"] as const)(
  "after 4 epochs a VQ-VAE reconstructs unseen clothes better than pixel means, with a living codebook: %s",
  async (codebook) => {
    const model = vqVae(small({ codebook }));
    await train(model, images, { epochs: 4, seed: 1, validation: 0, progress: "silent" });
    const scores = await evaluate(model, heldOut, { limit: 500 });
    const { distortion, usage, perplexity } = scores;
    expect(distortion.mean + 4 * distortion.standardError).toBeLessThan(bound);
    expect(usage.mean).toBeGreaterThan(0.9);
    expect(perplexity.mean).toBeGreaterThan(20);
    expect(scores.nll).toBeUndefined();

    const few = { data: heldOut.data.subarray(0, 20 * 784), shape: [20, ...image] };
    const decoded = await model.decode(await model.encode(few));
    expect(decoded.data).toEqual((await model.reconstruct(few)).data);
  },
);

// What the peers' zero-count start does: after one step unused codes are far away for good.
test("a codebook of 512 is in use after 30 steps", async () => {
  const model = vqVae(small({ codebookSize: 512 }));
  await train(model, images, { steps: 30, seed: 1, validation: 0, progress: "silent" });
  const { usage } = await evaluate(model, heldOut);
  expect(usage.mean).toBeGreaterThan(0.5);
});

test.each(["ema", "gradient"] as const)(
  "training twice from one seed gives the same bytes, and they survive save and load: %s",
  async (codebook) => {
    const run = async (): Promise<ReturnType<typeof vqVae>> => {
      const model = vqVae(small({ codebook }));
      await train(model, images, { steps: 10, seed: 1, progress: "silent" });
      return model;
    };
    const model = await run();
    const weights = digest(await model.readWeights());
    expect(digest(await (await run()).readWeights())).toBe(weights);
    const directory = await emptyFolder();
    await model.save(directory);
    expect(digest(await (await loadVqVae(directory)).readWeights())).toBe(weights);
  },
);

test("a run that stopped at step 6 and went on equals the run that never stopped, codebook included", async () => {
  const directory = await emptyFolder();
  const options = { steps: 12, seed: 1, validation: 0, progress: "silent" } as const;
  const straight = vqVae(small());
  await train(straight, images, options);
  const checkpoint = { directory, everySteps: 6 };
  await train(vqVae(small()), images, {
    ...options,
    checkpoint,
    callbacks: { onStep: (context) => void (context.step === 6 && context.stop()) },
  });
  const resumed = vqVae(small());
  await train(resumed, images, { ...options, checkpoint });
  expect(digest(await resumed.readWeights())).toBe(digest(await straight.readWeights()));
});

test.each(["ema", "gradient"] as const)(
  "compiled and eager training agree: %s",
  async (codebook) => {
    const run = async (engine: "eager" | "auto"): Promise<Record<string, NdArray>> => {
      const model = vqVae(small({ codebookSize: 16, codebook }));
      const few = { data: images.data.subarray(0, 64 * 784), shape: [64, ...image] };
      await train(model, few, {
        steps: 4,
        batchSize: 32,
        seed: 1,
        validation: 0,
        engine,
        progress: "silent",
      });
      return model.readWeights();
    };
    const [eager, compiled] = [await run("eager"), await run("auto")];
    for (const [name, { data }] of Object.entries(eager)) {
      // Adam's first steps divide by the gradient's own size, so rounding of tiny gradients shows.
      expectClose(compiled[name].data, data, { rtol: 1e-2, atol: 1e-3 });
    }
  },
);
