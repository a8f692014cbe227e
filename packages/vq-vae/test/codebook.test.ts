import { Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { usage } from "../src/index.ts";
import {
  countPerCode,
  moveCodes,
  reviveCodes,
  type Assignment,
} from "../src/quantizers/codebook.ts";
import { nearestCode } from "../src/quantizers/nearestCode.ts";
import { contextFor, make } from "./support/tensors.ts";

interface Book {
  codes: tf.Variable<tf.Rank.R2>;
  counts: tf.Variable;
  sums: tf.Variable;
  use: tf.Variable;
}

function book(codes: tf.Tensor2D): Book {
  return {
    codes: tf.variable(codes),
    counts: tf.variable(tf.ones([codes.shape[0]])),
    sums: tf.variable(codes.clone()),
    use: tf.variable(tf.ones([codes.shape[0]])),
  };
}

function assign(z: tf.Tensor2D, codes: tf.Tensor2D): Assignment {
  const indices = nearestCode(z, codes);
  return {
    z,
    indices,
    rows: tf.gather(codes, indices),
    used: countPerCode(indices, codes.shape[0]),
  };
}

test("with decay 0 a step of the codebook is one Lloyd step of k-means", () => {
  const z = normals<tf.Rank.R2>(new Random(1), [200, 3]);
  const state = book(normals<tf.Rank.R2>(new Random(2), [10, 3]));
  const indices = [...nearestCode(z, state.codes).dataSync()];
  const before = state.codes.arraySync();
  const data = z.arraySync();
  const lloyd = before.map((code, k) => {
    const own = data.filter((_, n) => indices[n] === k);
    return own.length === 0
      ? code
      : code.map((_, d) => own.reduce((sum, token) => sum + token[d], 0) / own.length);
  });
  moveCodes(state, assign(z, state.codes), 0);
  expectClose(state.codes.dataSync(), lloyd.flat(), { rtol: 1e-5, atol: 1e-6 });
});

test("hand case: decay 0.5, tokens 1 and 3 on the code 0", () => {
  const state = book(tf.tensor2d([0, 100], [2, 1]));
  moveCodes(state, assign(tf.tensor2d([1, 3], [2, 1]), state.codes), 0.5);
  // n = (0.5 + 0.5 * 2, 0.5), m = (0 + 0.5 * 4, 50), e = m / n
  expectClose(state.counts.dataSync(), [1.5, 0.5]);
  expectClose(state.sums.dataSync(), [2, 50]);
  expectClose(state.codes.dataSync(), [2 / 1.5, 100]);
});

test("a constant batch draws its code to the mean with error decay^t", () => {
  const state = book(tf.tensor2d([0, 9], [2, 1]));
  const z = tf.tensor2d([1], [1, 1]);
  for (let step = 0; step < 20; step++) moveCodes(state, assign(z, state.codes), 0.9);
  expectClose(state.codes.dataSync(), [1 - 0.9 ** 20, 9], { rtol: 1e-5 });
});

// Defects 1 and 2 of peers: EMA counts that start at zero scale unused codes by ~99,000 and used ones by ~50 after one step;
// sums that start at zero send unused codes to the origin.
test("an EMA whose counts start at zero: one step neither blows up unused codes nor sends them to the origin", () => {
  const codes = normals<tf.Rank.R2>(new Random(3), [512, 4]);
  const state = book(codes);
  const before = codes.dataSync().slice();
  const z = tf.tile(tf.slice(codes, [0, 0], [4, 4]), [64, 1]); // only codes 0 to 3 are used
  moveCodes(state, assign(z, state.codes), 0.99);
  const after = state.codes.dataSync();
  expect(after.slice(16)).toEqual(before.slice(16));
  expectClose(after.slice(0, 16), before.slice(0, 16), { rtol: 1e-5 });
});

test("a code unused for 2000 steps is still where it was, not shrunk to the origin", () => {
  const state = book(tf.tensor2d([0, 100], [2, 1]));
  const z = tf.tensor2d([0.5], [1, 1]);
  for (let step = 0; step < 2000; step++) {
    tf.tidy(() => moveCodes(state, assign(z, state.codes), 0.99));
  }
  expect(state.codes.dataSync()[1]).toBe(100);
});

// Defect 6 of peers.
test("Laplace smoothing written back into the EMA state: the state holds plain averages, the counts' sum is the average number of tokens", () => {
  const z = normals<tf.Rank.R2>(new Random(4), [300, 2]);
  const state = book(normals<tf.Rank.R2>(new Random(5), [32, 2]));
  for (let step = 0; step < 3; step++) moveCodes(state, assign(z, state.codes), 0.9);
  // 32 ones decay and 300 tokens enter, three times: smoothing written back would not add up to this.
  const expected = 32 * 0.9 ** 3 + 300 * (1 - 0.9 ** 3);
  expectClose(tf.sum(state.counts).dataSync(), [expected], { rtol: 1e-5 });
});

test("codes far from all data are revived and then all are used", () => {
  const z = normals<tf.Rank.R2>(new Random(6), [256, 2]);
  const far = tf.add<tf.Tensor2D>(normals<tf.Rank.R2>(new Random(7), [16, 2]), 50);
  const state = book(far);
  for (let step = 0; step < 60; step++) {
    const assignment = assign(z, state.codes);
    moveCodes(state, assignment, 0.9);
    reviveCodes(state, assignment, 0.1);
  }
  expect(usage(assign(z, state.codes).used.dataSync())).toBe(1);
});

// Defect 4 of peers: the embedding is replaced, and the same step overwrites it from sums that were not.
test("a revival that the averages undo: it survives those of the next step, and leaves used codes alone", () => {
  const z = normals<tf.Rank.R2>(new Random(8), [64, 2]);
  const codes = tf.concat<tf.Tensor2D>([tf.zeros([1, 2]), tf.fill([3, 2], 1000)]);
  const state = book(codes);
  state.use.assign(tf.tensor1d([64, 0, 0, 0]));
  const assignment = assign(z, state.codes); // all on code 0
  reviveCodes(state, assignment, 0.1);
  const revived = state.codes.dataSync().slice();
  expect([...revived.slice(0, 2)]).toEqual([0, 0]);
  expect(Math.max(...revived.map(Math.abs))).toBeLessThan(10);
  expect([...state.counts.dataSync()]).toEqual([1, 1, 1, 1]);
  expectClose(state.use.dataSync(), [64, 16, 16, 16]); // even use: time to be found
  expect(state.sums.dataSync().slice(2)).toEqual(revived.slice(2));
  moveCodes(state, assign(z, state.codes), 0.99);
  expect(Math.max(...state.codes.dataSync().map(Math.abs))).toBeLessThan(10);
});

test("a dead code moves to the farthest token of its share", () => {
  // Codes 0 and 1; even tokens are the share of code 0, odd ones of code 1.
  const state = book(tf.tensor2d([0, 1000], [2, 1]));
  state.use.assign(tf.tensor1d([6, 0]));
  const z = tf.tensor2d([9, 1, -2, 5, 3, -4], [6, 1]);
  reviveCodes(state, assign(z, state.codes), 0.1);
  expect([...state.codes.dataSync()]).toEqual([0, 5]);
});

test("SimVQ's codes are nearest to nothing where data lie in clusters, unless they are revived", () => {
  const centres = tf.mul(normals<tf.Rank.R3>(new Random(1), [12, 1, 4]), 10);
  const around = tf.mul(normals<tf.Rank.R3>(new Random(2), [12, 30, 4]), 0.3);
  const z = tf.reshape<tf.Rank.R3>(tf.add(centres, around), [72, 5, 4]);
  const usedBy = (reviveBelow: number): number => {
    const quantizer = make({ kind: "sim-vq", codebookSize: 40, codeDim: 4, reviveBelow });
    quantizer.initialize?.(z.dataSync() as Float32Array, new Random(3));
    const context = contextFor(quantizer, z);
    for (let step = 0; step < 200; step++) {
      tf.tidy(() => quantizer.update?.(quantizer.quantize(z, context), z, context));
    }
    return new Set(quantizer.quantize(z, context).indices.dataSync()).size;
  };
  expect(usedBy(0)).toBeLessThan(24);
  expect(usedBy(0.1)).toBeGreaterThan(36);
});

// Defect 12 of peers: with 8192 codes and 4096 tokens a threshold of 2 hits per batch expires every code at every step.
test("an absolute threshold of revival: with fewer tokens than codes that are used evenly, none is moved", () => {
  const K = 64;
  const codes = tf.tensor2d(
    Float32Array.from({ length: K }, (_, k) => k),
    [K, 1],
  );
  const state = book(codes);
  const random = new Random(9);
  for (let step = 0; step < 100; step++) {
    const z = tf.tensor2d(
      Float32Array.from({ length: K / 2 }, () => random.integer(K)),
      [K / 2, 1],
    );
    tf.tidy(() => reviveCodes(state, assign(z, state.codes), 0.1));
  }
  expect(state.codes.dataSync()).toEqual(codes.dataSync());
});

test("a code that is never used is dead after 22 steps, whatever the batch size", () => {
  for (const tokens of [8, 40]) {
    const state = book(tf.tensor2d([0, 1, 2, 3, 1000], [5, 1]));
    const z = tf.tensor2d(
      Float32Array.from({ length: tokens }, (_, n) => n % 4),
      [tokens, 1],
    );
    state.use.assign(tf.fill([5], tokens / 5));
    const last = (): number => state.codes.dataSync()[4];
    for (let step = 0; step < 21; step++) reviveCodes(state, assign(z, state.codes), 0.1);
    expect(last()).toBe(1000); // 0.9^21 = 0.109
    reviveCodes(state, assign(z, state.codes), 0.1);
    expect(last()).toBeLessThan(4);
  }
});
