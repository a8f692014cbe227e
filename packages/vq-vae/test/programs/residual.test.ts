import { createModel, elbo, evaluate, gaussianLikelihood, mlp, Random, train } from "@elbo/core";
import type { LatentModel, StepContext } from "@elbo/core";
import { load } from "@elbo/datasets";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { quantized, vectorQuantizer } from "../../src/index.ts";
import { residualByHand } from "./residual.ts";

const context: StepContext = {
  training: false,
  batchSize: 5,
  draws: 1,
  dataSize: 100,
  noise: {},
  scalars: {},
};

const part = (seed: number): ReturnType<typeof vectorQuantizer> =>
  vectorQuantizer({ codebookSize: 16, codeDim: 4, codebook: "gradient", reviveBelow: 0, seed });

test("rows are the sum of the parts' codes bit for bit, and each part quantizes what those before it left", () => {
  const [first, second] = [part(1), part(2)];
  const z = normals(new Random(3), [5, 3, 4]);
  const both = residualByHand([first, second]).quantize(z, context);
  expect(both.indices.shape).toEqual([5, 3, 2]);
  const one = first.quantize(z, context);
  const two = second.quantize(tf.sub(z, one.rows), context);
  expect(both.rows.dataSync()).toEqual(tf.addN([one.rows, two.rows]).dataSync());
  expect(residualByHand([first, second]).lookup(both.indices).dataSync()).toEqual(
    both.rows.dataSync(),
  );
});

test("the gradient through any number of parts is the downstream gradient, bit for bit", () => {
  const latents = quantized({ grid: [3], quantizer: residualByHand([part(1), part(2), part(3)]) });
  const weights = normals(new Random(4), [1, 5, 3, 4]);
  const z = normals(new Random(3), [5, 3, 4]);
  const gradient = tf.grad((input) =>
    tf.sum(tf.mul(weights, latents.draw(latents.posterior(input, context), context))),
  )(z);
  expect(gradient.dataSync()).toEqual(weights.dataSync());
});

test("two depths reconstruct unseen clothes better than one, trained compiled", async () => {
  const { train: images, test: heldOut } = await load("fashion-mini");
  const distortion = async (depths: number): Promise<number> => {
    const example = { x: gaussianLikelihood([28, 28, 1], { scale: 0.1 }) };
    const parts = Array.from({ length: depths }, (_, d) =>
      vectorQuantizer({
        codebookSize: 16,
        codeDim: 8,
        codebook: "gradient",
        reviveBelow: 0,
        seed: d,
      }),
    );
    const latents = quantized({ grid: [4], quantizer: residualByHand(parts) });
    const networks = mlp({ example, latents, hidden: [128], seed: 1 });
    const weights = Object.fromEntries(parts.map((_, d) => [`commitment${d}`, 0.25]));
    const model: LatentModel = createModel({
      kind: "residual",
      options: {},
      example,
      latents,
      networks,
      objective: elbo({ weights }),
      seed: 1,
    });
    const { report } = await train(model, images, {
      epochs: 4,
      seed: 1,
      validation: 0,
      progress: "silent",
    });
    expect(report?.engine).not.toBe("eager");
    return (await evaluate(model, heldOut, { limit: 500 })).distortion.mean;
  };
  expect(await distortion(2)).toBeLessThan(await distortion(1));
});
