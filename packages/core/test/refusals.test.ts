import { expect, test } from "vitest";
import { smallModel } from "./support/models.ts";

const model = smallModel();
const image = { data: new Float32Array(64), shape: [1, 8, 8, 1] };

const limit = "so that the result has at most 1073741824 values";

test.each([1e12, 2 ** 24 + 1])(
  "more samples than a result can hold are refused before any work: %d",
  async (count) => {
    await expect(model.sample(count)).rejects.toThrow(
      `sample: count must be at most 16777216, ${limit}, got ${count}`,
    );
  },
);

test("more interpolated or traversed images than a result can hold are refused", async () => {
  await expect(model.interpolate(image, image, { steps: 1e12 })).rejects.toThrow(
    `interpolate: steps must be at most 16777216, ${limit}, got 1000000000000`,
  );
  const two = { data: new Float32Array(128), shape: [2, 8, 8, 1] };
  await expect(model.interpolate(two, two, { steps: 2 ** 24 })).rejects.toThrow(
    `interpolate: steps must be at most 8388608, ${limit}, got 16777216`,
  );
  const values = new Array<number>(10_000).fill(0);
  const dimensions = new Array<number>(10_000).fill(0);
  await expect(model.traverse(image, { dimensions, values })).rejects.toThrow(
    `traverse: number of values must be at most 1677, ${limit}, got 10000`,
  );
});

const kinds = "encode: data of images must be a Uint8Array, Float32Array or Int32Array";
test.each<[string, unknown, string]>([
  [
    "a Float64Array",
    { ...image, data: new Float64Array(64) },
    `${kinds}, got Float64Array of length 64; Float32Array.from(data) makes one`,
  ],
  [
    "a plain list",
    { ...image, data: [0, 1] },
    `${kinds}, got [0, 1]; Float32Array.from(data) makes one`,
  ],
  ["text", { ...image, data: "0101" }, `${kinds}, got "0101"`],
  [
    "no shape",
    { ...image, shape: undefined },
    "encode: shape of images must be a list of sizes, got undefined",
  ],
  [
    "a bare array",
    image.data,
    "encode: images must be a tf.Tensor or { data, shape }, got Float32Array of length 64",
  ],
])("images that are %s are refused with what was given", async (_, given, message) => {
  await expect(model.encode(given as typeof image)).rejects.toThrow(new TypeError(message));
});

test("a model of labelled data that samples without a label says which options there are", async () => {
  const labelled = smallModel({ condition: { classes: 4, kind: "one-hot" } });
  await expect(labelled.sample(2)).rejects.toThrow(
    "sample: label or labels must be given for a model of labelled data, got neither",
  );
});
