import { expectClose } from "@elbo/test-utils";
import { expectGradient, normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";
import {
  deterministic,
  gaussian,
  laplace,
  Random,
  reparameterized,
  straightThrough,
} from "../src/index.ts";
import type { StepContext } from "../src/index.ts";

const contextOf = (noise: tf.Tensor): StepContext => ({
  training: true,
  batchSize: 3,
  draws: noise.shape[0],
  dataSize: 3,
  noise: { posterior: noise },
  scalars: {},
});

test.each([0, 1, 4])(
  "the gradient of distortion + %d rate to the features equals finite differences",
  (beta) => {
    const latents = reparameterized({ size: 2, posterior: gaussian });
    const context = contextOf(normals(new Random(1), [1, 3, 2]));
    const target = normals(new Random(2), [1, 3, 2]);
    const loss = (features: tf.Tensor): tf.Scalar => {
      const posterior = latents.posterior(features, context);
      const z = latents.draw(posterior, context);
      const rate = latents.terms(posterior, z, context)["rate"] as tf.Tensor;
      return tf.add(tf.sum(tf.squaredDifference(z, target)), tf.mul(beta, tf.sum(rate)));
    };
    expectGradient({ fn: loss, inputs: [normals(new Random(3), [3, 4])] });
  },
);

test("a rate estimated from two draws has the gradient of finite differences", () => {
  const latents = reparameterized({ size: 2, posterior: laplace, prior: gaussian });
  const uniform = tf.add(0.5, tf.mul(0.3, tf.tanh(normals(new Random(1), [2, 3, 2]))));
  const context = contextOf(uniform);
  const rate = (features: tf.Tensor): tf.Scalar => {
    const posterior = latents.posterior(features, context);
    const z = latents.draw(posterior, context);
    return tf.sum(latents.terms(posterior, z, context)["rate"]);
  };
  expectGradient({ fn: rate, inputs: [normals(new Random(3), [3, 4])] });
});

test("deterministic latents pass gradients unchanged", () => {
  const latents = deterministic([4], "none");
  const context = contextOf(tf.zeros([1]));
  const weights = normals(new Random(2), [1, 3, 4]);
  const loss = (features: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(weights, latents.draw(latents.posterior(features, context), context)));
  const gradient = tf.grad(loss)(normals(new Random(3), [3, 4]));
  expectClose(gradient.dataSync(), weights.dataSync(), { rtol: 0, atol: 0 });
});

test("straight-through gives the rows bit for bit, and their gradient to what they replace", () => {
  const z = normals(new Random(1), [3, 4]);
  const rows = normals(new Random(2), [3, 4]);
  const weights = normals(new Random(3), [3, 4]);
  expectClose(straightThrough(z, rows).dataSync(), rows.dataSync(), { rtol: 0, atol: 0 });
  const [toZ, toRows] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
    tf.add(tf.sum(tf.mul(weights, straightThrough(a, b))), tf.mul(0, tf.sum(b))),
  )([z, rows]);
  expectClose(toZ.dataSync(), weights.dataSync(), { rtol: 0, atol: 0 });
  expectClose(toRows.dataSync(), new Float32Array(12), { rtol: 0, atol: 0 });
});
