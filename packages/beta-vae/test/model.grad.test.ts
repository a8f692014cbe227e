import { gaussianScheme, Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expectGradient, normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";
import { deterministicScheme } from "../src/deterministicScheme.ts";

const eager = { training: true, scalars: {} };

test.each([0, 1, 4])(
  "the gradient of distortion + %d kl to the features equals finite differences",
  (beta) => {
    const scheme = gaussianScheme({ latent: 2 });
    const noise = { z: normals(new Random(1), [3, 2]) };
    const target = normals(new Random(2), [3, 2]);
    const loss = (features: tf.Tensor): tf.Scalar => {
      const posterior = scheme.posterior(features, eager);
      const latents = scheme.latents(posterior, noise);
      const { kl } = scheme.terms(posterior, { ...eager, latents });
      return tf.add(tf.sum(tf.squaredDifference(latents, target)), tf.mul(beta, tf.sum(kl)));
    };
    const features = normals(new Random(3), [3, 4]);
    expectGradient({ fn: loss, inputs: [features] });
  },
);

test("deterministic latents pass gradients unchanged", () => {
  const scheme = deterministicScheme(4);
  const weights = normals(new Random(2), [3, 4]);
  const loss = (features: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(weights, scheme.latents(scheme.posterior(features, eager), {})));
  expectClose(
    tf
      .grad(loss)(normals(new Random(3), [3, 4]))
      .dataSync(),
    weights.dataSync(),
    { rtol: 0, atol: 0 },
  );
});
