import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { conditionalModel } from "./support/conditional.ts";
import {
  conv,
  createModel,
  gaussian,
  gaussianLikelihood,
  mlp,
  ordinalLikelihood,
  reparameterized,
} from "../src/index.ts";
import { bars, smallModel } from "./support/models.ts";

interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}
interface Runtime {
  InferenceSession: {
    create(bytes: Uint8Array): Promise<{
      run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
    }>;
  };
  Tensor: new (type: string, data: Float32Array | Int32Array, dims: number[]) => Tensor;
}

// The runtime is a dependency of @elbo/jit.
const require = createRequire(new URL("../../jit/package.json", import.meta.url));
const runtime = require("onnxruntime-node") as Runtime;
const open = async (directory: string, name: string) =>
  runtime.InferenceSession.create(new Uint8Array(await readFile(join(directory, name))));
const close = { rtol: 1e-4, atol: 1e-5 };

test("the exported encoder, decoder and learned prior compute what the model does, for any batch size", async () => {
  const directory = await emptyFolder();
  const model = conditionalModel({ latent: 2, classes: 4 });
  model.compute = {};
  await model.exportOnnx(directory);
  expect((await readdir(directory)).sort()).toEqual(["decoder.onnx", "encoder.onnx", "prior.onnx"]);
  const encoder = await open(directory, "encoder.onnx");
  const decoder = await open(directory, "decoder.onnx");
  const prior = await open(directory, "prior.onnx");
  for (const count of [1, 5]) {
    const x = bars(count);
    const pixels = Float32Array.from(x.data, (byte) => byte / 255);
    const labels = new runtime.Tensor("int32", Int32Array.from(x.labels), [count]);
    const images = new runtime.Tensor("float32", pixels, [count, 8, 8, 1]);
    const { code } = await encoder.run({ x: images, y: labels });
    const expected = await model.encode(x);
    expect(code.dims).toEqual(expected.shape);
    expectClose(code.data, expected.data, close);
    const { x: image } = await decoder.run({ code, y: labels });
    const decoded = await model.decode(expected, { labels: x.labels });
    expectClose(image.data, decoded.data, close);
    const noise = new runtime.Tensor("float32", new Float32Array(2 * count), [count, 2]);
    const { latents } = await prior.run({ "noise_latents/z/prior": noise, y: labels });
    expect(latents.dims).toEqual([count, 2]);
    const table = (await model.readWeights())["condition/table"].data;
    const sums = Array.from(x.labels, (y) => table[3 * y] + table[3 * y + 1] + table[3 * y + 2]);
    expectClose(
      latents.data,
      sums.flatMap((sum) => [0.5 + sum, 0.5 + sum]),
      close,
    );
  }
  model.dispose();
});

test("a standard normal prior needs no file", async () => {
  const directory = await emptyFolder();
  const model = smallModel();
  model.compute = {};
  await model.exportOnnx(directory);
  expect((await readdir(directory)).sort()).toEqual(["decoder.onnx", "encoder.onnx"]);
  model.dispose();
});

/** Strings of a protobuf message: enough to find the names that a file has. */
const textOf = async (directory: string, name: string): Promise<string> =>
  (await readFile(join(directory, name))).toString("latin1");

test("a file says what is in it: weights by their names, nodes after their layers, inputs and outputs in the metadata", async () => {
  const directory = await emptyFolder();
  const model = conditionalModel({ latent: 2, classes: 4 });
  model.compute = {};
  await model.exportOnnx(directory);
  const decoder = await textOf(directory, "decoder.onnx");
  for (const name of ["decoder/dense1/kernel", "decoder/dense1/MatMul", "condition/table"]) {
    expect(decoder).toContain(name);
  }
  for (const [file, texts] of [
    [
      "encoder.onnx",
      [
        '"x":{"about":"what the model explains, likelihood bernoulli","layout":"height, width, channels","range":[0,1]}',
        '"y":{',
      ],
    ],
    ["decoder.onnx", ['"drawn":"prior.onnx"', '"x":{"about":"the mean of p(x | z), bernoulli']],
    [
      "prior.onnx",
      [
        '"noise_latents/z/prior":{"about":"noise, independent values of the kind normal"}',
        "a draw of the prior",
      ],
    ],
  ] as const) {
    const content = await textOf(directory, file);
    for (const text of texts) expect(content).toContain(text);
  }
  model.dispose();
});

test("what a likelihood learned is in the decoder: the variance of all values, thresholds of levels", async () => {
  const directory = await emptyFolder();
  const example = {
    size: gaussianLikelihood([], { standardize: true }),
    grade: ordinalLikelihood([], { levels: 3 }),
  };
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [4], seed: 1 });
  const model = createModel({ kind: "table", options: {}, example, latents, networks });
  await model.exportOnnx(directory);
  const decoder = await open(directory, "decoder.onnx");
  const code = new runtime.Tensor("float32", Float32Array.of(0.5, -1, 2, 0), [2, 2]);
  const given = await decoder.run({ code });
  expect(Object.keys(given).sort()).toEqual([
    "grade",
    "grade_logits",
    "size",
    "size_logVar",
    "size_mean",
  ]);
  const shown = (await model.decode({
    data: Float32Array.of(0.5, -1, 2, 0),
    shape: [2, 2],
  })) as unknown as Record<string, { data: Float32Array }>;
  expectClose(given["size"].data, shown["size"].data, close);
  const raw = (await model.readWeights())["likelihood/size/logVar"].data[0];
  const lowest = 2 * Math.log(1 / 255);
  const logVar = lowest + Math.log1p(Math.exp(raw - lowest));
  expectClose(given["size_logVar"].data, [logVar, logVar], close);
  const total = Array.from(given["grade_logits"].data.slice(0, 3), Math.exp).reduce(
    (a, b) => a + b,
  );
  expectClose([total], [1], close);
  model.dispose();
});

test("networks of signals of odd length are files too", async () => {
  const directory = await emptyFolder();
  const example = { x: gaussianLikelihood([13, 2]) };
  const latents = reparameterized({ size: 3, posterior: gaussian });
  const networks = conv({ example, latents, widths: [4, 5], hidden: [6], seed: 1 });
  const model = createModel({ kind: "test", options: {}, example, latents, networks });
  await model.exportOnnx(directory);
  const encoder = await open(directory, "encoder.onnx");
  const decoder = await open(directory, "decoder.onnx");
  const count = 3;
  const x = {
    data: Float32Array.from({ length: 26 * count }, (_, i) => Math.sin(i)),
    shape: [count, 13, 2],
  };
  const { code } = await encoder.run({ x: new runtime.Tensor("float32", x.data, x.shape) });
  expectClose(code.data, (await model.encode(x)).data, close);
  const { x: signal } = await decoder.run({ code });
  expect(signal.dims).toEqual([count, 13, 2]);
  expectClose(signal.data, (await model.reconstruct(x)).data, close);
  model.dispose();
});
