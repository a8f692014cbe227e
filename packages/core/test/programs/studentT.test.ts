import { createModel, gaussian, mlp, Random, reparameterized, train } from "@elbo/core";
import type { LatentModel } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { studentT } from "./studentT.ts";

test("the density integrates to one and has the tail of three degrees of freedom", () => {
  const likelihood = studentT([1], { scale: 0.5 });
  const step = 0.01;
  const x = Float32Array.from({ length: 40_000 }, (_, i) => (i - 20_000) * step);
  const mean = tf.zeros([x.length, 1]);
  const density = tf.exp(likelihood.distribution(mean).logProb(tf.tensor2d(x, [x.length, 1])));
  expectClose([density.dataSync<"float32">().reduce((sum, p) => sum + p * step, 0)], [1], {
    rtol: 1e-3,
  });
});

test("outliers move a Student t model less than a Gaussian one would be moved", async () => {
  const random = new Random(3);
  const data = new Float32Array(2000 * 4);
  random.fillNormalInto(data);
  for (let i = 0; i < data.length; i++) data[i] = i % 50 === 0 ? 100 : 0.1 * data[i];
  const example = { x: studentT([4]) };
  const latents = reparameterized({ size: 1, posterior: gaussian, prior: gaussian });
  const networks = mlp({ example, latents, hidden: [8], seed: 1 });
  const model: LatentModel = createModel({
    kind: "t",
    options: {},
    example,
    latents,
    networks,
    seed: 1,
  });
  await train(
    model,
    { data, shape: [2000, 4] },
    { epochs: 10, seed: 1, validation: 0, progress: "silent" },
  );
  const clean = { data: new Float32Array(4), shape: [1, 4] };
  const { data: reconstruction } = await model.reconstruct(clean);
  // The mean of the data is 2; the bulk lies at 0.
  expect(Math.max(...reconstruction.map(Math.abs))).toBeLessThan(0.5);
});
