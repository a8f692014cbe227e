import { join } from "node:path";
import {
  adam,
  codeBits,
  fillCodes,
  hierarchy,
  loadModel,
  Random,
  sampleCodes,
  train,
  type CodePrior,
  type CodingPrior,
  type HierarchicalPrior,
  type LearnedCodePrior,
  type NdArray,
} from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { codePrior, loadVqVae, pixelCnn, transformer, unigram, vqVae } from "../src/index.ts";

const K = 4;
const positions = [3, 3];
const codes = { positions, codebookSize: K };
const quickly = { batchSize: 50, optimizer: adam({ learningRate: 0.01 }) };
const quiet = { progress: "silent", validation: 0, seed: 1 } as const;

/** Codes independent of one another with the probabilities 1/2, 1/4, 1/8, 1/8: 1.75 bits each. */
function independent(count: number, seed = 1): NdArray {
  const random = new Random(seed);
  const draw = (): number => [0, 0, 0, 0, 1, 1, 2, 3][random.integer(8)];
  return { data: Int32Array.from({ length: count * 9 }, draw), shape: [count, ...positions] };
}

/** Every code is the label plus that of the position before, modulo K; the first is uniform. */
function shifted(count: number, labels: ArrayLike<number>, seed = 1): NdArray {
  const random = new Random(seed);
  const data = new Int32Array(count * 9);
  for (let i = 0; i < data.length; i++) {
    data[i] = i % 9 === 0 ? random.integer(K) : (data[i - 1] + labels[Math.floor(i / 9)]) % K;
  }
  return { data, shape: [count, ...positions] };
}

const small = { width: 16, seed: 1 };

test.each([
  ["pixelCnn", () => pixelCnn({ ...codes, ...small, layers: 2 })],
  ["transformer", () => transformer({ ...codes, ...small, layers: 1 })],
  ["unigram", () => unigram(codes)],
])("an untrained %s gives log2 K bits per code", async (_, make) => {
  const bits = await codeBits(make(), independent(20));
  expectClose([bits.perCode.mean, bits.perExample.mean], [2, 18], { rtol: 1e-6 });
});

test("a unigram is the smoothed frequencies in closed form, and its bits are their cross entropy", async () => {
  const prior = unigram({ ...codes, smoothing: 1 });
  const given = independent(50);
  await prior.count(given);
  const counts = new Float64Array(K);
  for (const code of given.data) counts[code]++;
  const p = counts.map((count) => (count + 1) / (given.data.length + K));
  const held = independent(30, 2);
  const perExample = Float64Array.from({ length: 30 }, (_, i) => {
    const own = [...held.data.subarray(i * 9, (i + 1) * 9)];
    return own.reduce((sum, code) => sum - Math.log2(p[code]), 0) / 9;
  });
  const mean = perExample.reduce((a, b) => a + b, 0) / 30;
  const variance = perExample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 29;
  const { perCode } = await codeBits(prior, held);
  expectClose([perCode.mean], [mean], { rtol: 1e-6 });
  expectClose([perCode.standardError], [Math.sqrt(variance / 30)], { rtol: 1e-5 });
});

test("on independent codes a trained prior's bits come down to their entropy, and not below it", async () => {
  const prior = pixelCnn({ ...codes, ...small, layers: 2 });
  await train(prior, independent(2000), { ...quiet, epochs: 4 });
  const { perCode } = await codeBits(prior, independent(1000, 2));
  expect(perCode.mean).toBeLessThan(1.75 + 0.03);
  expect(perCode.mean).toBeGreaterThan(1.75 - 3 * perCode.standardError);
});

test.each([
  ["pixelCnn", () => pixelCnn({ ...codes, ...small, layers: 2, classes: 2 })],
  ["transformer", () => transformer({ ...codes, ...small, layers: 1, classes: 2 })],
])("a %s of classes draws what the label says", async (_, make) => {
  const labels = Int32Array.from({ length: 1000 }, (_, i) => i % 2);
  const prior = make();
  await train(prior, { ...shifted(1000, labels), labels }, { ...quiet, ...quickly, epochs: 12 });
  for (const label of [0, 1]) {
    const { data } = await prior.sample(20, { label, seed: 3 });
    const follow = data.filter((code, i) => i % 9 > 0 && code === (data[i - 1] + label) % K);
    expect(follow.length / 160).toBeGreaterThan(0.9);
  }
  const mixed = await prior.sample(2, { labels: [1, 0], seed: 3 });
  expect(mixed.data.slice(0, 9)).toEqual((await prior.sample(1, { label: 1, seed: 3 })).data);
  await expect(prior.sample(1)).rejects.toThrow("sample: label must be given to this");
  await expect(prior.sample(1, { label: 2 })).rejects.toThrow(
    "sample: label must be integers in [0, 2)",
  );
});

test("samples depend on the seed alone, a low temperature and topK 1 take the most likely code", async () => {
  const prior = unigram(codes);
  await prior.count(independent(100));
  const drawn = await prior.sample(20, { seed: 1 });
  expect((await prior.sample(20, { seed: 1 })).data).toEqual(drawn.data);
  expect((await prior.sample(3, { seed: 1 })).data).toEqual(drawn.data.slice(0, 27));
  expect((await prior.sample(20, { seed: 2 })).data).not.toEqual(drawn.data);
  const zeros = new Int32Array(180);
  expect((await prior.sample(20, { topK: 1 })).data).toEqual(zeros);
  expect((await prior.sample(20, { temperature: 0.01 })).data).toEqual(zeros);
  const two = (await prior.sample(50, { topK: 2 })).data;
  expect([...new Set(two)].sort()).toEqual([0, 1]);
  await expect(prior.sample(1, { topK: 0 })).rejects.toThrow(
    "sample: topK must be an integer at least 1",
  );
  await expect(prior.sample(1, { label: 1 })).rejects.toThrow(
    "sample: label must come with a prior of several classes",
  );
});

/** Three codes of two, of which the next equals the one before with the probability 0.9. */
const chain: CodePrior = {
  kind: "chain",
  positions: [3],
  codebookSize: 2,
  columns: { codes: { shape: [3], dtype: "int32" } },
  variables: {},
  phases: [],
  pass: () => {
    throw new Error("not used");
  },
  logits(given) {
    const x = tf.cast(given, "float32");
    const before = tf.concat([tf.fill([x.shape[0], 1], 0.5), tf.slice(x, [0, 0], [-1, 2])], 1);
    const one = tf.add(tf.mul(before, 0.8), 0.1); // p(1): 0.1, 0.5 or 0.9
    return tf.stack([tf.log(tf.sub(1, one)), tf.log(one)], 2);
  },
  sample: (count, options) => sampleCodes(chain, count, options),
};

test("a gap is filled given what comes after it too, as Bayes' rule says", async () => {
  const n = 4000;
  const incomplete = {
    codes: {
      data: Int32Array.from({ length: 3 * n }, (_, i) => (i % 3 === 2 ? 1 : 0)),
      shape: [n, 3],
    },
    missing: { data: Uint8Array.of(0, 1, 0), shape: [3] },
  };
  const share = async (candidates: number): Promise<number> => {
    const { data } = await fillCodes(chain, incomplete, { candidates, seed: 1 });
    expect(data.filter((_, i) => i % 3 !== 1)).toEqual(
      incomplete.codes.data.filter((_, i) => i % 3 !== 1),
    );
    return data.filter((code, i) => i % 3 === 1 && code === 1).length / n;
  };
  // p(middle = 1 | first 0, last 1) = 0.1 x 0.9 / (0.1 x 0.9 + 0.9 x 0.1) = 1/2; without the last one 0.1.
  expect(Math.abs((await share(64)) - 0.5)).toBeLessThan(0.04);
  expect(Math.abs((await share(1)) - 0.1)).toBeLessThan(0.03);
});

test.each([
  ["unigram", () => unigram({ ...codes, classes: 2 })],
  ["pixelCnn", () => pixelCnn({ ...codes, ...small, layers: 1, classes: 2 })],
  ["transformer", () => transformer({ ...codes, ...small, layers: 1, classes: 2 })],
] as const)("gaps are filled by a %s of classes, known codes stay", async (_, make) => {
  const prior = make();
  const given = independent(20);
  const missing = {
    data: Uint8Array.from({ length: 9 }, (_, i) => i % 2),
    shape: positions,
  };
  const options = { candidates: 4, label: 1, seed: 3 };
  const { data } = await fillCodes(prior, { codes: given, missing }, options);
  expect(data.filter((_, i) => (i % 9) % 2 === 0)).toEqual(
    (given.data as Int32Array).filter((_, i) => (i % 9) % 2 === 0),
  );
  expect(new Set(data.filter((_, i) => (i % 9) % 2 === 1)).size).toBe(K);
  expect((await fillCodes(prior, { codes: given, missing }, options)).data).toEqual(data);
  await expect(fillCodes(prior, { codes: given, missing }, { seed: 3 })).rejects.toThrow(
    "fillCodes: label must be given",
  );
});

test("a gap of the upper level is filled given the lower one, as Bayes' rule says", async () => {
  // p(top = 1) = 1/4; the bottom is the top's code with probability 0.9.
  const rows = 4000;
  const random = new Random(2);
  const top = Int32Array.from({ length: rows }, () => Number(random.uniform() < 0.25));
  const bottom = top.map((code) => (random.uniform() < 0.9 ? code : 1 - code));
  const shape = [rows, 1];
  const one = { positions: [1], codebookSize: 2 };
  const prior = hierarchy({
    top: pixelCnn({ ...one, ...small, layers: 1 }),
    bottom: pixelCnn({ ...one, ...small, layers: 1, given: { top: one } }),
  });
  await train(
    prior,
    { top: { data: top, shape }, bottom: { data: bottom, shape } },
    { ...quiet, ...quickly, epochs: 4 },
  );
  const n = 1000;
  const seen = { data: new Int32Array(n).fill(1), shape: [n, 1] };
  const incomplete = {
    codes: { top: { data: new Int32Array(n), shape: [n, 1] }, bottom: seen },
    missing: {
      top: { data: Uint8Array.of(1), shape: [1] },
      bottom: { data: Uint8Array.of(0), shape: [1] },
    },
  };
  const filled = await fillCodes(prior, incomplete, { candidates: 32, seed: 1 });
  expect(filled["bottom"].data).toEqual(seen.data);
  // p(top = 1 | bottom = 1) = 0.25 x 0.9 / (0.25 x 0.9 + 0.75 x 0.1) = 3/4.
  const share = filled["top"].data.reduce((sum, code) => sum + code, 0) / n;
  expect(Math.abs(share - 0.75)).toBeLessThan(0.06);
});

test("a VQ-VAE is saved and loaded with its prior, and samples by it the same images by the same seed", async () => {
  const network = { kind: "conv", widths: [4, 8] } as const;
  const model = vqVae({ image: [8, 8, 1], codebookSize: 16, codeDim: 4, network, seed: 1 });
  model.prior = pixelCnn({ positions: [2, 2], codebookSize: 16, ...small, layers: 2, classes: 3 });
  const own = await model.encode(uniformImages(new Random(1), [20, 8, 8, 1]));
  const labels = Int32Array.from({ length: 20 }, (_, i) => i % 3);
  await train(
    model.prior as ReturnType<typeof pixelCnn>,
    { codes: own, labels },
    { ...quiet, steps: 5 },
  );
  const path = join(await emptyFolder(), "model");
  await model.save(path);
  const loaded = await loadVqVae(path);
  const drawn = await model.sample(5, { label: 1, seed: 4, topK: 8, temperature: 0.9 });
  expect((await loaded.sample(5, { label: 1, seed: 4, topK: 8, temperature: 0.9 })).data).toEqual(
    drawn.data,
  );
  expect((await loaded.sample(5, { label: 1, seed: 5 })).data).not.toEqual(drawn.data);
  expect((loaded.prior as { step?: number }).step).toBe(5);
  model.prior = { kind: "own", sample: () => Promise.resolve(own) };
  await expect(model.save(path)).rejects.toThrow(
    "save: prior of the model must be one that can be saved",
  );
});

test("p(top) p(bottom | top): the bottom follows the top, and the whole is trained, saved and loaded as one", async () => {
  const random = new Random(1);
  const top = {
    data: Int32Array.from({ length: 600 * 4 }, () => random.integer(3)),
    shape: [600, 2, 2],
  };
  const bottom = {
    data: Int32Array.from({ length: 600 * 16 }, (_, i) => {
      const [n, row, column] = [
        Math.floor(i / 16),
        Math.floor((i % 16) / 8),
        Math.floor((i % 4) / 2),
      ];
      return top.data[n * 4 + row * 2 + column];
    }),
    shape: [600, 4, 4],
  };
  const ofTop = { positions: [2, 2], codebookSize: 3 };
  const prior = hierarchy({
    top: unigram(ofTop),
    bottom: pixelCnn({
      positions: [4, 4],
      codebookSize: 3,
      ...small,
      layers: 2,
      given: { top: ofTop },
    }),
  });
  const result = await train(prior, { top, bottom }, { ...quiet, ...quickly, epochs: 10 });
  expect(Object.keys(result.history.steps[0].terms)).toEqual(["top", "bottom"]);
  const bits = await codeBits(prior, { top, bottom });
  expect(bits.levels["bottom"].mean).toBeLessThan(0.2); // nothing is left to say
  expect(bits.levels["top"].mean).toBeGreaterThan(1.5); // log2 3
  const path = join(await emptyFolder(), "hierarchy");
  await prior.save(path);
  const loaded = (await loadModel(path)) as unknown as typeof prior;
  const drawn = await loaded.sample(10, { seed: 2 });
  expect(drawn["bottom"].shape).toEqual([10, 4, 4]);
  expect(drawn).toEqual(await prior.sample(10, { seed: 2 }));
});

test("codePrior fits a model: its grid and codebooks, levels told those before, codes that are indices", () => {
  const spec = (shape: number[], limit: number | number[], dtype = "int32"): object => ({
    codeSpec: { shape, limit, dtype },
  });
  const of = (levels: object): CodingPrior =>
    codePrior({ kind: "vq-vae", levels } as never, { width: 8, layers: 1, classes: 3 });
  const one = of({ z: spec([3, 2], [16]) }) as LearnedCodePrior;
  expect([one.positions, one.codebookSizes, one.given]).toEqual([
    [3, 2],
    [16],
    { label: { shape: [], limit: 3 } },
  ]);
  expect((of({ z: spec([3, 2, 2], [16, 4]) }) as LearnedCodePrior).codebookSizes).toEqual([16, 4]);
  const two = of({ top: spec([2, 2], 8), bottom: spec([4, 4], 16) }) as HierarchicalPrior;
  expect(two.levels["bottom"].given["top"]).toEqual({ shape: [2, 2], limit: 8 });
  expect(() => of({ z: spec([4], 1, "float32") })).toThrow(
    "codePrior: model must have codes that are indices",
  );
});

test("a prior whose training was cut short and resumed equals the one that was not", async () => {
  const directory = await emptyFolder();
  const given = independent(200);
  const make = (): ReturnType<typeof pixelCnn> => pixelCnn({ ...codes, ...small, layers: 1 });
  const whole = make();
  await train(whole, given, { ...quiet, steps: 8 });
  const checkpoint = { directory, everySteps: 3 };
  await train(make(), given, { ...quiet, steps: 3, checkpoint });
  const resumed = make();
  await train(resumed, given, { ...quiet, steps: 8, checkpoint });
  expect(await resumed.readWeights()).toEqual(await whole.readWeights());
});

test.each([
  [
    () => pixelCnn({ positions: [3, 3], codebookSize: [4, 4] }),
    "pixelCnn: codebookSize must have one size for each",
  ],
  [
    () => pixelCnn({ positions: [3, 3, 2], codebookSize: 4 }),
    "pixelCnn: positions must be [h, w] or [length]",
  ],
  [
    () => transformer({ ...codes, width: 10, heads: 4 }),
    "transformer: width must be a multiple of heads (4), got 10",
  ],
  [() => hierarchy({ top: unigram(codes) }), "hierarchy: levels must be at least two, got 1"],
])("bad options are refused: %#", (make, message) => {
  expect(make).toThrow(message);
});

test("codes that the prior does not have are refused before training", async () => {
  const prior = pixelCnn({
    positions: [1, 1, 2],
    codebookSize: [4, 2],
    ...small,
    layers: 1,
  });
  const bad = { data: Int32Array.of(0, 3), shape: [1, 1, 1, 2] };
  await expect(train(prior, bad, { ...quiet, steps: 1 })).rejects.toThrow(
    "train: codes must be below the size of their codebook (2), got 3 at 1",
  );
});
