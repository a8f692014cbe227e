import { join } from "node:path";
import {
  gaussian,
  Random,
  reparameterized,
  type LatentPrior,
  type NdArray,
  type StepContext,
} from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { conditionalGaussian, cvae, loadCvae } from "../src/index.ts";

const image = [8, 8, 1];
const mlp = { kind: "mlp", hidden: [16] } as const;
const common = { image, latent: 3, network: mlp, engine: "eager" } as const;
const small = { ...common, classes: 4 } as const;

/** The same label as a trained embedding. */
const embedded = {
  ...common,
  condition: { label: { kind: "class", classes: 4, embedding: 4 } },
} as const;

const images = (count: number, seed = 1): NdArray<Float32Array> =>
  uniformImages(new Random(seed), [count, ...image]);

test.each([
  ["one-hot", small, mlp],
  ["embedding", embedded, mlp],
  ["one-hot", small, { kind: "conv", widths: [4] }],
  ["embedding", embedded, { kind: "conv", widths: [4] }],
] as const)(
  "changing the label changes code, reconstruction and sample: %s, %j",
  async (_name, options, network) => {
    const model = cvae({ ...options, network, seed: 1 });
    const x = images(2);
    const [a, b] = [
      [0, 1],
      [2, 3],
    ];
    const code = await model.encode(x, { labels: a });
    expect((await model.encode(x, { labels: b })).data).not.toEqual(code.data);
    const decoded = await model.decode(code, { labels: a });
    expect((await model.decode(code, { labels: b })).data).not.toEqual(decoded.data);
    const drawn = await model.sample(3, { label: 0, seed: 1 });
    expect(drawn.shape).toEqual([3, 8, 8, 1]);
    expect((await model.sample(3, { label: 1, seed: 1 })).data).not.toEqual(drawn.data);
  },
);

test("labels can come with the images", async () => {
  const model = cvae({ ...small, seed: 1 });
  const x = images(3);
  const withLabels = { ...x, labels: Uint8Array.of(3, 0, 1) };
  expect((await model.encode(withLabels)).data).toEqual(
    (await model.encode(x, { labels: [3, 0, 1] })).data,
  );
});

test("one label for all samples is the same as that label for each", async () => {
  const model = cvae({ ...small, seed: 1 });
  const one = await model.sample(3, { label: 2, seed: 5 });
  expect((await model.sample(3, { labels: [2, 2, 2], seed: 5 })).data).toEqual(one.data);
});

test("the loss is distortion + rate, with labels", async () => {
  const { total, terms } = await cvae({ ...small, seed: 1 }).loss(images(3), { labels: [0, 1, 2] });
  expectClose([total], [terms["distortion"] + terms["rate"]]);
});

test("a conditional prior starts at the standard one", async () => {
  const x = images(3);
  const labels = [0, 1, 2];
  const standard = await cvae({ ...small, prior: "standard", seed: 1 }).loss(x, { labels });
  const conditional = await cvae({ ...small, seed: 1 }).loss(x, { labels });
  expectClose([conditional.terms["rate"]], [standard.terms["rate"]]);
});

const context: StepContext = {
  training: false,
  batchSize: 2,
  draws: 1,
  dataSize: 1,
  noise: {},
  scalars: {},
  condition: tf.tensor2d([1, 0, 0, 1], [2, 2]),
};

/** p(z|y) of two classes: mean 1 and log variance 0.5, mean -2 and log variance -0.3. */
function twoGaussians(): LatentPrior {
  const prior = conditionalGaussian(1, 2);
  prior.variables?.["kernel"].assign(tf.tensor2d([1, 0.5, -2, -0.3], [2, 2]));
  return prior;
}

test("the rate equals the closed form between the two Gaussians of the label", () => {
  const latents = reparameterized({ size: 1, posterior: gaussian, prior: twoGaussians() });
  const posterior = latents.posterior(tf.tensor2d([0.2, -1, 0.7, 0.4], [2, 2]), context);
  const z = tf.expandDims(latents.mode(posterior), 0);
  const { rate } = latents.terms(posterior, z, context);
  const closed = (q: [number, number], p: [number, number]): number =>
    0.5 * (p[1] - q[1] + (Math.exp(q[1]) + (q[0] - p[0]) ** 2) / Math.exp(p[1]) - 1);
  expectClose((rate as tf.Tensor).dataSync(), [
    closed([0.2, -1], [1, 0.5]),
    closed([0.7, 0.4], [-2, -0.3]),
  ]);
});

test("samples of a conditional prior come from the Gaussian of their label", () => {
  const z = twoGaussians()
    .distribution(context)
    .sample(tf.tensor2d([1, 2], [2, 1]));
  expectClose(z.dataSync(), [1 + Math.exp(0.25), -2 + 2 * Math.exp(-0.15)]);
});

test("one class is a class", async () => {
  const model = cvae({ ...small, classes: 1 });
  expect((await model.sample(2, { label: 0 })).shape).toEqual([2, 8, 8, 1]);
});

test("one label serves all codes, and labels come in every form", async () => {
  const model = cvae(small);
  const code = await model.encode(images(2), { label: 2 });
  const decoded = await model.decode(code, { labels: [2, 2] });
  expect((await model.decode(code, { label: 2 })).data).toEqual(decoded.data);
  for (const labels of [
    Uint8Array.of(2, 2),
    Float64Array.of(2, 2),
    { data: Int32Array.of(2, 2), shape: [2, 1] },
    tf.tensor1d([2, 2], "int32"),
  ]) {
    expect((await model.decode(code, { labels })).data).toEqual(decoded.data);
  }
});

test.each([
  ["one-hot", small, "standard"],
  ["embedding", embedded, "conditional"],
] as const)("a saved CVAE loads as the same model: %s, %s prior", async (name, options, prior) => {
  const model = cvae({ ...options, prior, seed: 5 });
  const path = join(await emptyFolder(), name);
  await model.save(path);
  const loaded = await loadCvae(path, { engine: "eager" });
  const [x, labels] = [images(3), [3, 0, 1]];
  expect((await loaded.encode(x, { labels })).data).toEqual(
    (await model.encode(x, { labels })).data,
  );
  const draw = { label: 2, seed: 1 };
  expect((await loaded.sample(3, draw)).data).toEqual((await model.sample(3, draw)).data);
  expect(await loaded.loss(x, { labels })).toEqual(await model.loss(x, { labels }));
  expect(loaded.options).toEqual(model.options);
});

test("the same seed gives the same model, another seed another", async () => {
  const code = async (seed: number): Promise<number[]> => {
    const model = cvae({ ...embedded, seed });
    return [...(await model.encode(images(2), { labels: [0, 1] })).data];
  };
  expect(await code(1)).toEqual(await code(1));
  expect(await code(1)).not.toEqual(await code(2));
});

test.each([
  [{ latent: 0 }, "cvae: latent must be an integer at least 1, got 0"],
  [{ classes: 0 }, "cvae: classes must be an integer at least 1, got 0"],
  [
    { classes: undefined },
    "cvae: classes or condition must be given, such as classes: 10, got neither",
  ],
  [
    { condition: { label: { kind: "class", classes: 4 } } },
    "cvae: classes or condition must be given, such as classes: 10, got both",
  ],
  [{ prior: "learned" }, 'cvae: prior must be one of "standard", "conditional", got "learned"'],
  [
    { image: "28x28" },
    'cvae: image must be a list of at least 1: an integer at least 1, got "28x28"',
  ],
  [{ label: 3 }, 'got "label"'],
])("cvae refuses %j", (bad, message) => {
  expect(() => cvae({ ...small, ...(bad as object) })).toThrow(message);
});

test("labels out of range, missing or of another number are refused before any work", async () => {
  const model = cvae(small);
  const x = images(2);
  await expect(model.encode(x, { labels: [0, 4] })).rejects.toThrow(
    "encode: labels must be integers in [0, 4), got 4 at 1",
  );
  await expect(model.encode(x, { labels: [-1, 0] })).rejects.toThrow("got -1 at 0");
  await expect(model.encode(x, { labels: [0, 1.5] })).rejects.toThrow("got 1.5 at 1");
  await expect(model.encode(x, { labels: [0] })).rejects.toThrow(
    "labels must be 2, one per example, got 1",
  );
  await expect(model.encode(x)).rejects.toThrow(
    "encode: label or labels must be given, with the examples or as an option, got undefined",
  );
  await expect(model.sample(2, { label: 4 })).rejects.toThrow(
    "sample: label must be integers in [0, 4), got 4",
  );
  await expect(model.sample(2)).rejects.toThrow(
    "sample: label or labels must be given, with the examples or as an option, got undefined",
  );
});
