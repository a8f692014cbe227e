import { gaussianScheme, Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs";
import { test } from "vitest";
import { deterministicScheme } from "../src/deterministicScheme.ts";

const eager = { training: true, scalars: {} };

function normals(shape: number[], seed: number): tf.Tensor {
  const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
  new Random(seed).fillNormalInto(out);
  return tf.tensor(out, shape);
}

/** Central differences in every coordinate of `at`. */
function differences(f: (x: tf.Tensor) => tf.Tensor, at: tf.Tensor, step = 1e-2): number[] {
  const values = at.dataSync();
  return Array.from(values, (_, i) => {
    const moved = (by: number): number => {
      const x = values.slice();
      x[i] += by;
      return f(tf.tensor(x, at.shape)).dataSync()[0];
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

test.each([0, 1, 4])(
  "the gradient of distortion + %d kl to the features equals finite differences",
  (beta) => {
    const scheme = gaussianScheme({ latent: 2 });
    const noise = { z: normals([3, 2], 1) };
    const target = normals([3, 2], 2);
    const loss = (features: tf.Tensor): tf.Scalar => {
      const posterior = scheme.posterior(features, eager);
      const latents = scheme.latents(posterior, noise);
      const { kl } = scheme.terms(posterior, { ...eager, latents });
      return tf.add(tf.sum(tf.squaredDifference(latents, target)), tf.mul(beta, tf.sum(kl)));
    };
    const features = normals([3, 4], 3);
    expectClose(tf.grad(loss)(features).dataSync(), differences(loss, features), {
      rtol: 2e-3, // float32 sums over a step of 0.01
      atol: 2e-3,
    });
  },
);

test("deterministic latents pass gradients unchanged", () => {
  const scheme = deterministicScheme(4);
  const weights = normals([3, 4], 2);
  const loss = (features: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(weights, scheme.latents(scheme.posterior(features, eager), {})));
  expectClose(
    tf
      .grad(loss)(normals([3, 4], 3))
      .dataSync(),
    weights.dataSync(),
    { rtol: 0, atol: 0 },
  );
});
