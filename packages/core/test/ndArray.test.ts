import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { acceptedTypes, toNdArray, toTypedArray } from "../src/ndArray.ts";

const at = { fn: "train", name: "x" };

test.each<[string, unknown, Uint8Array | Int32Array | Float32Array]>([
  ["Uint8ClampedArray", Uint8ClampedArray.of(0, 255), Uint8Array.of(0, 255)],
  ["Int8Array", Int8Array.of(-1, 7), Int32Array.of(-1, 7)],
  ["Int16Array", Int16Array.of(-300, 7), Int32Array.of(-300, 7)],
  ["Uint16Array", Uint16Array.of(65535), Int32Array.of(65535)],
  ["Uint32Array", Uint32Array.of(7), Int32Array.of(7)],
  ["BigInt64Array", BigInt64Array.of(-7n, 5n), Int32Array.of(-7, 5)],
  ["BigUint64Array", BigUint64Array.of(5n), Int32Array.of(5)],
  ["Float64Array", Float64Array.of(0.1), Float32Array.of(0.1)],
])("a %s keeps its values", (_, data, expected) => {
  expect(toTypedArray(at, data)).toEqual(expected);
});

test.each([Uint8Array.of(1), Int32Array.of(1), Float32Array.of(1)])(
  "%o is taken as it is",
  (data) => {
    expect(toTypedArray(at, data)).toBe(data);
  },
);

test("a Uint8ClampedArray is not copied", () => {
  const data = new Uint8ClampedArray(new ArrayBuffer(8), 2, 4);
  const bytes = toTypedArray(at, data);
  data[1] = 9;
  expect([...bytes]).toEqual([0, 9, 0, 0]);
});

test("tensors of every dtype mean what they say", async () => {
  const read = async (tensor: tf.Tensor): Promise<unknown> => toNdArray(at, tensor);
  expect(await read(tf.tensor2d([[1, 0.5]]))).toEqual({
    data: Float32Array.of(1, 0.5),
    shape: [1, 2],
  });
  expect(await read(tf.tensor1d([3, 255], "int32"))).toEqual({
    data: Int32Array.of(3, 255),
    shape: [2],
  });
  expect(await read(tf.tensor1d([true, false], "bool"))).toEqual({
    data: Float32Array.of(1, 0),
    shape: [2],
  });
  await expect(read(tf.tensor1d(["a"], "string"))).rejects.toThrow(
    new TypeError("train: x must be a float32, int32 or bool tensor, got string"),
  );
});

test.each<[unknown, string]>([
  [3, "train: x must be a tf.Tensor or { data, shape }, got 3"],
  [null, "train: x must be a tf.Tensor or { data, shape }, got null"],
  [
    { data: [1, 2], shape: [2] },
    `train: data of x must be ${acceptedTypes}, got [1, 2]; Float32Array.from(list) makes one`,
  ],
  [{ data: new ArrayBuffer(4), shape: [1] }, `train: data of x must be ${acceptedTypes}, got`],
  [
    { data: Uint32Array.of(2 ** 31), shape: [1] },
    "train: integers of x must lie in [-2147483648, 2147483647], got 2147483648 at 0",
  ],
  [{ data: Float32Array.of(1), shape: 1 }, "train: shape of x must be a list of sizes, got 1"],
  [
    { data: Float32Array.of(1), shape: [-1] },
    "train: x must have a shape of non-negative integers, got [-1]",
  ],
  [
    { data: Float32Array.of(1), shape: [2, 3] },
    "train: x of shape [2, 3] must have 6 values, got 1",
  ],
])("%o is refused in a sentence", async (input, sentence) => {
  await expect(toNdArray(at, input)).rejects.toThrow(sentence);
});
