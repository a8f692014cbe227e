import { expectGradient } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { discretizedLogistic } from "../src/distributions/discretizedLogistic.ts";
import * as reference from "./support/references.ts";
import { grid, sumOver } from "./support/tensors.ts";

const levels = [0, 1, 17, 128, 254, 255].map((k) => Math.fround(k / 255));

test.each([-4.5, -3, -1, 0, 2, 5])(
  "gradient of the log probability at log scale %d",
  (logScale) => {
    const [x, mean] = grid(levels, [-0.2, 0.07, 0.5, 1.1]);
    expectGradient({
      inputs: [tf.tensor1d(mean), tf.fill([mean.length], logScale)],
      fn: (m, s) => discretizedLogistic({ mean: m, logScale: s }).logProb(tf.tensor1d(x)),
      reference: (m, s) =>
        sumOver((a, b, c) => reference.discretizedLogisticLogProb(a, b, c), x, m, s),
      // The reference subtracts sigmoids: it is exact to 1e-16 / mass, divided by the step of 1e-5.
      tolerance: { rtol: 1e-3, atol: 1e-3 },
    });
  },
);

test("gradient of the mean", () => {
  const [mean, logScale] = grid([-0.2, 0.4, 1.3], [-3, -1, 1]);
  expectGradient({
    inputs: [tf.tensor1d(mean), tf.tensor1d(logScale)],
    fn: (m, s) => discretizedLogistic({ mean: m, logScale: s }).mean(),
    reference: (m, s) =>
      sumOver(
        (a, b) =>
          Math.exp(b) *
          (reference.softplus(a / Math.exp(b)) - reference.softplus((a - 1) / Math.exp(b))),
        m,
        s,
      ),
    tolerance: { rtol: 1e-3, atol: 1e-5 },
  });
});

test("values and gradients are finite from needle to plain, wherever the mean is", () => {
  const [x, mean] = grid(levels, [-1e3, -2, 0, 17 / 255, 0.5, 1, 3, 1e3]);
  for (const logScale of [-20, -12, -8, -6, 0, 6, 12, 20, 35, 45, 60]) {
    const log = (m: tf.Tensor, s: tf.Tensor): tf.Tensor =>
      discretizedLogistic({ mean: m, logScale: s }).logProb(tf.tensor1d(x));
    const m = tf.tensor1d(mean);
    const s = tf.fill([mean.length], logScale);
    const { value, grads } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) => tf.sum(log(a, b)))([
      m,
      s,
    ]);
    for (const tensor of [value, ...grads]) {
      expect([...tensor.dataSync()].every(Number.isFinite)).toBe(true);
    }
  }
});
