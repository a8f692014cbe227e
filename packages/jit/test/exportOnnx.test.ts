import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { jit, type TracedFunction } from "../src/index.ts";
import { buildModel } from "../src/onnx/toModel.ts";
import { simplify } from "../src/rewrite/simplify.ts";
import { trace } from "../src/trace/trace.ts";
import { seeded } from "./mlpVae.ts";

function variable(shape: number[], seed: number): tf.Variable {
  const random = seeded(seed);
  return tf.variable(
    tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, random), shape),
  );
}

test("an exported network serves any batch size and computes what the function computes", async () => {
  const filter = variable([3, 3, 1, 4], 1);
  const weight = variable([64, 5], 2);
  const bias = variable([5], 3);
  const fn = ({ x }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
    const h = tf.relu(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same"));
    const flat = tf.reshape(h, [x.shape[0], 64]);
    return { logits: tf.add(tf.matMul(flat, weight as tf.Tensor2D), bias) };
  };
  const network = jit(fn, {
    feeds: { x: { shape: [null, 8, 8, 1] } },
    state: [filter, weight, bias],
  });
  const session = await InferenceSession.create(await network.toOnnx());
  expect(session.inputNames).toEqual(["x"]);
  expect(session.outputNames).toEqual(["logits"]);
  for (const batch of [1, 3, 7]) {
    const x = Float32Array.from({ length: batch * 64 }, seeded(batch));
    const { logits } = await network({ x });
    const exported = await session.run({ x: new Tensor("float32", x, [batch, 8, 8, 1]) });
    expect(exported.logits.dims).toEqual([batch, 5]);
    expectClose(exported.logits.data as Float32Array, logits.data, { rtol: 1e-4, atol: 1e-5 });
  }
  await session.release();
  network.dispose();
});

test("a function that depends on the batch size is refused a free one, and takes a fixed one", async () => {
  const mean = jit(({ x }) => ({ y: tf.div(tf.sum(x), x.shape[0]) }), {
    feeds: { x: { shape: [null, 2] } },
  });
  await expect(mean.toOnnx()).rejects.toThrow(/does not depend on it/);
  expect((await mean.toOnnx({ batch: 4 })).length).toBeGreaterThan(50);
  await expect(mean.toOnnx({ batch: 0 })).rejects.toThrow(/got 0/);
  mean.dispose();
});

test("a training step is not exported", async () => {
  const w = tf.variable(tf.scalar(1));
  const step = jit(
    () => {
      w.assign(tf.mul(w, 2));
      return {};
    },
    { feeds: {}, state: [w] },
  );
  await expect(step.toOnnx()).rejects.toThrow(/must not assign to its state, got 1/);
  step.dispose();
  w.dispose();
});

test("weights of convolutions are initializers, not transposes of some", async () => {
  await tf.ready();
  const draw = (shape: [number, number, number, number]): tf.Tensor4D =>
    tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, seeded(4)), shape);
  const [down, deep, up] = [draw([3, 3, 2, 4]), draw([3, 3, 4, 2]), draw([4, 4, 1, 8])];
  const graph = trace({
    fn: ({ x }) => {
      const h = tf.relu(tf.conv2d(x as tf.Tensor4D, down, 2, "same"));
      const wide = tf.depthwiseConv2d(h, deep, 1, "same");
      return { y: tf.conv2dTranspose(wide, up, [1, 8, 8, 1], 2, "same") };
    },
    feeds: [{ name: "x", shape: [1, 8, 8, 2], dtype: "float32" }],
    state: [],
  });
  const { feeds, outputs } = simplify(graph, { convolutions: "keep" });
  const { nodes, constants } = buildModel({ inputs: feeds, outputs });
  const initializers = new Map(constants.map(({ name, dims }) => [name, dims]));
  const convolutions = nodes.filter(({ opType }) => opType.startsWith("Conv"));
  expect(convolutions.map(({ inputs }) => initializers.get(inputs[1]))).toEqual([
    [4, 2, 3, 3],
    [8, 1, 3, 3],
    [8, 1, 4, 4],
  ]);
  const moved = nodes.filter(({ opType, inputs }) => opType === "Transpose" && initializers.has(inputs[0])); // prettier-ignore
  expect(moved).toEqual([]);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  expect(constants.filter(({ name }) => !read.has(name))).toEqual([]);
  tf.dispose([down, deep, up]);
});

test("moves and means of constants are done when a model is written", async () => {
  await tf.ready();
  const book = tf.tensor(Float32Array.from({ length: 24 }, seeded(6)), [2, 3, 4]);
  const fn: TracedFunction = ({ x }) => ({
    moved: tf.mul(tf.transpose(book, [2, 0, 1]), x),
    rows: tf.mul(tf.mean(book, 1), x),
    all: tf.mul(tf.mean(book, [0, 2], true), x),
  });
  const f = jit(fn, { feeds: { x: { shape: [] } } });
  const expected = await f({ x: 3 });
  const session = await InferenceSession.create(await f.toOnnx());
  const actual = await session.run({ x: new Tensor("float32", [3], []) });
  for (const [name, { data, shape }] of Object.entries(expected)) {
    expect(actual[name].dims, name).toEqual(shape);
    expectClose(actual[name].data as Float32Array, data, { rtol: 1e-6 });
  }
  const feeds = [{ name: "x", shape: [], dtype: "float32" as const }];
  const graph = simplify(trace({ fn, feeds, state: [] }), { convolutions: "keep" });
  const { nodes } = buildModel({ inputs: graph.feeds, outputs: graph.outputs });
  expect(nodes.map(({ opType }) => opType)).toEqual(["Mul", "Mul", "Mul"]);
  await session.release();
  f.dispose();
  book.dispose();
});
