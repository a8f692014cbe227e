import { gaussianScheme, Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs";
import { test } from "vitest";

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

const labels = [1, 0, 1];
const context = {
  training: true,
  scalars: {},
  condition: tf.oneHot(tf.tensor1d(labels, "int32"), 2).toFloat(),
};
const close = { rtol: 2e-3, atol: 2e-3 }; // float32 sums over a step of 0.01

test("the gradients of the conditional kl to features and prior equal finite differences", () => {
  const scheme = gaussianScheme({ latent: 2, prior: "conditional", condition: 2 });
  const [kernel] = scheme.variables;
  const start = normals([2, 4], 1).mul(0.5);
  kernel.assign(start);
  const features = normals([3, 4], 2);
  const kl = (input: tf.Tensor): tf.Scalar => {
    const posterior = scheme.posterior(input, context);
    return tf.sum(scheme.terms(posterior, { ...context, latents: scheme.mode(posterior) })["kl"]);
  };
  expectClose(tf.grad(kl)(features).dataSync(), differences(kl, features), close);

  const { grads } = tf.variableGrads(() => kl(features), [kernel]);
  const ofKernel = differences((value) => {
    kernel.assign(value);
    return kl(features);
  }, start);
  expectClose(grads[kernel.name].dataSync(), ofKernel, close);
});
