import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expectGradient } from "@elbo/test-utils/tensors";
import { describe, expect, test } from "vitest";
import { laplace, laplaceKl } from "../src/distributions/laplace.ts";
import type { Laplace } from "../src/distributions/laplace.ts";
import { logistic } from "../src/distributions/logistic.ts";
import type { Logistic } from "../src/distributions/logistic.ts";
import { standardOf } from "../src/distributions/distribution.ts";
import { Random } from "../src/random/random.ts";
import { softplus } from "./support/references.ts";
import { compute, grid, meanOf, normals, sumOver, toTensor, values } from "./support/tensors.ts";

const laplaceLogProb = (x: number, m: number, logScale: number): number =>
  -Math.abs(x - m) / Math.exp(logScale) - Math.log(2 * Math.exp(logScale));
const logisticLogProb = (x: number, m: number, logScale: number): number => {
  const t = (x - m) / Math.exp(logScale);
  return -t - 2 * softplus(-t) - logScale;
};
const [means, logScales] = grid([-3, -0.5, 0, 2], [-4, -1, 0, 1.5]);

describe.each([
  { family: laplace, logProb: laplaceLogProb, deviation: Math.SQRT2, entropy: 1 + Math.LN2 },
  { family: logistic, logProb: logisticLogProb, deviation: Math.PI / Math.sqrt(3), entropy: 2 },
])("$family.kind", ({ family, logProb, deviation, entropy }) => {
  const make = family as (parameters: {
    mean: tf.Tensor | number;
    logScale: tf.Tensor | number;
  }) => Laplace | Logistic;
  const p = make({ mean: toTensor(values(means)), logScale: toTensor(values(logScales)) });

  test("log density, mean and entropy are the closed forms", () => {
    const x = normals(1, [means.length], 2);
    expectClose(
      compute(() => p.logProb(toTensor(x))),
      x.data.map((value, i) => logProb(value, means[i], Math.fround(logScales[i]))),
      { rtol: 1e-5, atol: 1e-5 },
    );
    expectClose(
      compute(() => p.mean()),
      means,
    );
    expectClose(
      compute(() => p.entropy()),
      logScales.map((s) => s + entropy),
    );
  });

  test("the density integrates to 1", () => {
    const step = 0.01;
    const x = values(Array.from({ length: 6001 }, (_, i) => (i - 3000) * step));
    const single = make({ mean: 0, logScale: 0.1 });
    const total = compute(() => tf.mul(tf.sum(tf.exp(single.logProb(toTensor(x)))), step));
    expectClose(total, [1], { rtol: 1e-4 });
  });

  test("draws have the mean and the deviation, and the extreme ones are finite", () => {
    const uniform = new Float32Array(20_000);
    new Random(2).fillUniformInto(uniform);
    const single = make({ mean: 0.7, logScale: -0.5 });
    const draws = compute(() => single.sample(tf.tensor1d(uniform)));
    const { mean, error } = meanOf(draws);
    expect(Math.abs(mean - 0.7)).toBeLessThan(4.5 * error);
    const squares = meanOf(draws.map((x) => (x - 0.7) ** 2));
    expect(Math.abs(squares.mean - (deviation * Math.exp(-0.5)) ** 2)).toBeLessThan(
      4.5 * squares.error,
    );
    const extreme = compute(() => single.sample(tf.tensor1d([0, 1 - 2 ** -24])));
    expect(extreme.every(Number.isFinite)).toBe(true);
    const surprise = meanOf(compute(() => tf.neg(single.logProb(tf.tensor1d(draws)))));
    expect(Math.abs(surprise.mean - (entropy - 0.5))).toBeLessThan(4.5 * surprise.error);
  });

  test("whatever a network gives, densities and draws are finite; the prior's parameters are 0", () => {
    const raw = tf.tensor2d([
      [1, -1e4],
      [1, 1e4],
    ]);
    const figures = compute(() => {
      const member = family.of(raw);
      const draw = member.sample(tf.fill([2, 1], 0.9));
      return tf.concat([draw, member.logProb(draw)]);
    });
    expect(figures.every(Number.isFinite)).toBe(true);
    const prior = standardOf(family as typeof laplace, [2]);
    expect([...compute(() => prior.entropy())]).toEqual([entropy, entropy].map(Math.fround));
  });

  test("gradients of the log density and of a draw", () => {
    const x = toTensor(normals(3, [5], 2));
    const m = toTensor(normals(4, [5]));
    const s = toTensor(normals(5, [5]));
    expectGradient({
      inputs: [x, m, s],
      fn: (at, mean, logScale) => make({ mean, logScale }).logProb(at),
      reference: (...lists) => sumOver(logProb, ...lists),
    });
    expectGradient({
      inputs: [m, s],
      fn: (mean, logScale) =>
        make({ mean, logScale }).sample(tf.tensor1d([0.1, 0.3, 0.6, 0.8, 0.95])),
    });
  });
});

test("KL between two Laplace distributions: gradient, and 0 of one with itself", () => {
  const lists = [6, 7, 8, 9].map((seed) => toTensor(normals(seed, [5])));
  const kl = (m: number, s: number, m2: number, s2: number): number => {
    const d = Math.abs(m - m2);
    return s2 - s + Math.exp(s - s2 - d / Math.exp(s)) + d / Math.exp(s2) - 1;
  };
  const ofTensors = (m: tf.Tensor, s: tf.Tensor, m2: tf.Tensor, s2: tf.Tensor): tf.Tensor =>
    laplaceKl({ mean: m, logScale: s }, { mean: m2, logScale: s2 });
  expectGradient({
    inputs: lists,
    fn: (...given) => ofTensors(given[0], given[1], given[2], given[3]),
    reference: (...numbers) => sumOver(kl, ...numbers),
  });
  const [m, s] = lists;
  expectClose(
    compute(() => ofTensors(m, s, m, s)),
    [0, 0, 0, 0, 0],
    { atol: 2e-7 },
  );
});
