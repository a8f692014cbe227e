import { gaussian, Random, reparameterized } from "@elbo/core";
import { expectGradient, normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";
import { conditionalGaussian } from "../src/index.ts";

const labels = [1, 0, 1];
const context = {
  training: true,
  batchSize: 3,
  draws: 1,
  dataSize: 3,
  noise: {},
  scalars: {},
  condition: tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), 2), "float32"),
};

test("the gradients of the conditional rate to features and prior equal finite differences", () => {
  const prior = conditionalGaussian(2, 2);
  const latents = reparameterized({ size: 2, posterior: gaussian, prior });
  const kernel = prior.variables?.["kernel"] as tf.Variable;
  kernel.assign(tf.mul(normals(new Random(1), [2, 4]), 0.5));
  const features = normals(new Random(2), [3, 4]);
  const rate = (input: tf.Tensor): tf.Scalar => {
    const posterior = latents.posterior(input, context);
    const z = tf.expandDims(latents.mode(posterior), 0);
    return tf.sum(latents.terms(posterior, z, context)["rate"]);
  };
  expectGradient({ fn: rate, inputs: [features, kernel] });
});
