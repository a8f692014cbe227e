import { gaussianScheme, Random } from "@elbo/core";
import { expectGradient, normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";

const labels = [1, 0, 1];
const context = {
  training: true,
  scalars: {},
  condition: tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), 2), "float32"),
};

test("the gradients of the conditional kl to features and prior equal finite differences", () => {
  const scheme = gaussianScheme({ latent: 2, prior: "conditional", condition: 2 });
  const [kernel] = scheme.variables;
  kernel.assign(tf.mul(normals(new Random(1), [2, 4]), 0.5));
  const features = normals(new Random(2), [3, 4]);
  const kl = (input: tf.Tensor): tf.Scalar => {
    const posterior = scheme.posterior(input, context);
    return tf.sum(scheme.terms(posterior, { ...context, latents: scheme.mode(posterior) })["kl"]);
  };
  expectGradient({ fn: kl, inputs: [features, kernel] });
});
