import { expect, test } from "vitest";
import {
  createModel,
  deterministic,
  gaussianLikelihood,
  mlp,
  posteriorCollapse,
  Random,
} from "../src/index.ts";
import { smallModel } from "./support/models.ts";

/** Black and white images. */
function whiteNoise(count: number): { data: Float32Array; shape: number[] } {
  const data = new Float32Array(count * 64);
  new Random(1).fillUniformInto(data);
  return { data: data.map(Math.round), shape: [count, 8, 8, 1] };
}

test("the gain is what two examples lose when they exchange their latents", async () => {
  const model = smallModel();
  const weights = await model.readWeights();
  for (const { data } of Object.values(weights)) data.forEach((value, i) => (data[i] = 3 * value));
  await model.writeWeights(weights);
  const x = whiteNoise(2);
  const means = (await model.reconstruct(x)).data;
  const logProb = (i: number, j: number): number =>
    x.data.subarray(64 * i, 64 * (i + 1)).reduce((sum, value, k) => {
      const p = means[64 * j + k];
      return sum + value * Math.log(p) + (1 - value) * Math.log(1 - p);
    }, 0);
  const expected = (logProb(0, 0) - logProb(0, 1) + logProb(1, 1) - logProb(1, 0)) / 2;
  const { gain, rate } = await posteriorCollapse(model, x);
  expect(Math.abs(expected)).toBeGreaterThan(0.01);
  expect(gain.mean).toBeCloseTo(expected, 3);
  const { rate: rates } = await model.score(x);
  expect(rate.mean).toBeCloseTo((rates[0] + rates[1]) / 2, 5); // in closed form, without noise
  model.dispose();
});

test("a decoder whose weights of the latents are 0 has collapsed, whatever the rate", async () => {
  const model = smallModel();
  const weights = await model.readWeights();
  weights["decoder/dense1/kernel"].data.fill(0);
  weights["encoder/features/bias"].data.fill(1);
  await model.writeWeights(weights);
  const { isCollapsed, gain, rate, evidence } = await posteriorCollapse(model, whiteNoise(20));
  expect(isCollapsed).toBe(true);
  expect(rate.mean).toBeGreaterThan(0.1);
  expect(gain.mean).toBe(0);
  expect(evidence).toContain("the posterior has collapsed");
  model.dispose();
});

test("one example, and latents without a rate, are refused", async () => {
  const model = smallModel();
  await expect(posteriorCollapse(model, whiteNoise(1))).rejects.toThrow(
    "posteriorCollapse: examples must be at least 2, got 1",
  );
  model.dispose();
  const parts = {
    example: { x: gaussianLikelihood([8, 8, 1]) },
    latents: deterministic([2], "none"),
  };
  const plain = createModel({
    kind: "plain",
    options: {},
    ...parts,
    networks: mlp({ ...parts, hidden: [4] }),
    compute: { engine: "eager" },
  });
  await expect(posteriorCollapse(plain, whiteNoise(3))).rejects.toThrow(
    "posteriorCollapse: the model must have a rate",
  );
  plain.dispose();
});
