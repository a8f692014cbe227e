import { Random } from "@elbo/core";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { createWhitening } from "../src/quantizers/whitening.ts";

/** Mean and covariance of vectors `[n, 3]`, one after the other. */
function moments(y: tf.Tensor): number[] {
  const [n] = y.shape;
  const mean = tf.mean(y, 0);
  const centred = tf.sub<tf.Tensor2D>(y, mean);
  const covariance = tf.div(tf.matMul(centred, centred, true, false), n);
  return [...mean.dataSync(), ...covariance.dataSync()];
}

const lagging = { ownMean: false };
const [training, testing] = [{ training: true }, { training: false }];

const white = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
const far = (values: readonly number[]): number =>
  Math.max(...values.map((value, i) => Math.abs(value - white[i])));

/** Correlated vectors `[2000, 3]`, of any scale. */
const mixed = (seed: number, scale: number): tf.Tensor2D =>
  tf.add(
    tf.matMul(
      normals<tf.Rank.R2>(new Random(seed), [2000, 3]),
      tf.tensor2d([scale, 0.5 * scale, 0, 0, scale, 0.3, -0.4, 0, 0.2 * scale], [3, 3]),
    ),
    tf.tensor1d([3, -2, 0.5]),
  );

test("a whitening starts at mean 0 and covariance 1 of the vectors it was given, and gives what it makes of them", () => {
  const whitening = createWhitening(3, lagging);
  const x = mixed(1, 2);
  const made = whitening.start(x.dataSync() as Float32Array);
  const y = whitening.apply(x, training);
  expect(far(moments(y))).toBeLessThan(1e-3);
  expect(Math.max(...made.map((value, i) => Math.abs(value - y.dataSync()[i])))).toBeLessThan(1e-3);
});

test.each([0.01, 1, 30])(
  "a whitening follows vectors that changed: mean 0, covariance 1 after 400 steps at the scale %d",
  (scale) => {
    const whitening = createWhitening(3, lagging);
    whitening.start(mixed(1, 1).dataSync() as Float32Array);
    for (let step = 0; step < 400; step++) {
      tf.tidy(() => {
        whitening.follow(mixed(10 + step, scale));
      });
    }
    expect(far(moments(whitening.apply(mixed(2, scale), training)))).toBeLessThan(0.15);
  },
);

test("outputs that all moved by many deviations in one step keep mean 0 in training, and their gradients have none", () => {
  const whitening = createWhitening(3, { ownMean: true });
  whitening.start(mixed(1, 1).dataSync() as Float32Array);
  const moved = tf.add<tf.Tensor2D>(mixed(2, 1), tf.tensor1d([10, -20, 5]));
  expect(far(moments(whitening.apply(moved, training)))).toBeLessThan(0.15);
  const toMoved = tf.grad((x) => tf.sum(tf.square(tf.relu(whitening.apply(x, training)))))(moved);
  const common = tf.mean(toMoved, 0).dataSync();
  expect(Math.max(...common.map(Math.abs))).toBeLessThan(1e-4);
});

test("what such a whitening makes of outputs outside of training is right once they stayed where they are for 20 steps", () => {
  const whitening = createWhitening(3, { ownMean: true });
  whitening.start(mixed(1, 1).dataSync() as Float32Array);
  const moved = tf.add<tf.Tensor2D>(mixed(2, 1), tf.tensor1d([10, -20, 5]));
  for (let step = 0; step < 20; step++)
    tf.tidy(() => {
      whitening.follow(moved);
    });
  expect(far(moments(whitening.apply(moved, testing)))).toBeLessThan(0.15);
});
