import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import {
  anomalyDetector,
  auroc,
  createModel,
  deterministic,
  errorMap,
  gaussian,
  gaussianLikelihood,
  mlp,
  Random,
  reparameterized,
  train,
} from "../src/index.ts";
import { latentGaussian } from "../src/anomaly/latentGaussian.ts";
import { likelihoodRegret } from "../src/anomaly/likelihoodRegret.ts";
import { bars, smallModel } from "./support/models.ts";

/** A trained model of bars. */
async function trained() {
  const model = smallModel({ likelihood: { kind: "gaussian", scale: 0.2 }, latent: 3 });
  model.compute = {};
  await train(model, bars(400), { epochs: 40, batchSize: 32, progress: "silent" });
  return model;
}
const model = await trained();
const normal = bars(200, 11);
/** Bars across in the place of bars down. */
const turned = (() => {
  const { data, shape } = bars(60, 12);
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const [n, y, x] = [Math.floor(i / 64), Math.floor((i % 64) / 8), i % 8];
    out[64 * n + 8 * x + y] = data[i];
  }
  return { data: out, shape };
})();

const scores = ["likelihood", "elbo", "distortion", "mahalanobis", "regret"] as const;

describe.each(scores)("%s", (score) => {
  test("passes at most the asked share of normal examples and finds others", async () => {
    const detector = await anomalyDetector(model, normal, { score, falseAlarms: 0.1, steps: 20 });
    const fresh = await detector.detect(bars(200, 13));
    const alarms = fresh.anomalous.reduce((sum, x) => sum + x, 0) / 200;
    expect(alarms).toBeLessThan(0.2); // 0.1 with deviations of 0.02 of both samples
    const found = await detector.detect(turned);
    const marks = [...fresh.scores.map(() => 0), ...found.scores.map(() => 1)];
    const area = auroc([...fresh.scores, ...found.scores], marks);
    expect(area.mean).toBeGreaterThan(score === "mahalanobis" ? 0.6 : 0.9);
    expect((await detector.detect(turned)).scores).toEqual(found.scores);
  });
});

test("the threshold is the conformal quantile of the scores of normal examples", async () => {
  const some = { data: normal.data.subarray(0, 64 * 19), shape: [19, 8, 8, 1] };
  const detector = await anomalyDetector(model, some, { score: "distortion", falseAlarms: 0.1 });
  const { scores: own } = await detector.detect(some);
  expect(detector.threshold).toBe([...own].sort((a, b) => a - b)[17]); // ceil(20 * 0.9) = 18
  await expect(
    anomalyDetector(model, some, { score: "distortion", falseAlarms: 0.04 }),
  ).rejects.toThrow("normal must hold at least 24 examples to fit the threshold on");
});

test("the map is the negative log density of every value, and is high where something was put", async () => {
  const map = await errorMap(model, normal);
  expect(map.shape).toEqual([200, 8, 8, 1]);
  const shown = await model.reconstruct(normal);
  const expected = Array.from(
    shown.data,
    (mean, i) => 0.5 * Math.log(2 * Math.PI * 0.04) + (normal.data[i] / 255 - mean) ** 2 / 0.08,
  );
  expectClose(map.data, expected, { rtol: 1e-4, atol: 1e-4 });
  const spotted = { ...normal, data: normal.data.slice() };
  const lit = normal.data[63] > 128;
  spotted.data[63] = lit ? 0 : 255;
  const after = await errorMap(model, spotted);
  const row = Array.from(after.data.subarray(0, 64));
  expect(row.indexOf(Math.max(...row))).toBe(63);
});

test("Mahalanobis distances are those of the formula, and of Gaussian codes chi-squared in the mean", () => {
  const data = Float64Array.of(0, 0, 2, 0, 0, 2, 2, 2); // mean (1, 1), variances 4/3, no covariance
  const distance = latentGaussian("test", { data, shape: [4, 2] });
  expectClose(distance({ data: Float64Array.of(1, 1, 3, 1), shape: [2, 2] }), [0, 3], {
    rtol: 1e-5,
    atol: 1e-9,
  });
  const codes = new Float32Array(3000);
  new Random(2).fillNormalInto(codes);
  const all = latentGaussian("test", { data: codes, shape: [1000, 3] })({
    data: codes,
    shape: [1000, 3],
  });
  expect(all.reduce((sum, x) => sum + x / 1000, 0)).toBeCloseTo(3, 1);
});

test("regret of a linear Gaussian model is the KL divergence from the encoder's posterior to the true one", async () => {
  // x = z + noise of deviation s: the true posterior of z is N(x / (1 + s^2), s^2 / (1 + s^2)).
  // Columns may have the names of the posterior's parameters.
  const example = { mean: gaussianLikelihood([2], { scale: 0.5 }) };
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [4], seed: 1 });
  const linear = createModel({ kind: "linear", options: {}, example, latents, networks });
  const weights = await linear.readWeights();
  // relu(z) - relu(-z) = z through the hidden layer of the decoder.
  weights["decoder/dense1/kernel"].data.set([1, -1, 0, 0, 0, 0, 1, -1]);
  weights["decoder/dense1/bias"].data.fill(0);
  weights["decoder/parameters/kernel"].data.set([1, 0, -1, 0, 0, 1, 0, -1]);
  weights["decoder/parameters/bias"].data.fill(0);
  await linear.writeWeights(weights);
  const x = { data: Float32Array.of(0.5, -1, 1, 0.2), shape: [2, 2] };
  const { mean, logVar } = await linear.posterior(x);
  const variance = 0.25 / 1.25;
  const expected = [0, 1].map((n) =>
    [0, 1].reduce((sum, d) => {
      const [m, lv] = [mean.data[2 * n + d], logVar.data[2 * n + d]];
      const shift = (m - x.data[2 * n + d] / 1.25) ** 2;
      return sum + 0.5 * ((Math.exp(lv) + shift) / variance - 1 - lv + Math.log(variance));
    }, 0),
  );
  const rows = await linear.rows("test", x);
  const gains = await likelihoodRegret(linear, rows, {
    steps: 300,
    samples: 16,
    seed: 1,
    compute: {},
  });
  expectClose(gains, expected, { rtol: 0.1, atol: 0.05 }); // 64 draws of the comparison
});

test("a score that a model has not is refused in a sentence", async () => {
  const example = { x: gaussianLikelihood([8, 8, 1], { scale: 0.2 }) };
  const latents = deterministic([2], "none");
  const networks = mlp({ example, latents, hidden: [8] });
  const plain = createModel({ kind: "autoencoder", options: {}, example, latents, networks });
  await expect(anomalyDetector(plain, normal)).rejects.toThrow('use "distortion"');
  await expect(anomalyDetector(plain, normal, { score: "regret" })).rejects.toThrow(
    "likelihood regret needs one vector of Gaussian latents",
  );
  expect((await anomalyDetector(plain, normal, { score: "distortion" })).threshold).toBeGreaterThan(
    -Infinity,
  );
});
