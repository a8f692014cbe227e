import { expect, test } from "vitest";
import { Random } from "../src/index.ts";
import { BatchPlan } from "../src/data/batches.ts";
import { fillBatchInto } from "../src/data/fillBatch.ts";
import { fingerprint } from "../src/data/fingerprint.ts";
import { splitExamples } from "../src/data/split.ts";
import { bars } from "./support/models.ts";

const greys = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const ramp = { data: greys, shape: [4, 8, 8, 1] };

test("bytes are scaled by 1 / 255 in the order of the indices", () => {
  const out = new Float32Array(128);
  fillBatchInto(out, ramp, { indices: [3, 0], preparation: "scale" });
  expect(out[0]).toBe(Math.fround(192 / 255));
  expect(out[63]).toBe(1);
  expect(out[64]).toBe(0);
  expect(out[127]).toBe(Math.fround(63 / 255));
});

test("floats are used as they are", () => {
  const data = Float32Array.from(greys, (byte) => byte / 300);
  const out = new Float32Array(64);
  fillBatchInto(out, { data, shape: [4, 8, 8, 1] }, { indices: [1], preparation: "scale" });
  expect(out).toEqual(data.slice(64, 128));
});

test.each(["bytes", "floats"])(
  "dynamic binarization draws every pixel with its probability (%s)",
  (kind) => {
    const values = [0, 1, 30, 128, 254, 255];
    const data = Uint8Array.from(values);
    const pixels = kind === "bytes" ? data : Float32Array.from(values, (byte) => byte / 255);
    const random = new Random(1);
    const out = new Float32Array(6);
    const sums = new Float64Array(6);
    const visits = 40_000;
    for (let visit = 0; visit < visits; visit++) {
      const options = { indices: [0], preparation: "binarize-dynamic", random } as const;
      fillBatchInto(out, { data: pixels, shape: [1, 6, 1, 1] }, options);
      out.forEach((value, i) => (sums[i] += value));
    }
    expect(sums[0]).toBe(0);
    expect(sums[5]).toBe(visits);
    values.forEach((byte, i) => {
      const p = byte / 255;
      // Five standard deviations of a binomial mean.
      const bound = 5 * Math.sqrt((p * (1 - p)) / visits);
      expect(Math.abs(sums[i] / visits - p)).toBeLessThanOrEqual(bound);
    });
  },
);

test("static binarization depends on the example alone", () => {
  const data = bars(5);
  const all = new Float32Array(5 * 64);
  fillBatchInto(all, data, { indices: [0, 1, 2, 3, 4], preparation: "binarize-static" });
  const one = new Float32Array(64);
  fillBatchInto(one, data, { indices: [3], preparation: "binarize-static" });
  expect(one).toEqual(all.slice(3 * 64, 4 * 64));
  expect(new Set(all)).toEqual(new Set([0, 1]));
});

test("dynamic binarization without a generator is refused", () => {
  expect(() => {
    fillBatchInto(new Float32Array(64), ramp, { indices: [0], preparation: "binarize-dynamic" });
  }).toThrow("fillBatchInto: dynamic binarization needs a generator, got undefined");
});

test("binarizing 100,000 pixels takes less than a millisecond", () => {
  const data = { data: new Uint8Array(100_352).fill(90), shape: [128, 28, 28, 1] };
  const out = new Float32Array(100_352);
  const indices = Int32Array.from({ length: 128 }, (_, i) => i);
  const random = new Random(1);
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const start = performance.now();
    fillBatchInto(out, data, { indices, preparation: "binarize-dynamic", random });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  // It takes about 0.25 ms; the bound leaves room for a busy machine.
  expect(times[6]).toBeLessThan(1);
});

test("every epoch of a batch plan is a permutation of its own, found without those before it", () => {
  const indices = Int32Array.from({ length: 23 }, (_, i) => i * 10);
  const plan = new BatchPlan({ indices, batchSize: 5, random: new Random(1) });
  const epoch = (number: number): number[] =>
    Array.from({ length: plan.batches }, (_, batch) => [...plan.indices(number, batch)]).flat();
  const first = epoch(0);
  const second = epoch(1);
  expect(plan.batches).toBe(4);
  expect(new Set(first).size).toBe(20);
  expect(first).not.toEqual(second);
  const fresh = new BatchPlan({ indices, batchSize: 5, random: new Random(1) });
  expect([...fresh.indices(1, 2)]).toEqual(second.slice(10, 15));
});

test("a batch plan that keeps the last batch visits every example", () => {
  const indices = Int32Array.from({ length: 23 }, (_, i) => i);
  const plan = new BatchPlan({ indices, batchSize: 5, random: new Random(1), last: "keep" });
  expect(plan.batches).toBe(5);
  expect(plan.indices(0, 4)).toHaveLength(3);
});

test("a split holds out its fraction, and the parts are disjoint and complete", () => {
  const { training, validation } = splitExamples(50, { fraction: 0.1, random: new Random(2) });
  expect(validation).toHaveLength(5);
  expect([...training, ...validation].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, i) => i),
  );
  expect(splitExamples(3, { fraction: 0.01, random: new Random(2) }).validation).toHaveLength(1);
  expect(splitExamples(3, { fraction: 0, random: new Random(2) }).validation).toHaveLength(0);
});

test("the fingerprint tells shape, pixels and labels apart", () => {
  const data = bars(8);
  const prints = [
    data,
    { ...data, shape: [4, 16, 8, 1] },
    { ...data, data: data.data.map((byte, i) => (i === 511 ? byte ^ 1 : byte)) },
    { ...data, labels: data.labels.map((label, i) => (i === 7 ? label ^ 1 : label)) },
    { data: data.data, shape: data.shape },
  ].map(fingerprint);
  expect(new Set(prints).size).toBe(5);
  expect(fingerprint({ ...data, data: data.data.slice() })).toBe(prints[0]);
});
