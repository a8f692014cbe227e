import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import {
  bernoulliLikelihood,
  createModel,
  elbo,
  gaussian,
  mlp,
  reparameterized,
} from "../src/index.ts";
import type { LatentModel, ModelDefinition } from "../src/index.ts";
import { labelled } from "./support/labels.ts";
import { bars, smallModel } from "./support/models.ts";

test("decode(encode(x)) equals reconstruct(x) bit for bit", async () => {
  const model = smallModel();
  const x = bars(5);
  const code = await model.encode(x);
  expect(code.shape).toEqual([5, 2]);
  const decoded = await model.decode(code);
  const reconstructed = await model.reconstruct(x);
  expect(decoded.shape).toEqual([5, 8, 8, 1]);
  expect(decoded.data).toEqual(reconstructed.data);
  model.dispose();
});

test.each(["eager", "native"] as const)(
  "results do not depend on how many examples are given at a time (%s)",
  async (engine) => {
    const model = smallModel();
    const x = bars(140);
    const all = await model.encode(x, { engine });
    for (const count of [1, 2, 7, 64, 130]) {
      const part = { data: x.data.subarray(0, count * 64), shape: [count, 8, 8, 1] };
      const { data } = await model.encode(part, { engine });
      expectClose(data, all.data.subarray(0, count * 2), { rtol: 1e-5, atol: 1e-6 });
    }
    model.dispose();
  },
);

test("the likelihood's mean lies in [0, 1] and loss agrees with its terms", async () => {
  const model = smallModel({ weights: { rate: 3 } });
  const { data } = await model.sample(20, { seed: 1 });
  expect(data.every((value) => value > 0 && value < 1)).toBe(true);
  const loss = await model.loss(bars(20));
  expectClose([loss.total], [loss.terms["distortion"] + 3 * loss.terms["rate"]]);
  expect(await model.loss(bars(20))).toEqual(loss);
  expect((await model.loss(bars(20), { seed: 1 })).total).not.toBe(loss.total);
});

test("sample i is the same for any count", async () => {
  const model = smallModel();
  const few = await model.sample(3, { seed: 7 });
  const many = await model.sample(40, { seed: 7 });
  expectClose(few.data, many.data.subarray(0, 3 * 64), { rtol: 1e-6 });
  expect(many.shape).toEqual([40, 8, 8, 1]);
});

test("the ends of an interpolation are the reconstructions", async () => {
  const model = smallModel();
  const x = bars(4);
  const halves = [0, 2].map((n) => ({
    data: x.data.subarray(n * 64, (n + 2) * 64),
    shape: [2, 8, 8, 1],
  }));
  const path = await model.interpolate(halves[0], halves[1], { steps: 5 });
  expect(path.shape).toEqual([2, 5, 8, 8, 1]);
  const first = await model.reconstruct(halves[0]);
  expectClose(path.data.subarray(0, 64), first.data.subarray(0, 64));
  const last = await model.reconstruct(halves[1]);
  expectClose(path.data.subarray(9 * 64), last.data.subarray(64));
});

test("a traversal moves one latent at a time", async () => {
  const model = smallModel();
  const x = bars(1);
  const grid = await model.traverse(x, { dimensions: [1], values: [-1, 2] });
  expect(grid.shape).toEqual([1, 2, 8, 8, 1]);
  const { data: code } = await model.encode(x);
  const moved = { data: Float32Array.of(code[0], 2), shape: [1, 2] };
  expectClose(grid.data.subarray(64), (await model.decode(moved)).data);
  expect((await model.traverse(x)).shape).toEqual([2, 7, 8, 8, 1]);
});

test("a tensor is accepted in the place of an array and stays alive", async () => {
  const model = smallModel();
  const { data } = bars(3);
  const floats = Float32Array.from(data, (byte) => byte / 255);
  const x = tf.tensor4d(floats, [3, 8, 8, 1]);
  const fromTensor = await model.encode(x);
  expect(fromTensor).toEqual(await model.encode({ data: floats, shape: [3, 8, 8, 1] }));
  x.dispose();
});

test("labels change what a conditional model draws, and label equals labels", async () => {
  const model = smallModel({ condition: labelled(3) });
  const zero = await model.sample(4, { label: 0 });
  expect(await model.sample(4, { labels: [0, 0, 0, 0] })).toEqual(zero);
  expect((await model.sample(4, { label: 1 })).data).not.toEqual(zero.data);
});

const definition = (): ModelDefinition => {
  const example = { x: bernoulliLikelihood([8, 8, 1]) };
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [4], seed: 0 });
  return { kind: "own", options: {}, example, latents, networks, compute: { engine: "eager" } };
};

test("networks of one's own serve, flat or image-shaped, with constant maps as condition", async () => {
  const encoder = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 4], activation: "relu" }),
      tfl.layers.batchNormalization(),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 4 }),
    ],
  });
  const decoder = tfl.sequential({
    layers: [tfl.layers.dense({ units: 64, inputShape: [5] })],
  });
  const model = createModel({
    ...definition(),
    networks: { encoder, decoder },
    condition: labelled(3),
  });
  const { data, shape } = bars(2);
  const images = await model.reconstruct({ data, shape }, { labels: [0, 2] });
  expect(images.shape).toEqual([2, 8, 8, 1]);
  expect(Object.keys(model.state)).toEqual([
    "encoder/batch_normalization1/moving_mean",
    "encoder/batch_normalization1/moving_variance",
  ]);
  model.dispose();
});

test("a network with two inputs gets the condition as the second", async () => {
  const x = tfl.input({ shape: [64] });
  const y = tfl.input({ shape: [3] });
  const joined = tfl.layers.concatenate().apply([x, y]) as tfl.SymbolicTensor;
  const features = tfl.layers.dense({ units: 4 }).apply(joined) as tfl.SymbolicTensor;
  const encoder = tfl.model({ inputs: [x, y], outputs: features });
  const decoder = tfl.sequential({ layers: [tfl.layers.dense({ units: 64, inputShape: [5] })] });
  const model = createModel({
    ...definition(),
    networks: { encoder, decoder },
    condition: labelled(3),
  });
  const { data, shape } = bars(2);
  const codes = [0, 1].map((label) => model.encode({ data, shape }, { label }));
  const [zero, one] = await Promise.all(codes);
  expect(zero.data).not.toEqual(one.data);
});

test("dispose frees every tensor and later calls are refused", async () => {
  const before = tf.memory().numTensors;
  const model = smallModel({ condition: labelled(3), likelihood: "gaussian" });
  const { data, shape } = bars(2);
  await model.encode({ data, shape }, { labels: [0, 1] });
  model.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  await expect(model.sample(1, { label: 0 })).rejects.toThrow(
    "sample: the model must not be used after dispose()",
  );
});

test("parameters are counted", () => {
  // 64 x 16 + 16, 16 x 4 + 4, 2 x 16 + 16, 16 x 64 + 64
  expect(smallModel().parameterCount).toBe(1040 + 68 + 48 + 1088);
});

const x = bars(2);
const images = { data: x.data, shape: x.shape };
test.each<[string, (model: LatentModel) => Promise<unknown>, string]>([
  [
    "another shape",
    (m) => m.encode({ data: x.data, shape: [2, 64] }),
    "encode: x must have the shape [n, 8, 8, 1], got [2, 64]",
  ],
  [
    "no examples",
    (m) => m.encode({ data: new Uint8Array(0), shape: [0, 8, 8, 1] }),
    "encode: examples must be at least one, got 0",
  ],
  [
    "too few values",
    (m) => m.encode({ data: x.data, shape: [3, 8, 8, 1] }),
    "encode: x of shape [3, 8, 8, 1] must have 192 values, got 128",
  ],
  [
    "no array",
    (m) => m.encode([1, 2] as never),
    "encode: x must be a tf.Tensor or { data, shape }",
  ],
  [
    "an unknown option",
    (m) => m.encode(x, { labels: [1, 2] }),
    'encode: options must be among engine, device, threads, got "labels"',
  ],
  [
    "a code of another size",
    (m) => m.decode({ data: new Float32Array(3), shape: [1, 3] }),
    "decode: code must have the shape [n, 2], got [1, 3]",
  ],
  [
    "a code that is not finite",
    (m) => m.decode({ data: Float32Array.of(1, NaN), shape: [1, 2] }),
    "decode: codes must be finite, got NaN at 1",
  ],
  ["no samples", (m) => m.sample(0), "sample: count must be an integer at least 1, got 0"],
  ["half a seed", (m) => m.sample(1, { seed: 0.5 }), "sample: seed must be an integer, got 0.5"],
  [
    "one step",
    (m) => m.interpolate(images, images, { steps: 1 }),
    "interpolate: steps must be an integer at least 2, got 1",
  ],
  [
    "a dimension that is not there",
    (m) => m.traverse(bars(1), { dimensions: [2] }),
    "traverse: dimensions must be an integer at least 0 and below 2, got 2",
  ],
  [
    "a step before 0",
    (m) => m.loss(x, { step: -1 }),
    "loss: step must be an integer at least 0, got -1",
  ],
])("%s is refused in one sentence", async (_, act, message) => {
  await expect(act(smallModel())).rejects.toThrow(message);
});

test.each<[unknown, string]>([
  [[1], "encode: labels must be 2, one per example, got 1"],
  [[1, 3], "encode: labels must be integers in [0, 3), got 3 at 1"],
  [[0.5, 1], "encode: labels must be integers in [0, 3), got 0.5 at 0"],
  ["no", 'encode: labels must be an array or a typed array of numbers, one per example, got "no"'],
  [
    { data: new Int32Array(4), shape: [2, 2] },
    "encode: labels must be one number per example, got the shape [2, 2]",
  ],
])("labels %o of a model with three classes are refused", async (labels, message) => {
  const model = smallModel({ condition: labelled(3) });
  await expect(model.encode(images, { labels: labels as number[] })).rejects.toThrow(message);
});

test("labels come as lists, typed arrays, arrays with a shape and tensors", async () => {
  const model = smallModel({ condition: labelled(3) });
  const forms = [
    [2, 1],
    Uint8Array.of(2, 1),
    Float64Array.of(2, 1),
    { data: Int32Array.of(2, 1), shape: [2, 1] },
    tf.tensor1d([2, 1], "int32"),
  ];
  const { data } = await model.encode(images, { labels: forms[0] });
  for (const labels of forms) {
    expect((await model.encode(images, { labels })).data).toEqual(data);
    expect((await model.encode({ ...images, labels })).data).toEqual(data);
  }
});

test("networks that do not fit are refused", () => {
  const { example } = definition();
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const other = reparameterized({ size: 3, posterior: gaussian });
  const { decoder } = mlp({ example, latents: other, hidden: [4], seed: 0 });
  const { encoder } = mlp({ example, latents, hidden: [4], seed: 0 });
  const refused =
    (change: object): (() => unknown) =>
    () =>
      createModel({ ...definition(), ...change });
  expect(refused({ networks: { encoder, decoder } })).toThrow(
    "createModel: the decoder's input per example must be [2], got [3]",
  );
  expect(refused({ networks: { encoder } })).toThrow("got no decoder");
  expect(refused({ example: {} })).toThrow("example must have at least one column, got none");
  expect(refused({ latents: { a: latents, b: latents } })).toThrow(
    "createModel: a model of several levels (a, b) must say how it infers and generates, got no infer",
  );
  expect(refused({ images: [8, 8] })).toThrow('got "images"');
  expect(() => elbo({ weights: { rate: -1 } })).toThrow(
    "elbo: weight of rate must be a finite number at least 0, got -1",
  );
  expect(() => reparameterized({ size: 0, posterior: gaussian })).toThrow(
    "reparameterized: size must be an integer at least 1, got 0",
  );
});

test("an encoder with two heads is told how to join them", () => {
  const x = tfl.input({ shape: [64] });
  const heads = [0, 1].map(() => tfl.layers.dense({ units: 2 }).apply(x) as tfl.SymbolicTensor);
  const encoder = tfl.model({ inputs: x, outputs: heads });
  const own = definition();
  expect(() => createModel({ ...own, networks: { ...own.networks, encoder } })).toThrow(
    "createModel: the encoder must have one output, got 2; join heads with tfl.layers.concatenate",
  );
});

test("tied weights are refused when the model is made", () => {
  const shared = tfl.layers.dense({ units: 64, name: "shared" });
  const own = definition();
  const z = tfl.input({ shape: [2] });
  const wide = tfl.layers.dense({ units: 64, name: "wide" }).apply(z);
  const decoder = tfl.model({ inputs: z, outputs: shared.apply(wide) as tfl.SymbolicTensor });
  const x = tfl.input({ shape: [64] });
  const hidden = shared.apply(x);
  const features = tfl.layers.dense({ units: 4, name: "features" }).apply(hidden);
  const encoder = tfl.model({ inputs: x, outputs: features as tfl.SymbolicTensor });
  expect(() => createModel({ ...own, networks: { encoder, decoder } })).toThrow(
    "createModel: every weight must belong to one layer of one network, got encoder/shared/kernel as decoder/shared/kernel too",
  );
});

test("a decoder that ends in a sigmoid before a Bernoulli's own is refused", () => {
  const own = definition();
  const decoder = tfl.sequential({
    layers: [tfl.layers.dense({ units: 64, inputShape: [2], activation: "sigmoid" })],
  });
  expect(() => createModel({ ...own, networks: { ...own.networks, decoder } })).toThrow(
    "createModel: the decoder must end without an activation, since it gives logits, got sigmoid",
  );
});
