import { Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  countPerCode,
  moveCodes,
  perplexity,
  reviveCodes,
  usage,
  type Assignment,
} from "../src/codebook.ts";
import { nearestCode } from "../src/nearestCode.ts";

interface Book {
  codes: tf.Variable<tf.Rank.R2>;
  counts: tf.Variable;
  sums: tf.Variable;
  idle: tf.Variable;
}

function book(codes: tf.Tensor2D): Book {
  return {
    codes: tf.variable(codes),
    counts: tf.variable(tf.ones([codes.shape[0]])),
    sums: tf.variable(codes.clone()),
    idle: tf.variable(tf.zeros([codes.shape[0]])),
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

// EMA counts that start at zero scale unused codes by ~99,000 and used ones by ~50 after one step.
test("one step neither blows up unused codes nor sends them to the origin", () => {
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

test("the state holds plain averages: the counts' sum is the average number of tokens", () => {
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
  for (let step = 0; step < 20; step++) {
    const assignment = assign(z, state.codes);
    moveCodes(state, assignment, 0.9);
    reviveCodes(state, assignment, 3);
  }
  expect(usage(assign(z, state.codes).used.dataSync())).toBe(1);
});

test("revival survives the averages of the next step and leaves used codes alone", () => {
  const z = normals<tf.Rank.R2>(new Random(8), [64, 2]);
  const codes = tf.concat<tf.Tensor2D>([tf.zeros([1, 2]), tf.fill([3, 2], 1000)]);
  const state = book(codes);
  const assignment = assign(z, state.codes); // all on code 0
  reviveCodes(state, assignment, 1);
  const revived = state.codes.dataSync().slice();
  expect([...revived.slice(0, 2)]).toEqual([0, 0]);
  expect(Math.max(...revived.map(Math.abs))).toBeLessThan(10);
  expect([...state.counts.dataSync()]).toEqual([1, 1, 1, 1]);
  expect(state.sums.dataSync().slice(2)).toEqual(revived.slice(2));
  moveCodes(state, assign(z, state.codes), 0.99);
  expect(Math.max(...state.codes.dataSync().map(Math.abs))).toBeLessThan(10);
});

test("an idle code moves to the farthest token of its share", () => {
  // Codes 0 and 1; even tokens are the share of code 0, odd ones of code 1.
  const state = book(tf.tensor2d([0, 1000], [2, 1]));
  const z = tf.tensor2d([9, 1, -2, 5, 3, -4], [6, 1]);
  reviveCodes(state, assign(z, state.codes), 1);
  expect([...state.codes.dataSync()]).toEqual([0, 5]);
});

// With 8192 codes and 4096 tokens a threshold in hits per batch expires every code at every step.
test("a code waits the same number of steps whatever the batch size", () => {
  for (const tokens of [2, 5, 40]) {
    const state = book(tf.tensor2d([0, 1, 2, 3, 4, 5, 6, 1000], [8, 1]));
    const z = tf.tensor2d(
      Float32Array.from({ length: tokens }, (_, n) => n % 7),
      [tokens, 1],
    );
    const last = (): number => state.codes.dataSync()[7];
    for (let step = 0; step < 4; step++) reviveCodes(state, assign(z, state.codes), 5);
    expect(last()).toBe(1000);
    reviveCodes(state, assign(z, state.codes), 5);
    expect(last()).toBeLessThan(7);
  }
});

test.each([
  ["one code has all tokens", [0, 40, 0, 0], 1, 0.25],
  ["all codes have the same", [3, 3, 3, 3], 4, 1],
  ["two of four share evenly", [0, 5, 5, 0], 2, 0.5],
])("perplexity and usage when %s", (_, counts, expectedPerplexity, expectedUsage) => {
  expectClose([perplexity(counts)], [expectedPerplexity], { rtol: 1e-12 });
  expect(usage(counts)).toBe(expectedUsage);
});
