import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { gaussian, gaussianKl } from "../src/distributions/gaussian.ts";
import type { Gaussian } from "../src/distributions/gaussian.ts";
import { sumPerExample } from "../src/distributions/distribution.ts";
import * as reference from "./support/references.ts";
import { compute, grid, meanOf, normals, toTensor, values } from "./support/tensors.ts";

const [means, logVars] = grid([-3, -0.5, 0, 0.25, 2], [-6, -1, 0, 0.5, 3]);
const q = { mean: toTensor(values(means)), logVar: toTensor(values(logVars)) };

test("log density, mean and entropy are the closed forms", () => {
  const p = gaussian(q);
  const x = normals(1, [means.length]);
  expectClose(
    compute(() => p.logProb(toTensor(x))),
    x.data.map((value, i) => reference.gaussianLogProb(value, means[i], logVars[i])),
    { rtol: 1e-5, atol: 1e-5 },
  );
  expect(p.mean()).toBe(q.mean);
  expectClose(
    compute(() => p.entropy()),
    logVars.map((s) => 0.5 * Math.log(2 * Math.PI * Math.E * Math.exp(s))),
  );
});

test("the density integrates to 1", () => {
  // The trapezoidal rule over 12 standard deviations is exact to float32 for a Gaussian.
  const step = 0.05;
  const x = values(Array.from({ length: 481 }, (_, i) => (i - 240) * step));
  const p = gaussian({ mean: tf.scalar(0.3), logVar: tf.scalar(0.2) });
  const total = compute(() => tf.mul(tf.sum(tf.exp(p.logProb(toTensor(x)))), step));
  expectClose(total, [1], { rtol: 1e-5 });
});

test("a sample is mean + exp(logVar / 2) noise", () => {
  const noise = normals(2, [means.length]);
  const expected = noise.data.map((e, i) => means[i] + Math.exp(logVars[i] / 2) * e);
  expectClose(
    compute(() => gaussian(q).sample(toTensor(noise))),
    expected,
  );
});

test("more leading dimensions of noise draw more samples", () => {
  const noise = tf.zeros([3, means.length]);
  expect(gaussian(q).sample(noise).shape).toEqual([3, means.length]);
});

test("KL of a standard normal posterior is exactly 0", () => {
  const standard = { mean: tf.zeros([2, 3]), logVar: tf.zeros([2, 3]) };
  expect([...compute(() => gaussianKl(standard))]).toEqual([0, 0, 0, 0, 0, 0]);
  expect([...compute(() => sumPerExample(gaussianKl(standard)))]).toEqual([0, 0]);
});

test("KL against N(0, I) and between two Gaussians are the closed forms", () => {
  const otherMean = normals(3, [means.length]);
  const otherLogVar = normals(4, [means.length]);
  const p = { mean: toTensor(otherMean), logVar: toTensor(otherLogVar) };
  expectClose(
    compute(() => gaussianKl(q)),
    means.map((m, i) => reference.gaussianKl(m, logVars[i])),
  );
  expectClose(
    compute(() => gaussianKl(q, p)),
    means.map((m, i) =>
      reference.gaussianKl(m, logVars[i], otherMean.data[i], otherLogVar.data[i]),
    ),
    { rtol: 1e-5, atol: 2e-6 },
  );
  expectClose(
    compute(() => gaussianKl(q, q)),
    means.map(() => 0),
    { atol: 0 },
  );
});

test("KL per example is the sum over dimensions", () => {
  const mean = normals(5, [2, 3]);
  const logVar = normals(6, [2, 3]);
  const perDimension = mean.data.map((m, i) => reference.gaussianKl(m, logVar.data[i]));
  expectClose(
    compute(() => sumPerExample(gaussianKl({ mean: toTensor(mean), logVar: toTensor(logVar) }))),
    [0, 3].map((start) => perDimension.slice(start, start + 3).reduce((a, b) => a + b)),
  );
});

test("KL and entropy agree with Monte Carlo", () => {
  const draws = 20_000;
  const posterior = { mean: tf.tensor1d([0.7, -1.2]), logVar: tf.tensor1d([-1, 0.4]) };
  const prior = { mean: tf.tensor1d([-0.2, 0.5]), logVar: tf.tensor1d([0.3, 0.9]) };
  const noise = toTensor(normals(7, [draws, 2]));
  const from = gaussian(posterior);
  const to = gaussian(prior);
  for (const dimension of [0, 1]) {
    const column = (t: tf.Tensor): tf.Tensor => tf.slice(t, [0, dimension], [draws, 1]);
    const logQ = compute(() => column(from.logProb(from.sample(noise))));
    const logP = compute(() => column(to.logProb(from.sample(noise))));
    const kl = meanOf(logQ.map((value, i) => value - logP[i]));
    const entropy = meanOf(logQ.map((value) => -value));
    const expectedKl = compute(() => gaussianKl(posterior, prior))[dimension];
    expect(Math.abs(kl.mean - expectedKl)).toBeLessThan(4.5 * kl.error);
    expect(Math.abs(entropy.mean - compute(() => from.entropy())[dimension])).toBeLessThan(
      4.5 * entropy.error,
    );
  }
});

test("sumPerExample sums all dimensions but the first", () => {
  expect([...compute(() => sumPerExample(tf.ones([2, 3, 4, 5])))]).toEqual([60, 60]);
  expect([...compute(() => sumPerExample(tf.tensor1d([1, 2])))]).toEqual([1, 2]);
  expect([...compute(() => sumPerExample(tf.ones([2, 3, 4]), 2))]).toEqual([4, 4, 4, 4, 4, 4]);
  expect(() => sumPerExample(tf.scalar(1))).toThrow(
    "sumPerExample: values must have at least 1 axes, got []",
  );
});

test("extreme log variances keep log density and KL finite where they are", () => {
  // 45 - ln(2 pi) / 2: exp(90) overflows, its root does not.
  const sharp = gaussian({ mean: 0, logVar: -90 });
  expectClose(
    compute(() => sharp.logProb(tf.scalar(0))),
    [45 - 0.5 * Math.log(2 * Math.PI)],
  );
  expect(compute(() => sharp.logProb(tf.scalar(0)))[0]).toBeCloseTo(44.0811, 4);
  expectClose(
    compute(() => gaussian({ mean: 0, logVar: -90 }).logProb(tf.scalar(3e-19))),
    [reference.gaussianLogProb(3e-19, 0, -90)],
    { rtol: 1e-4 },
  );
  expectClose(
    compute(() => gaussianKl(sharp.parameters, gaussian({ mean: 1e-19, logVar: -90 }).parameters)),
    [0.5 * 1e-38 * Math.exp(90)],
    { rtol: 1e-4 },
  );
});

test("whatever a network gives, the member of the family has finite densities, draws, KL and gradients", () => {
  const raw = tf.tensor2d([
    [3, -1e4],
    [-2, 1e4],
    [0, 0],
  ]);
  const prior = gaussian.standard?.([1]) as Gaussian;
  const figures = compute(() => {
    const member = gaussian.of(raw);
    const draw = member.sample(tf.ones([3, 1]));
    return tf.concat([
      draw,
      member.logProb(draw),
      prior.logProb(draw),
      gaussianKl(member.parameters),
    ]);
  });
  expect(figures.every(Number.isFinite)).toBe(true);
  const slope = compute(() =>
    tf.grad((x) => tf.sum(gaussianKl(gaussian.of(x as tf.Tensor2D).parameters)))(raw),
  );
  expect(slope.every(Number.isFinite)).toBe(true);
  // A log variance that went somewhat beyond a bound is drawn back, not left there.
  const back = compute(() =>
    tf.grad((x) => tf.sum(gaussianKl(gaussian.of(x as tf.Tensor2D).parameters)))(
      tf.tensor2d([
        [0, 30],
        [0, -40],
      ]),
    ),
  );
  expect([Math.sign(back[1]), Math.sign(back[3])]).toEqual([1, -1]);
});

test("the family's members are N(mean, exp(logVar)) of the two halves, to rounding", () => {
  const raw = normals(8, [2, 3, 4]);
  const { mean, logVar } = gaussian.of(toTensor(raw)).parameters;
  expect([mean.shape, logVar.shape]).toEqual([
    [2, 3, 2],
    [2, 3, 2],
  ]);
  expectClose(
    compute(() => tf.concat([mean, logVar], -1)),
    raw.data,
    { atol: 4e-6 },
  );
});
