import { Random, walkCodes, type LearnedCodePrior } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { pixelCnn, transformer } from "../src/index.ts";

const K = 5;
const context = { training: false, batchSize: 1, draws: 1, dataSize: 1, noise: {}, scalars: {} };

/** The same prior with weights that are nowhere zero. */
async function randomized(prior: LearnedCodePrior): Promise<LearnedCodePrior> {
  const random = new Random(7);
  const weights = await prior.readWeights();
  for (const [name, { data, shape }] of Object.entries(weights)) {
    const values = data as Float32Array;
    random.fork(name).fillNormalInto(values);
    const scale = 1 / Math.sqrt(Math.max(1, values.length / (shape[shape.length - 1] || 1)));
    values.forEach((value, i) => (values[i] = value * scale));
  }
  await prior.writeWeights(weights);
  return prior;
}

type Make = () => LearnedCodePrior;
const depths = { positions: [2, 3, 2], codebookSize: [5, 3] };
const told = {
  positions: [4, 4],
  codebookSize: K,
  classes: 3,
  given: { top: { positions: [2, 2], codebookSize: 4 } },
};
const priors: readonly (readonly [string, Make])[] = [
  [
    "pixelCnn of a grid",
    () => pixelCnn({ positions: [3, 4], codebookSize: K, width: 8, layers: 4 }),
  ],
  ["pixelCnn of a line", () => pixelCnn({ positions: [5], codebookSize: K, width: 8, layers: 5 })],
  ["pixelCnn of depths", () => pixelCnn({ ...depths, width: 8, layers: 3 })],
  ["pixelCnn of a class and another level", () => pixelCnn({ ...told, width: 8, layers: 3 })],
  [
    "transformer of a grid",
    () => transformer({ positions: [3, 4], codebookSize: K, width: 8, layers: 2, heads: 2 }),
  ],
  ["transformer of depths", () => transformer({ ...depths, width: 8, layers: 2, heads: 2 })],
  [
    "transformer of a class and another level",
    () => transformer({ ...told, width: 8, layers: 2, heads: 2 }),
  ],
];

const codesOf = (prior: LearnedCodePrior, rows: number, seed: number): Int32Array => {
  const random = new Random(seed);
  const length = prior.positions.reduce((a, b) => a * b, 1);
  const { codebookSizes } = prior;
  return Int32Array.from({ length: rows * length }, (_, i) =>
    random.integer(codebookSizes[i % codebookSizes.length]),
  );
};

const givenOf = (prior: LearnedCodePrior, rows: number): Record<string, Int32Array> =>
  Object.fromEntries(
    Object.entries(prior.given).map(([name, { shape, limit }]) => {
      const random = new Random(3).fork(name);
      const size = shape.reduce((a, b) => a * b, rows);
      return [name, Int32Array.from({ length: size }, () => random.integer(limit))];
    }),
  );

/** `[rows, T, K]` */
function allLogits(prior: LearnedCodePrior, codes: Int32Array, rows: number): Float32Array {
  const given = Object.fromEntries(
    Object.entries(givenOf(prior, rows)).map(([name, data]) => [
      name,
      tf.tensor(data, [rows, ...prior.given[name].shape], "int32"),
    ]),
  );
  return tf.tidy(
    () =>
      prior
        .logits(tf.tensor2d(codes, [rows, codes.length / rows], "int32"), context, given)
        .dataSync() as Float32Array,
  );
}

test.each(priors)(
  "every position sees all earlier positions and no later one: %s",
  async (_, make) => {
    const prior = await randomized(make());
    const codes = codesOf(prior, 1, 1);
    const T = codes.length;
    const { codebookSize, codebookSizes } = prior;
    const before = allLogits(prior, codes, 1);
    const rows = new Int32Array(T * T); // row s: position s changed
    for (let s = 0; s < T; s++) {
      rows.set(codes, s * T);
      rows[s * T + s] = (codes[s] + 1) % codebookSizes[s % codebookSizes.length];
    }
    const given = Object.keys(prior.given).length > 0;
    for (let s = 0; s < T; s++) {
      const after = given
        ? allLogits(prior, rows.slice(s * T, (s + 1) * T), 1)
        : allLogits(prior, rows, T).subarray(s * T * codebookSize, (s + 1) * T * codebookSize);
      const changed = Array.from({ length: T }, (_, t) => {
        const at = (x: Float32Array): Float32Array =>
          x.slice(t * codebookSize, (t + 1) * codebookSize);
        return at(after).some((value, k) => value !== at(before)[k]);
      });
      expect(changed).toEqual(Array.from({ length: T }, (_, t) => t > s));
    }
  },
);

test.each(priors)("step by step it computes the logits of the whole: %s", async (_, make) => {
  const prior = await randomized(make());
  const rows = 16;
  const codes = codesOf(prior, rows, 2);
  const T = codes.length / rows;
  const { codebookSize, codebookSizes } = prior;
  const whole = allLogits(prior, codes, rows);
  const walked = new Int32Array(rows * T).fill(4); // what is not yet known means nothing
  const request = { rows, codes: walked, given: givenOf(prior, rows), compute: {} };
  await walkCodes(prior, request, (t, logits) => {
    for (let row = 0; row < rows; row++) {
      const size = codebookSizes[t % codebookSizes.length];
      const at = (row * T + t) * codebookSize;
      const own = logits.subarray(row * codebookSize, row * codebookSize + size);
      expectClose(own, whole.subarray(at, at + size), { rtol: 1e-4, atol: 1e-5 }); // float32, in another order
      walked[row * T + t] = codes[row * T + t];
    }
  });
});
