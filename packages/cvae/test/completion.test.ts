/** Images completed from a part: masks, likelihoods of the rest against brute force, completions. */
import { evaluate, Random, train, type NdArray } from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import {
  complete,
  completionBaseline,
  completionVae,
  loadCompletionVae,
  type MaskName,
} from "../src/index.ts";
import { maskNames, maskWriter } from "../src/masks.ts";

const image = [4, 4, 1];
const options = {
  image,
  features: 5,
  likelihood: { kind: "bernoulli", binarize: "none" },
  network: { kind: "mlp", hidden: [6] },
  seed: 1,
} as const;
const baseline = completionBaseline(options);
const model = completionVae({ ...options, latent: 1 });

/** Black and white images. */
function bits(count: number): NdArray<Float32Array> {
  const random = new Random(7);
  const data = Float32Array.from({ length: count * 16 }, () => random.integer(2));
  return { data, shape: [count, ...image] };
}
const x = bits(3);

const maskOf = (name: MaskName): number[] => {
  const out = new Float32Array(16);
  maskWriter(name, [4, 4])(out, 0, new Random(1));
  return [...out];
};

test("masks are the part that is observed", () => {
  const rows = (name: MaskName): string[] => maskOf(name).join("").match(/.{4}/gu) ?? [];
  expect(rows("one-quadrant")).toEqual(["0000", "0000", "1100", "1100"]);
  expect(rows("two-quadrants")).toEqual(["1100", "1100", "1100", "1100"]);
  expect(rows("three-quadrants")).toEqual(["1100", "1100", "1111", "1111"]);
  expect(rows("bottom")).toEqual(["0000", "0000", "1111", "1111"]);
  expect(rows("centre")).toEqual(["0000", "0110", "0110", "0000"]);
  expect(maskOf("around-centre").map((value) => 1 - value)).toEqual(maskOf("centre"));
  expect(maskOf("left").map((value) => 1 - value)).toEqual(maskOf("right"));
  expect(maskOf("top").map((value) => 1 - value)).toEqual(maskOf("bottom"));
  const sums = Array.from({ length: 2000 }, (_, i) => {
    const out = new Float32Array(16);
    maskWriter("around-rectangle", [4, 4])(out, 0, new Random(i));
    return out.reduce((sum, value) => sum + value, 0);
  });
  expect(Math.min(...sums)).toBe(0); // all is hidden
  expect(Math.max(...sums)).toBe(15); // one pixel is
  expect(maskNames).toHaveLength(10);
});

/** `log p(x_u)` of an image given the means of its pixels. */
const logHidden = (means: ArrayLike<number>, pixels: ArrayLike<number>, mask: number[]): number =>
  mask.reduce((sum, seen, i) => {
    const p = means[i];
    return seen === 1 ? sum : sum + Math.log(pixels[i] === 1 ? p : 1 - p);
  }, 0);

test.each(["one-quadrant", "three-quadrants", "around-centre"] as const)(
  "the baseline's distortion is -log p of the hidden pixels of %s",
  async (name) => {
    const condition = { mask: name, observed: x };
    const means = await baseline.decode(await baseline.encode(x, { condition }), { condition });
    const { distortion } = await baseline.score(x, { condition: { mask: name } });
    const wanted = [0, 1, 2].map(
      (n) => -logHidden(means.data.subarray(n * 16), x.data.subarray(n * 16), maskOf(name)),
    );
    expectClose(distortion, wanted);
  },
);

test("the importance-weighted likelihood of the hidden part is the integral over the prior", async () => {
  const mask = "two-quadrants";
  const one = { data: x.data.slice(0, 16), shape: [1, ...image] };
  const { logLikelihood } = await model.score(one, { condition: { mask }, samples: 8192, seed: 2 });
  // p(z|x_o) is N(0, 1) at the start; the midpoint rule over [-6, 6].
  const cells = 600;
  const width = 12 / cells;
  const z = Float32Array.from({ length: cells }, (_, i) => -6 + (i + 0.5) * width);
  const condition = { mask, observed: one };
  const repeated = {
    mask,
    observed: {
      data: Float32Array.from({ length: cells * 16 }, (_, i) => one.data[i % 16]),
      shape: [cells, ...image],
    },
  };
  const means = await model.decode({ data: z, shape: [cells, 1] }, { condition: repeated });
  const density = (value: number): number => Math.exp(-0.5 * value ** 2) / Math.sqrt(2 * Math.PI);
  let integral = 0;
  z.forEach((value, i) => {
    const log = logHidden(means.data.subarray(i * 16), one.data, maskOf(mask));
    integral += width * density(value) * Math.exp(log);
  });
  expect(logLikelihood?.[0]).toBeCloseTo(Math.log(integral), 2);
  expect((await model.sample(1, { condition })).shape).toEqual([1, ...image]);
});

test.each([
  ["a VAE", model],
  ["the baseline", baseline],
])("completions of %s keep what is observed and never look at the rest", async (_name, of) => {
  const mask = { data: Uint8Array.from({ length: 16 }, (_, i) => i % 2), shape: [4, 4] };
  const found = await complete(of, x, { mask, count: 2, seed: 3 });
  expect(found.shape).toEqual([3, 2, ...image]);
  const other = { ...x, data: x.data.map((value, i) => (i % 2 === 1 ? value : 0.25)) };
  expect((await complete(of, other, { mask, count: 2, seed: 3 })).data).toEqual(found.data);
  for (let i = 0; i < found.data.length; i++) {
    const pixel = Math.floor(i / 32) * 16 + (i % 16);
    if (i % 2 === 1) expect(found.data[i]).toBe(x.data[pixel]);
    else expect(Number.isInteger(found.data[i])).toBe(false);
  }
  const isSame = found.data.subarray(0, 16).every((value, i) => value === found.data[16 + i]);
  expect(isSame).toBe(of === baseline);
});

test.each(["mlp", "conv"] as const)(
  "masks are drawn in training, and %s loads as it was",
  async (kind) => {
    const network =
      kind === "mlp" ? options.network : ({ kind, widths: [4], hidden: [5] } as const);
    const masks: MaskName[] = ["one-quadrant", "around-rectangle"];
    const trained = completionVae({ ...options, network, masks, latent: 2 });
    await train(trained, x, { steps: 3, batchSize: 2, validation: 0, progress: "silent" });
    const scores = await evaluate(trained, x, { samples: 2 });
    expect(scores.nll.mean).toBeGreaterThan(0);
    expect(scores.elbo.mean).toBeLessThan(0);
    const directory = await emptyFolder();
    await trained.save(directory);
    const loaded = await loadCompletionVae(directory);
    expect(loaded.options).toEqual(trained.options);
    const told = { mask: "left", seed: 1 } as const;
    expect((await complete(loaded, x, told)).data).toEqual((await complete(trained, x, told)).data);
  },
);

test.each([
  [{ mask: "lefft" }, "mask of the condition must be one of"],
  [
    { mask: { data: [1, 0], shape: [1, 2] } },
    "must have the shape [4, 4] or [3, 4, 4], got [1, 2]",
  ],
  [
    { mask: { data: new Float32Array(16).fill(0.5), shape: [4, 4] } },
    "must be 0 or 1 each, got 0.5 at 0",
  ],
  [{ mask: "left", label: 3 }, 'condition must have at most mask, observed, got "label"'],
  [{ mask: 3 }, "mask of the condition must be one of"],
])("a condition of %j is refused", async (condition, message) => {
  await expect(model.score(x, { condition })).rejects.toThrow(message);
});

test("what is missing is said with the way out", async () => {
  await expect(model.encode(x)).rejects.toThrow(
    'encode: mask of the condition must be given, such as { mask: "left" }, got undefined',
  );
  await expect(model.sample(2, { condition: { mask: "left" } })).rejects.toThrow(
    "sample: observed of the condition must be given, the images of which the part is seen; complete(model, images, { mask }) does it",
  );
  await expect(complete(model, x, { mask: "around-rectangle" })).rejects.toThrow(
    'complete: mask must be a mask that is not drawn, got "around-rectangle"',
  );
  await expect(complete(model, { data: x.data, shape: [3, 16] }, { mask: "left" })).rejects.toThrow(
    "complete: images must be { data, shape: [n, 4, 4, 1] }, got the shape [3, 16]",
  );
  expect(() => completionVae({ ...options, latent: 2, image: [16] })).toThrow(
    "completionVae: image must be [height, width, channels], got [16]",
  );
});
