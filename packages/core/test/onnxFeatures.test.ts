import { createRequire } from "node:module";
import { join } from "node:path";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { jit } from "@elbo/jit";
import { expect, test } from "vitest";
import { frechetDistance, onnxFeatures } from "../src/index.ts";
import type { OnnxRuntimeLike } from "../src/index.ts";
import { bars, smallModel } from "./support/models.ts";

// The runtime is a dependency of @elbo/jit.
const require = createRequire(new URL("../../jit/package.json", import.meta.url));
const runtime = require("onnxruntime-node") as OnnxRuntimeLike;

test("features of an exported encoder are its codes, in batches of any size", async () => {
  const directory = await emptyFolder();
  const model = smallModel();
  model.compute = {};
  await model.exportOnnx(directory);
  const judge = await onnxFeatures(join(directory, "encoder.onnx"), {
    runtime,
    output: "code",
    batchSize: 7,
  });
  const x = bars(20);
  const given = await judge.features(x);
  const expected = await model.encode(x);
  expect(given.shape).toEqual([20, 2]);
  expectClose(given.data, expected.data, { rtol: 1e-4, atol: 1e-5 });
  const distance = frechetDistance(given, await judge.features(bars(20)));
  expect(Math.abs(distance)).toBeLessThan(1e-4);
  await expect(
    judge.features({ data: new Float32Array(18), shape: [2, 3, 3, 1] }),
  ).rejects.toThrow();
  await judge.dispose();
  model.dispose();
});

test("channels come first where the model takes them so, shifted and scaled", async () => {
  // [n, 2, 1, 3] to the same values, flattened by the features.
  const same = jit((feeds) => ({ y: tf.mul(feeds["x"], 1) }), {
    feeds: { x: { shape: [null, 2, 1, 3], dtype: "float32" } },
  });
  const bytes = await same.toOnnx();
  same.dispose();
  const judge = await onnxFeatures(bytes, {
    runtime,
    layout: "nchw",
    mean: [1, 0],
    deviation: [2],
  });
  const x = { data: Float32Array.of(1, 10, 3, 20, 5, 30), shape: [1, 1, 3, 2] };
  expect([...(await judge.features(x)).data]).toEqual([0, 1, 2, 5, 10, 15]);
  await judge.dispose();
});

test("what cannot be is refused in a sentence", async () => {
  await expect(onnxFeatures(new Uint8Array(8), { runtime })).rejects.toThrow(
    "onnxFeatures: model must be an ONNX file, got:",
  );
  await expect(onnxFeatures("none.onnx", { runtime })).rejects.toThrow(
    "onnxFeatures: model must be the path or the bytes of an ONNX file",
  );
  await expect(
    onnxFeatures(new Uint8Array(8), { runtime: {} as unknown as OnnxRuntimeLike }),
  ).rejects.toThrow("onnxFeatures: runtime must be the module onnxruntime-node or onnxruntime-web");
});
