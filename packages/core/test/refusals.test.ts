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
    `traverse: dimensions times values must be at most 16777216, ${limit}, got 100000000`,
  );
});

test.each<[string, unknown, string]>([
  ["a plain list", { ...image, data: [0, 1] }, "got [0, 1]; Float32Array.from(list) makes one"],
  ["text", { ...image, data: "0101" }, 'got "0101"'],
  [
    "no shape",
    { ...image, shape: undefined },
    "encode: shape of x must be a list of sizes, got undefined",
  ],
  [
    "a bare array",
    image.data,
    "encode: x must be a tf.Tensor or { data, shape }, got Float32Array of length 64",
  ],
  [
    "a whole data set",
    { name: "mine", train: image, test: image },
    "encode: examples must be one split of a data set, got all of it; give .train or .test",
  ],
  ["nothing", undefined, "encode: examples must be a tf.Tensor or { data, shape }, got undefined"],
  ["of an unknown key", { ...image, wieghts: [1] }, 'got "wieghts"'],
])("images that are %s are refused with what was given", async (_, given, message) => {
  const failure = model.encode(given as typeof image);
  await expect(failure).rejects.toThrow(TypeError);
  await expect(failure).rejects.toThrow(message);
});
