import { Random, train, type NdArray } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { beforeAll, expect, test } from "vitest";
import { crosses } from "../../../core/test/support/bars.ts";
import { autoencoder, betaVae, decomposition, type BetaVae } from "../../src/index.ts";
import { decompose } from "../../src/measures/decomposition.ts";

const count = 90;
const data = crosses(count);
const options = {
  image: [8, 8, 1],
  likelihood: { kind: "bernoulli", binarize: "none" },
  network: { kind: "mlp", hidden: [24] },
  seed: 1,
} as const;
let model: BetaVae;
beforeAll(async () => {
  model = betaVae({ ...options, latent: 3 });
  await train(model, data, { steps: 80, batchSize: 30, validation: 0, progress: "silent" });
});

test("the three parts are those of sums over all pairs, written out", async () => {
  const { mean, logVar, draws } = (await model.posterior(data, { draws: 1, seed: 4 })) as Record<
    string,
    NdArray
  >;
  const logNormal = (z: number, m: number, v: number): number =>
    -0.5 * (Math.log(2 * Math.PI) + v + (z - m) ** 2 / Math.exp(v));
  const logQ = (i: number, j: number, d: number): number =>
    logNormal(draws.data[3 * i + d], mean.data[3 * j + d], logVar.data[3 * j + d]);
  const all = Array.from({ length: count }, (_, j) => j);
  const sums = { information: 0, correlation: 0, dimensionWise: 0 };
  for (const i of all) {
    const joint = (j: number): number => logQ(i, j, 0) + logQ(i, j, 1) + logQ(i, j, 2);
    const logMean = (f: (j: number) => number): number =>
      Math.log(all.reduce((sum, j) => sum + Math.exp(f(j)), 0) / count);
    const product = [0, 1, 2].reduce((sum, d) => sum + logMean((j) => logQ(i, j, d)), 0);
    const prior = [0, 1, 2].reduce((sum, d) => sum + logNormal(draws.data[3 * i + d], 0, 0), 0);
    sums.information += (joint(i) - logMean(joint)) / count;
    sums.correlation += (logMean(joint) - product) / count;
    sums.dimensionWise += (product - prior) / count;
  }
  const actual = await decomposition(model, data, { seed: 4 });
  expectClose(
    [actual.mutualInformation.mean, actual.totalCorrelation.mean, actual.dimensionWise.mean],
    [sums.information, sums.correlation, sums.dimensionWise],
    { rtol: 1e-9, atol: 1e-9 },
  );
});

test("the parts add up to the drawn rate to 1e-6, and that is the closed-form one within three standard errors", async () => {
  const { mutualInformation, totalCorrelation, dimensionWise, byDimension, drawnRate, rate } =
    await decomposition(model, data, { seed: 2 });
  const sum = mutualInformation.mean + totalCorrelation.mean + dimensionWise.mean;
  expectClose([sum], [drawnRate.mean], { rtol: 1e-6 });
  expectClose([byDimension.reduce((a, b) => a + b, 0)], [dimensionWise.mean], { rtol: 1e-9 });
  expect(Math.abs(drawnRate.mean - rate.mean)).toBeLessThan(3 * drawnRate.standardError);
  const { rate: scored } = await model.score(data);
  expectClose([rate.mean], [scored.reduce((a, b) => a + b, 0) / count], { rtol: 1e-5 });
  expect(mutualInformation.mean).toBeLessThanOrEqual(Math.log(count) + 1e-9);
});

test("draws of some examples are spread over the data, a seed repeats them, and progress is told", async () => {
  const told: number[] = [];
  const onProgress = ({ count: done }: { count: number }): void => void told.push(done);
  const some = await decomposition(model, data, { draws: 70, onProgress });
  expect(await decomposition(model, data, { draws: 70 })).toEqual(some);
  expect(told).toEqual([64]);
  expect(some.rate.mean).not.toBe((await decomposition(model, data)).rate.mean);
});

/** Posteriors of given deviation around means, with a draw each. */
function posteriors(means: readonly (readonly number[])[], deviation: number) {
  const [n, L] = [means.length, means[0].length];
  const noise = new Float32Array(n * L);
  new Random(5).fillNormalInto(noise);
  const mean = Float32Array.from(means.flat());
  const array = (values: Float32Array): NdArray => ({ data: values, shape: [n, L] });
  return {
    mean: array(mean),
    logVar: array(new Float32Array(n * L).fill(2 * Math.log(deviation))),
    draws: array(mean.map((value, i) => value + deviation * noise[i])),
  };
}

/** Pairs of a correlation, each of variance 1. */
function pairsOf(correlation: number, n: number): number[][] {
  const noise = new Float32Array(2 * n);
  new Random(6).fillNormalInto(noise);
  return Array.from({ length: n }, (_, i) => {
    const [a, b] = [noise[2 * i], noise[2 * i + 1]];
    return [a, correlation * a + Math.sqrt(1 - correlation ** 2) * b];
  });
}

test.each([0, 0.9])(
  "the total correlation of latents of correlation %d is the closed form",
  async (correlation) => {
    const deviation = 0.5;
    const given = posteriors(pairsOf(correlation, 3000), deviation);
    const { totalCorrelation } = await decompose(given, { draws: 1000 });
    const whole = correlation / (1 + deviation ** 2); // of the aggregated posterior
    const expected = -0.5 * Math.log(1 - whole ** 2);
    // Beside the draws, the means are a sample of 3,000.
    expect(Math.abs(totalCorrelation.mean - expected)).toBeLessThan(
      3 * totalCorrelation.standardError + 0.01,
    );
  },
);

test("posteriors that do not depend on the example have neither information nor correlation", async () => {
  const given = posteriors(Array<number[]>(50).fill([1, -1]), 1);
  const { mutualInformation, totalCorrelation } = await decompose(given, { draws: 50 });
  expectClose([mutualInformation.mean, totalCorrelation.mean], [0, 0], { atol: 1e-12 });
});

test("a model without Gaussian latents is refused", async () => {
  const plain = autoencoder({ ...options, latent: 3 });
  await expect(decomposition(plain, data)).rejects.toThrow(
    "decomposition: the model must have one level of Gaussian latents, got deterministic",
  );
});
