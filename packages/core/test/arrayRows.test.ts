import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { arrayRows } from "../src/data/arrayRows.ts";
import type { ColumnSpecs } from "../src/step/columns.ts";

const one: ColumnSpecs = { x: { shape: [2], dtype: "float32" } };
const two: ColumnSpecs = { ...one, code: { shape: [], dtype: "int32" } };
const x = { data: Float32Array.from([1, 2, 3, 4, 5, 6]), shape: [3, 2] };
const code = { data: Int32Array.from([7, 8, 9]), shape: [3] };

test("the only column can be handed in bare, by name, or as a tensor", async () => {
  for (const data of [x, { x }, tf.tensor2d([...x.data], [3, 2])]) {
    const rows = await arrayRows("f", one, data);
    const out = new Float32Array(4);
    await rows.fillInto({ x: out }, { indices: [2, 0] });
    expect([...out]).toEqual([5, 6, 1, 2]);
    expect(rows.count).toBe(3);
  }
});

test("several columns are a record, each of its own type, with labels and weights beside them", async () => {
  const rows = await arrayRows("f", two, { x, code, labels: [1, 0, 1], weights: [0, 1, 2.5] });
  const codes = new Int32Array(2);
  await rows.fillInto({ x: new Float32Array(4), code: codes }, { indices: [1, 1] });
  expect([...codes]).toEqual([8, 8]);
  expect(Array.from(rows.labels ?? [])).toEqual([1, 0, 1]);
  expect([...(rows.weights ?? [])]).toEqual([0, 1, 2.5]);
});

test("bytes are numbers, not shares of 255", async () => {
  const data = { data: Uint8Array.from([0, 255]), shape: [1, 2] };
  const rows = await arrayRows("f", one, data);
  const out = new Float32Array(2);
  await rows.fillInto({ x: out }, { indices: [0] });
  expect([...out]).toEqual([0, 255]);
});

test("the fingerprint tells values, shapes, types, labels and weights apart", async () => {
  const of = async (data: unknown): Promise<string> =>
    (await arrayRows("f", two, data)).fingerprint();
  const base = await of({ x, code });
  expect(await of({ x: { ...x, data: x.data.slice() }, code })).toBe(base);
  const others = [
    { x: { ...x, data: x.data.map((v) => v + 1) }, code },
    { x, code: { data: Uint8Array.from([7, 8, 9]), shape: [3] } },
    { x, code, labels: [0, 0, 1] },
    { x, code, weights: [0, 0, 1] },
  ];
  const prints = await Promise.all(others.map(of));
  expect(new Set([base, ...prints]).size).toBe(5);
});

test.each<[string, ColumnSpecs, unknown, string]>([
  ["nothing", one, undefined, "f: data must be an array { data, shape }, a tf.Tensor, or a record"],
  [
    "another shape",
    one,
    { data: new Float32Array(3), shape: [1, 3] },
    "f: x must have the shape [n, 2], got [1, 3]",
  ],
  [
    "no rows",
    one,
    { data: new Float32Array(0), shape: [0, 2] },
    "f: data must hold at least one example, got 0",
  ],
  [
    "one array for two columns",
    two,
    x,
    "f: data must have the columns x, code and no others but labels and weights, got one array",
  ],
  ["a column too many", one, { x, y: x }, 'got "y"'],
  ["a column too few", two, { x }, "f: code must be a tf.Tensor or"],
  [
    "columns of other lengths",
    two,
    { x, code: { data: new Int32Array(2), shape: [2] } },
    "f: all columns must have as many rows as x (3), got 2 of code",
  ],
  [
    "floats for integers",
    two,
    { x, code: { data: new Float32Array(3), shape: [3] } },
    "f: code must hold integers (Int32Array), got a Float32Array",
  ],
  [
    "NaN",
    one,
    { data: Float32Array.from([0, NaN]), shape: [1, 2] },
    "f: values of x must be finite, got NaN at 1",
  ],
  [
    "negative weights",
    one,
    { x, weights: [1, -1, 1] },
    "f: weights must be finite and at least 0, got -1 at 1",
  ],
  [
    "weights that are no numbers",
    one,
    { x, weights: 3 },
    "f: weights must be an array or a typed array of 3 numbers, got 3",
  ],
  [
    "weights of another number",
    one,
    { x, weights: [1] },
    "f: weights must be 3, one per example, got 1",
  ],
  [
    "labels that are no classes",
    one,
    { x, labels: [0, 0.5, 1] },
    "f: labels must be integers, got 0.5 at 1",
  ],
])("%s: refused in a sentence", async (_, columns, data, message) => {
  await expect(arrayRows("f", columns, data)).rejects.toThrow(message);
});
