/** What each kind of quantizer claims, against closed forms, float64 and brute force. */
import { Random, train } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { rotatedOnto, vqVae, type QuantizerChoice } from "../src/index.ts";
import { assigned, kMeans } from "../src/quantizers/kMeans.ts";
import { residualByHand } from "./programs/residual.ts";
import { contextFor, make } from "./support/tensors.ts";

const book = { kind: "vector", codebookSize: 8, codeDim: 3 } as const;
const most = (x: tf.Tensor): number => Math.max(...tf.abs(x).dataSync());
const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);

test("the rotation keeps the angle between gradient and code, and stretches it by |q| / |z|", () => {
  const z = normals(new Random(1), [20, 4]);
  const q = normals(new Random(2), [20, 4]);
  const g = normals(new Random(3), [20, 4]);
  expect(rotatedOnto(z, q).dataSync()).toEqual(q.dataSync());
  const back = tf
    .grad((x) => tf.sum(tf.mul(g, rotatedOnto(x, q))))(z)
    .arraySync() as number[][];
  const [zs, qs, gs] = [z, q, g].map((x) => x.arraySync() as number[][]);
  const norm = (v: number[]): number => Math.sqrt(dot(v, v));
  back.forEach((row, i) => {
    const stretch = norm(qs[i]) / norm(zs[i]);
    if (stretch > 10) return;
    expectClose([norm(row)], [stretch * norm(gs[i])], { rtol: 1e-4 });
    const cosine = dot(gs[i], qs[i]) / norm(gs[i]) / norm(qs[i]);
    expectClose([dot(row, zs[i]) / norm(row) / norm(zs[i])], [cosine], { rtol: 1e-3, atol: 1e-4 });
  });
});

test("the rotation is a plain copy where the vector is its code, and finite opposite of it and at zero", () => {
  const g = tf.tensor2d([[1, 2]]);
  const through = (z: number[], q: number[]): number[] => [
    ...tf
      .grad((x) => tf.sum(tf.mul(g, rotatedOnto(x, tf.tensor2d([q])))))(tf.tensor2d([z]))
      .dataSync(),
  ];
  expectClose(through([3, 4], [3, 4]), [1, 2]);
  expectClose(through([3, 4], [6, 8]), [2, 4]);
  for (const z of [
    [-3, -4],
    [0, 0],
  ]) {
    expect(through(z, [3, 4]).every(Number.isFinite)).toBe(true);
  }
  expect(most(tf.tensor1d(through([1e-9, 0], [3, 4])))).toBeLessThan(50);
});

test("cosine codes do not change with the length of a vector, have length 1, and the gradient is orthogonal to the vector", () => {
  const quantizer = make({ ...book, distance: "cosine" });
  const z = normals(new Random(1), [4, 5, 3]);
  quantizer.initialize?.(z.dataSync() as Float32Array, new Random(1));
  const context = contextFor(quantizer, z);
  const { rows, indices } = quantizer.quantize(z, context);
  expect(quantizer.quantize(tf.mul(z, 7), context).indices.dataSync()).toEqual(indices.dataSync());
  expectClose(tf.norm(rows, 2, -1).dataSync(), new Array(20).fill(1), { rtol: 1e-5 });
  const gradient = tf.grad((x) => tf.sum(quantizer.quantize(x, context).losses["commitment"]))(z);
  expectClose(tf.sum(tf.mul(gradient, z), -1).dataSync(), new Array(20).fill(0), { atol: 1e-4 });
});

test.each([[[5, 4, 3]], [[2, 2]], [[8, 8, 4]], [[7]]])(
  "FSQ of levels %j has every index once, and its grid",
  (levels) => {
    const quantizer = make({ kind: "fsq", levels });
    const [size] = quantizer.codebookSize;
    const all = tf.range(0, size, 1, "int32");
    const rows = quantizer.lookup(all).arraySync() as number[][];
    expect(new Set(rows.map(String)).size).toBe(size);
    levels.forEach((L, d) => {
      const values = new Set(rows.map((row) => row[d]));
      expect(values.size).toBe(L);
      expect(Math.max(...[...values].map(Math.abs))).toBeLessThanOrEqual(1);
    });
    // A grid of inputs reaches every code: the bijection the other way.
    const line = tf.linspace(-8, 8, 400);
    const z = tf.stack(
      levels.map(() => line),
      -1,
    );
    const found = quantizer.quantize(
      tf.expandDims(z, 0),
      contextFor(quantizer, { shape: [1, 400] }),
    );
    levels.forEach((L, d) => {
      const digits = (found.rows.arraySync() as number[][][])[0].map((row) => row[d]);
      expect(new Set(digits).size).toBe(L);
    });
    expect(found.rows.dataSync()).toEqual(quantizer.lookup(found.indices).dataSync());
  },
);

test("FSQ bounds by the paper's formula: zero stays zero, and the gradient is that of finite differences", () => {
  const levels = [5, 8, 3];
  const quantizer = make({ kind: "fsq", levels });
  const bounded = (x: tf.Tensor): tf.Tensor =>
    quantizer.quantize(x, contextFor(quantizer, { shape: [1, 1] })).through as tf.Tensor;
  expectClose(bounded(tf.zeros([1, 1, 3])).dataSync(), [0, 0, 0], { atol: 1e-6 });
  const z = normals(new Random(1), [1, 6, 3]);
  const gradient = tf
    .grad((x) => tf.sum(bounded(x)))(z)
    .dataSync();
  const expected = [...z.dataSync()].map((value, i) => {
    const L = levels[i % 3];
    const h = ((L - 1) * 1.001) / 2;
    const s = Math.atanh((L % 2 === 0 ? 0.5 : 0) / h);
    return (h * (1 - Math.tanh(value + s) ** 2)) / Math.floor(L / 2);
  });
  expectClose(gradient, expected, { rtol: 1e-4 });
});

test("FSQ refuses more codes than integers of 32 bits count", () => {
  expect(() => make({ kind: "fsq", levels: new Array(8).fill(16) as number[] })).toThrow(
    "finiteScalar: levels must have a product below 2^31",
  );
});

test.each([false, true])("the entropy of bits is that of all 2^bits codes, sphere %s", (sphere) => {
  const quantizer = make({ kind: "binary", bits: 4, sphere, temperature: 0.7 });
  const z = normals(new Random(1), [2, 3, 4]);
  const { losses, compared } = quantizer.quantize(z, contextFor(quantizer, z));
  const used = (compared as { z: tf.Tensor }).z;
  const codes = quantizer.lookup(tf.range(0, 16, 1, "int32")); // [16, 4]
  const logits = tf.mul(
    2 / 0.7,
    tf.matMul(tf.reshape<tf.Rank.R2>(used, [-1, 4]), codes as tf.Tensor2D, false, true),
  );
  const logP = tf.logSoftmax(logits);
  const entropy = tf.sum(tf.reshape(tf.neg(tf.sum(tf.mul(tf.exp(logP), logP), 1)), [2, 3]), 1);
  expectClose((losses["entropy"] as tf.Tensor).dataSync(), entropy.dataSync(), { rtol: 1e-4 });
  // The product of the bits' marginals bounds the entropy of the mean from above.
  const mean = tf.mean(tf.exp(logP), 0);
  const exact = tf.neg(tf.sum(tf.mul(mean, tf.log(mean)))).dataSync()[0];
  const { ofBatch } = losses["diversity"] as { ofBatch: tf.Tensor };
  const bound = 4 * Math.LN2 - ofBatch.dataSync()[0] / 3; // three positions
  expect(bound).toBeGreaterThanOrEqual(exact - 1e-5);
  expect(bound).toBeLessThanOrEqual(4 * Math.LN2 + 1e-6);
});

test("bits are signs, the first dimension the lowest, zero a negative one", () => {
  const quantizer = make({ kind: "binary", bits: 3 });
  const z = tf.tensor3d([
    [
      [1, -1, 1],
      [0, 2, 0],
    ],
  ]);
  expect([...quantizer.quantize(z, contextFor(quantizer, z)).indices.dataSync()]).toEqual([5, 2]);
});

test("hard Gumbel draws outside training have the frequencies of the softmax", () => {
  const quantizer = make({ kind: "gumbel", codebookSize: 3, codeDim: 2 });
  const z = tf.tile(tf.tensor3d([[[0.5, -0.3]]]), [1, 4000, 1]);
  const context = contextFor(quantizer, z, { training: false });
  const result = quantizer.quantize(z, context);
  const drawn = tf
    .reshape(quantizer.draw?.(result, context) as tf.Tensor, [4000, 2])
    .arraySync() as number[][];
  const codes = quantizer.variables?.["codes"].arraySync() as number[][];
  const counts = codes.map(
    (code) => drawn.filter((row) => Math.abs(row[0] - code[0]) < 1e-6).length,
  );
  expect(counts.reduce((a, b) => a + b)).toBe(4000);
  const { logits } = result as unknown as { logits: tf.Tensor };
  const p = (tf.softmax(logits).arraySync() as number[][][])[0][0];
  const chi = counts.reduce((sum, n, k) => sum + (n - 4000 * p[k]) ** 2 / (4000 * p[k]), 0);
  expect(chi).toBeLessThan(13.8); // 0.1 % of two degrees of freedom
});

test("the Gumbel rate is KL to uniform: 0 for equal logits, log K for a certain code, and in between by hand", () => {
  const quantizer = make({ kind: "gumbel", codebookSize: 3, codeDim: 2 });
  const z = tf.tensor3d([[[0.5, -0.3]]]);
  const rate = (): number =>
    quantizer.quantize(z, contextFor(quantizer, z)).rate?.dataSync()[0] ?? NaN;
  const { logits } = quantizer.quantize(z, contextFor(quantizer, z)) as unknown as {
    logits: tf.Tensor;
  };
  const p = [...tf.softmax(logits).dataSync()];
  expectClose([rate()], [Math.log(3) + p.reduce((sum, q) => sum + q * Math.log(q), 0)], {
    rtol: 1e-4,
  });
  const { kernel, bias } = quantizer.variables as Record<string, tf.Variable>;
  kernel.assign(tf.zeros([2, 3]));
  expectClose([rate()], [0], { atol: 1e-6 });
  bias.assign(tf.tensor1d([100, 0, 0]));
  expectClose([rate()], [Math.log(3)]);
});

test("codes drawn in training have the frequencies of softmax(-distance² / temperature), and are the nearest outside of it", () => {
  const quantizer = make({ kind: "vector", codebookSize: 3, codeDim: 2, temperature: 0.5 });
  (quantizer.state?.["codes"] as tf.Variable).assign(
    tf.tensor2d([
      [0, 0],
      [1, 0],
      [0, 0.6],
    ]),
  );
  const z = tf.tile(tf.tensor3d([[[0.3, 0.1]]]), [1, 4000, 1]);
  const indices = [...quantizer.quantize(z, contextFor(quantizer, z)).indices.dataSync()];
  const weights = [0.3 ** 2 + 0.1 ** 2, 0.7 ** 2 + 0.1 ** 2, 0.3 ** 2 + 0.5 ** 2].map((d) =>
    Math.exp(-d / 0.5),
  );
  const total = weights.reduce((a, b) => a + b);
  const chi = weights.reduce((sum, w, k) => {
    const expected = (4000 * w) / total;
    return sum + (indices.filter((i) => i === k).length - expected) ** 2 / expected;
  }, 0);
  expect(chi).toBeLessThan(13.8);
  const outside = quantizer.quantize(z, contextFor(quantizer, z, { training: false }));
  expect(new Set(outside.indices.dataSync())).toEqual(new Set([0]));
});

test("a product is exactly its parts side by side, and a product of one part that part", () => {
  const parts = [make(book, 1), make({ ...book, codeDim: 2 }, 2)];
  const quantizer = make({ kind: "product", parts });
  const z = normals(new Random(1), [4, 5, 5]);
  const result = quantizer.quantize(z, contextFor(quantizer, z));
  const pieces = tf.split(z, [3, 2], 2);
  const own = parts.map((part, i) => part.quantize(pieces[i], contextFor(part, z)));
  expect(result.rows.dataSync()).toEqual(
    tf
      .concat(
        own.map(({ rows }) => rows),
        2,
      )
      .dataSync(),
  );
  expect(result.indices.dataSync()).toEqual(
    tf
      .stack(
        own.map(({ indices }) => indices),
        2,
      )
      .dataSync(),
  );
  const losses = own.map(({ losses: { commitment } }) => commitment as tf.Tensor);
  expectClose(
    (result.losses["commitment"] as tf.Tensor).dataSync(),
    tf.add(losses[0], losses[1]).dataSync(),
  );
  const alone = make({ kind: "product", parts: [parts[0]] });
  expect(alone.quantize(pieces[0], contextFor(alone, z)).indices.shape).toEqual([4, 5]);
});

test("the package's residual quantizer has the numbers of the one by hand, and its prefixes are partial sums", () => {
  const parts = [1, 2, 3].map((seed) =>
    make({ ...book, codebook: "gradient", reviveBelow: 0 }, seed),
  );
  const quantizer = make({ kind: "residual", parts });
  const byHand = residualByHand(parts);
  const z = normals(new Random(1), [4, 5, 3]);
  const context = contextFor(quantizer, z);
  const [a, b] = [quantizer.quantize(z, context), byHand.quantize(z, context)];
  expect(a.rows.dataSync()).toEqual(b.rows.dataSync());
  expect(a.indices.dataSync()).toEqual(b.indices.dataSync());
  const sum = tf.addN([0, 1, 2].map((l) => b.losses[`commitment${l}`] as tf.Tensor));
  expectClose((a.losses["commitment"] as tf.Tensor).dataSync(), sum.dataSync());
  let partial: tf.Tensor = tf.zerosLike(z);
  parts.forEach((part, l) => {
    const own = tf.squeeze(tf.slice(a.indices, [0, 0, l], [4, 5, 1]), [2]);
    partial = tf.add(partial, part.lookup(own));
    const prefix = tf.slice(a.indices, [0, 0, 0], [4, 5, l + 1]);
    expectClose(quantizer.lookup(prefix).dataSync(), partial.dataSync());
  });
});

test("depth dropout draws every depth equally often, the last one too", () => {
  const quantizer = make({ kind: "residual", parts: [1, 2, 3].map(() => book), dropout: 1 });
  const z = normals(new Random(1), [600, 1, 3]);
  const context = contextFor(quantizer, z);
  const result = quantizer.quantize(z, context);
  const drawn = tf.squeeze(quantizer.draw?.(result, context) as tf.Tensor, [0]);
  const depths = [0, 0, 0];
  let sum: tf.Tensor = tf.zerosLike(z);
  result.parts?.forEach(({ result: part }, l) => {
    sum = tf.add(sum, part.rows);
    const near = tf.lessEqual(tf.max(tf.abs(tf.sub(sum, drawn)), [1, 2]), 1e-6);
    depths[l] = tf.sum(tf.cast(near, "float32")).dataSync()[0];
  });
  expect(depths.reduce((a, b) => a + b)).toBe(600);
  for (const count of depths) expect(Math.abs(count - 200)).toBeLessThan(50);
});

test("a model decodes any number of first indices of a residual quantizer, and refuses those out of each book's range", async () => {
  const quantizer: QuantizerChoice = {
    kind: "residual",
    parts: [
      { ...book, codebookSize: 8 },
      { ...book, codebookSize: 4 },
    ],
    dropout: 0.5,
  };
  const model = vqVae({ image: [8, 8, 1], quantizer, network: { kind: "conv", widths: [4, 4] } });
  const x = { data: new Float32Array(3 * 64).fill(0.4), shape: [3, 8, 8, 1] };
  await train(model, x, { steps: 2, validation: 0, progress: "silent" });
  const codes = await model.encode(x);
  expect(codes.shape).toEqual([3, 2, 2, 2]);
  const first = {
    data: Int32Array.from(codes.data.filter((_, i) => i % 2 === 0)),
    shape: [3, 2, 2, 1],
  };
  expect((await model.decode(first)).shape).toEqual([3, 8, 8, 1]);
  const bad = {
    data: Int32Array.from(codes.data, (_, i) => (i === 1 ? 4 : 7 * ((i + 1) % 2))),
    shape: codes.shape,
  };
  await expect(model.decode(bad)).rejects.toThrow(
    "decode: codes must be integers in [0, 4), got 4 at 1",
  );
  await expect(model.decode({ data: codes.data, shape: [6, 2, 2] })).rejects.toThrow(
    "decode: code must",
  );
});

test("k-means recovers separated blobs, its inertia never rises, and the same seed gives the same means", () => {
  const random = new Random(5);
  const centers = Array.from({ length: 6 }, (_, k) => [20 * (k % 3), 20 * Math.floor(k / 3)]);
  const noise = new Float32Array(600 * 2);
  random.fillNormalInto(noise);
  const vectors = noise.map((value, i) => value + centers[Math.floor(i / 2) % 6][i % 2]);
  const run = (steps: number): ReturnType<typeof kMeans> =>
    kMeans(vectors, { D: 2, K: 6, random: new Random(1), steps });
  const inertias = [0, 1, 2, 5, 10].map((steps) => run(steps).inertia);
  inertias.slice(1).forEach((inertia, i) => expect(inertia).toBeLessThanOrEqual(inertias[i]));
  const { means, counts } = run(10);
  expect([...counts]).toEqual(new Array(6).fill(100));
  for (const center of centers) {
    const distances = Array.from({ length: 6 }, (_, k) =>
      Math.hypot(means[2 * k] - center[0], means[2 * k + 1] - center[1]),
    );
    expect(Math.min(...distances)).toBeLessThan(0.5);
  }
  expect(run(10).means).toEqual(means);
  expect(assigned(vectors, means, 2).inertia).toBeCloseTo(run(10).inertia, 3);
});

test("with fewer different vectors than codes k-means gives no two equal codes", () => {
  const vectors = Float32Array.from({ length: 40 }, (_, i) => (Math.floor(i / 2) % 3) * 5);
  const { means } = kMeans(vectors, { D: 2, K: 8, random: new Random(1) });
  const rows = Array.from({ length: 8 }, (_, k) => [...means.subarray(2 * k, 2 * k + 2)].join());
  expect(new Set(rows).size).toBe(8);
});
