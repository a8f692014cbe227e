import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { seeded } from "./mlpVae.ts";

function tensor(shape: number[], seed: number): Float32Array {
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, seeded(seed));
}

type Shape4D = [number, number, number, number];

const layers: [string, Shape4D, Shape4D, number | [number, number], "same" | "valid" | number][] = [
  ["4x4 stride 2", [2, 8, 8, 3], [4, 4, 3, 5], 2, "same"],
  ["4x4 stride 2, wide output", [2, 8, 8, 2], [4, 4, 2, 9], 2, "same"],
  ["4x4 stride 2, wide input", [2, 8, 8, 9], [4, 4, 9, 2], 2, "same"],
  ["3x3 stride 1", [2, 6, 6, 3], [3, 3, 3, 4], 1, "same"],
  ["3x3 stride 2 on odd sizes", [2, 7, 9, 3], [3, 3, 3, 4], 2, "same"],
  ["1x1", [3, 5, 5, 4], [1, 1, 4, 6], 1, "same"],
  ["1x1 stride 2", [3, 5, 5, 4], [1, 1, 4, 6], 2, "valid"],
  ["2x2 stride 3, which skips rows", [2, 8, 8, 3], [2, 2, 3, 4], 3, "valid"],
  ["5x3 with unequal strides", [2, 9, 8, 2], [5, 3, 2, 3], [2, 1], "same"],
  ["explicit padding", [1, 6, 6, 2], [3, 3, 2, 3], 2, 1],
  ["valid, rows left over", [2, 8, 8, 3], [3, 3, 3, 4], 2, "valid"],
  // From 16 channels on rows move one by one.
  ["4x4 stride 2, many channels", [2, 8, 8, 16], [4, 4, 16, 20], 2, "same"],
  ["4x4 stride 2, many inputs, few outputs", [2, 8, 8, 40], [4, 4, 40, 2], 2, "same"],
  ["4x4 stride 2, few inputs, many outputs", [2, 8, 8, 2], [4, 4, 2, 40], 2, "same"],
  ["3x3 stride 1, many channels", [2, 6, 5, 17], [3, 3, 17, 16], 1, "same"],
  ["3x3 stride 2 on odd sizes, many channels", [2, 7, 9, 18], [3, 3, 18, 16], 2, "same"],
  ["1x1 stride 2, many channels", [3, 5, 5, 16], [1, 1, 16, 18], 2, "valid"],
  ["2x2 stride 3, which skips rows, many channels", [2, 8, 8, 16], [2, 2, 16, 16], 3, "valid"],
  ["unequal strides, many channels", [2, 9, 8, 16], [5, 3, 16, 16], [2, 1], "same"],
  ["explicit padding, many channels", [1, 6, 6, 16], [3, 3, 16, 16], 2, 1],
  ["valid, rows left over, many channels", [2, 8, 8, 16], [3, 3, 16, 16], 2, "valid"],
];

test.each(layers)(
  "%s: compiled value and gradients equal TF.js's",
  async (_, xs, ws, strides, pad) => {
    const rounding = typeof pad === "number" ? "floor" : undefined;
    const w = tf.variable(tf.tensor(tensor(ws, 2), ws));
    const fn = ({ x, dy }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
      const layer = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
        tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad, "NHWC", [1, 1], rounding);
      const y = layer(x, w);
      const [dx, dw] = tf.grads((a, b) => tf.sum(tf.mul(layer(a, b), dy)))([x, w]);
      return { y, dx, dw };
    };
    const probe = tf.tidy(() =>
      tf.conv2d(
        tf.zeros<tf.Rank.R4>(xs),
        tf.zeros<tf.Rank.R4>(ws),
        strides,
        pad,
        "NHWC",
        [1, 1],
        rounding,
      ),
    );
    const feeds = { x: { shape: xs }, dy: { shape: probe.shape } };
    const values = { x: tensor(xs, 1), dy: tensor(probe.shape, 3) };
    const eager = jit(fn, { feeds, state: [w], engine: "eager" });
    const native = jit(fn, { feeds, state: [w], engine: "native" });
    const expected = await eager(values);
    const actual = await native(values);
    for (const name of ["y", "dx", "dw"]) {
      expect(actual[name].shape).toEqual(expected[name].shape);
      expectClose(actual[name].data, expected[name].data, { rtol: 1e-4, atol: 1e-4 });
    }
    eager.dispose();
    native.dispose();
    probe.dispose();
    w.dispose();
  },
);

/** No images, an image that is smaller than the window, no columns, no channels on one side or the other. */
const empty: [string, Shape4D, Shape4D][] = [
  ["images", [0, 5, 5, 3], [3, 3, 3, 4]],
  ["rows of results", [1, 2, 5, 3], [3, 3, 3, 4]],
  ["columns of results", [2, 5, 2, 20], [3, 3, 20, 4]],
  ["rows of results of many channels", [1, 2, 5, 16], [3, 3, 16, 20]],
  ["channels", [2, 5, 5, 0], [3, 3, 0, 4]],
  ["results' channels", [2, 5, 5, 3], [3, 3, 3, 0]],
];

test.each(["native", "wasm"] as const)("convolutions without something: %s", async (engine) => {
  for (const [what, xs, ws] of empty) {
    const f = jit(
      ({ x, w }) => {
        const layer = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
          tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, "valid");
        const [dx, dw] = tf.grads((a, b) => tf.sum(layer(a, b)))([x, w]);
        return { y: layer(x, w), dx, dw };
      },
      { feeds: { x: { shape: xs }, w: { shape: ws } }, engine },
    );
    const { y, dx, dw } = await f({ x: tensor(xs, 1), w: tensor(ws, 2) });
    // Nothing meets a window, or there is nothing: sums of nothing are 0.
    for (const { data } of [y, dx, dw]) expect(data, what).toEqual(data.slice().fill(0));
    expect([dx.data.length, dw.data.length], what).toEqual(
      [xs, ws].map((shape) => tf.util.sizeFromShape(shape)),
    );
    f.dispose();
  }
});
