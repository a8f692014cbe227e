import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { NdArray } from "@elbo/jit";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { gaussian } from "../src/distributions/gaussian.ts";
import { createModel } from "../src/latentModel/createModel.ts";
import { reparameterized } from "../src/latents/reparameterized.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import { fromPytorchLayout } from "../src/networks/pytorchLayout.ts";
import { mlp } from "../src/networks/mlp.ts";
import { normals } from "./support/tensors.ts";

/** A plain array with a shape, indexed like PyTorch's tensors. */
interface Plain {
  readonly data: readonly number[];
  readonly shape: readonly number[];
}

const at = ({ data, shape }: Plain, ...index: readonly number[]): number =>
  data[index.reduce((from, i, axis) => from * shape[axis] + i, 0)];
const toNd = ({ data, shape }: Plain): NdArray => ({ data: Float32Array.from(data), shape });
const fill = (shape: readonly number[], value: (...index: number[]) => number): Plain => {
  const indices = shape.reduce<number[][]>(
    (list, length) => list.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
  return { data: indices.map((index) => value(...index)), shape };
};

/** `nn.Linear` on one vector. */
const linear = (x: readonly number[], weight: Plain, bias: Plain): number[] =>
  bias.data.map((b, o) => x.reduce((sum, value, i) => sum + value * at(weight, o, i), b));

/** `nn.Conv2d(kernel 4, stride 2, padding 1)` on `[c, h, w]`. */
const conv2d = (x: Plain, weight: Plain, bias: Plain): Plain => {
  const [channels, h, w] = x.shape;
  return fill([weight.shape[0], h / 2, w / 2], (o, i, j) => {
    let sum = bias.data[o];
    for (let c = 0; c < channels; c++) {
      for (let a = 0; a < 4; a++) {
        for (let b = 0; b < 4; b++) {
          const [y, z] = [2 * i + a - 1, 2 * j + b - 1];
          if (y >= 0 && y < h && z >= 0 && z < w) sum += at(x, c, y, z) * at(weight, o, c, a, b);
        }
      }
    }
    return sum;
  });
};

/** `nn.ConvTranspose2d(kernel 4, stride 2, padding 1)` on `[c, h, w]`: every value adds its kernel to the output. */
const convTranspose2d = (x: Plain, weight: Plain, bias: Plain): Plain => {
  const [channels, h, w] = x.shape;
  const out = weight.shape[1];
  const sums = Array.from({ length: out }, (_, o) =>
    new Array<number>(4 * h * w).fill(bias.data[o]),
  );
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        for (let o = 0; o < out; o++) {
          for (let a = 0; a < 4; a++) {
            for (let b = 0; b < 4; b++) {
              const [y, z] = [2 * i + a - 1, 2 * j + b - 1];
              if (y < 0 || y >= 2 * h || z < 0 || z >= 2 * w) continue;
              sums[o][y * 2 * w + z] += at(x, c, i, j) * at(weight, c, o, a, b);
            }
          }
        }
      }
    }
  }
  return { data: sums.flat(), shape: [out, 2 * h, 2 * w] };
};

/** `[c, h, w]` as the values of `[h, w, c]`. */
const channelsLast = (x: Plain): number[] => {
  const [c, h, w] = x.shape;
  return [...fill([h, w, c], (i, j, k) => at(x, k, i, j)).data];
};

const names = ["weight", "bias"] as const;

describe("kernels and vectors in PyTorch's order", () => {
  const layers = {
    conv: [[3, 2, 4, 4], [3]],
    first: [[5, 3 * 2 * 3], [5]],
    second: [[4 * 2 * 3, 5], [4 * 2 * 3]],
    up: [[4, 2, 4, 4], [2]],
  };
  const torch = Object.fromEntries(
    Object.entries(layers).map(([name, shapes], l) => [
      name,
      Object.fromEntries(shapes.map((shape, i) => [names[i], normals(2 * l + i, shape)])),
    ]),
  ) as Record<string, Record<(typeof names)[number], Plain>>;
  const network = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [4, 6, 2],
        filters: 3,
        kernelSize: 4,
        strides: 2,
        padding: "same",
        name: "conv",
      }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 5, name: "first" }),
      tfl.layers.dense({ units: 24, name: "second" }),
      tfl.layers.reshape({ targetShape: [2, 3, 4] }),
      tfl.layers.conv2dTranspose({
        filters: 2,
        kernelSize: 4,
        strides: 2,
        padding: "same",
        name: "up",
      }),
    ],
  });
  const given = Object.fromEntries(
    Object.entries(torch).flatMap(([name, { weight, bias }]) => [
      [`net/${name}/kernel`, toNd(weight)],
      [`net/${name}/bias`, toNd(bias)],
    ]),
  );

  test("give what PyTorch's layers give: Conv2d, flatten, Linear, reshape, ConvTranspose2d", () => {
    const weights = fromPytorchLayout("test", given, { networks: { net: network } });
    network.setWeights(
      Object.keys(layers).flatMap((name) =>
        ["kernel", "bias"].map((kind) => {
          const { data, shape } = weights[`net/${name}/${kind}`];
          return tf.tensor(data, [...shape]);
        }),
      ),
    );
    const x: Plain = normals(20, [2, 4, 6]);
    const maps = conv2d(x, torch["conv"].weight, torch["conv"].bias);
    const hidden = linear(maps.data, torch["first"].weight, torch["first"].bias);
    const flat = linear(hidden, torch["second"].weight, torch["second"].bias);
    const expected = convTranspose2d(
      { data: flat, shape: [4, 2, 3] },
      torch["up"].weight,
      torch["up"].bias,
    );
    const actual = network.predict(tf.tensor(channelsLast(x), [1, 4, 6, 2])) as tf.Tensor;
    expectClose(actual.dataSync(), channelsLast(expected), { rtol: 1e-4, atol: 1e-4 });
  });

  test("a kernel in the order of TF.js is refused where the shapes tell", () => {
    const wrong = {
      ...given,
      "net/conv/kernel": { data: new Float32Array(96), shape: [4, 4, 2, 3] },
    };
    expect(() => fromPytorchLayout("writeWeights", wrong, { networks: { net: network } })).toThrow(
      new RangeError(
        "writeWeights: net/conv/kernel must have PyTorch's shape [3, 2, 4, 4], got [4, 4, 2, 3]",
      ),
    );
  });
});

test("a model takes PyTorch's weights by its own names: an MLP of colour images, a square kernel among them", async () => {
  const image = [2, 2, 3];
  const example = { x: gaussianLikelihood(image, { scale: 1 }) };
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [4], seed: 1 });
  const model = createModel({ kind: "t", options: {}, example, latents, networks });
  const shapes = {
    "encoder/dense1": [4, 12],
    "encoder/features": [4, 4],
    "decoder/dense1": [4, 2],
    "decoder/parameters": [12, 4],
  };
  const torch = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      { weight: normals(i, shape), bias: normals(i + 9, [shape[0]]) },
    ]),
  );
  const weights = Object.fromEntries(
    Object.entries(torch).flatMap(([name, { weight, bias }]) => [
      [`${name}/kernel`, toNd(weight)],
      [`${name}/bias`, toNd(bias)],
    ]),
  );
  await model.writeWeights(weights, { layout: "pytorch" });
  const x: Plain = normals(30, [3, 2, 2]);
  const layer = (input: readonly number[], name: string): number[] =>
    linear(input, torch[name].weight, torch[name].bias);
  const relu = (values: readonly number[]): number[] => values.map((value) => Math.max(value, 0));
  const features = layer(relu(layer(x.data, "encoder/dense1")), "encoder/features");
  const code = await model.encode({
    data: Float32Array.from(channelsLast(x)),
    shape: [1, ...image],
  });
  expectClose(code.data, features.slice(0, 2), { rtol: 1e-4, atol: 1e-5 });
  const pixels = layer(relu(layer([...code.data], "decoder/dense1")), "decoder/parameters");
  const decoded = await model.decode(code);
  expectClose(decoded.data, channelsLast({ data: pixels, shape: [3, 2, 2] }), {
    rtol: 1e-4,
    atol: 1e-5,
  });
  model.dispose();
});
