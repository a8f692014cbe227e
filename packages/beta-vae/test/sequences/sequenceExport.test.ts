/** Exported files of sequence models say what the models say. */
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decoderPlan } from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { loadPlan } from "../../../jit/src/run.ts";
import { sequenceVae } from "../../src/index.ts";
import type { SequenceVae } from "../../src/index.ts";

interface Tensor {
  readonly data: Float32Array | Int32Array;
  readonly dims: readonly number[];
}
interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}
interface Runtime {
  InferenceSession: { create(bytes: Uint8Array): Promise<Session> };
  Tensor: new (type: string, data: Float32Array | Int32Array, dims: number[]) => Tensor;
}

// The runtime is a dependency of @elbo/jit.
const require = createRequire(new URL("../../../jit/package.json", import.meta.url));
const runtime = require("onnxruntime-node") as Runtime;
const kernels = new Uint8Array(
  await readFile(new URL("../../../jit/native/built/wasm.wasm", import.meta.url)),
);
const length = 6;
const tokens = Int32Array.of(1, 2, 1, 2, 0, 0, 3, 3, 3, 0, 0, 0, 2, 1, 3, 1, 2, 3);
const x = { data: tokens, shape: [3, length] };
const code = { data: Float32Array.of(0.5, -1, 2, 0.25, -0.7, 1.5), shape: [3, 2] };

function made(kind: "gru" | "conv"): SequenceVae {
  const decoder =
    kind === "gru"
      ? ({ kind, units: 12 } as const)
      : ({ kind, channels: 8, dilations: [1, 2], kernel: 3 } as const);
  const vocabulary = ["a", "b", "c"];
  return sequenceVae({ vocabulary, length, latent: 2, decoder, encoderUnits: 10, seed: 3 });
}

test.each(["gru", "conv"] as const)("%s: ONNX files encode and decode tokens", async (kind) => {
  const model = made(kind);
  const directory = await emptyFolder();
  await model.exportOnnx(directory);
  const open = async (name: string): Promise<Session> =>
    runtime.InferenceSession.create(new Uint8Array(await readFile(join(directory, name))));
  const encoder = await open("encoder.onnx");
  const given = await encoder.run({ x: new runtime.Tensor("int32", tokens, [3, length]) });
  const close = { rtol: 1e-4, atol: 1e-5 };
  expectClose(given["code"].data, (await model.encode(x)).data, close);
  const decoder = await open("decoder.onnx");
  const fed = new runtime.Tensor("float32", code.data, [3, 2]);
  const decoded = (await decoder.run({ code: fed }))["x"];
  expect(Array.from(decoded.data)).toEqual(Array.from((await model.decode(code)).data));
  expect(decoded.dims).toEqual([3, length]);
  model.dispose();
});

test.each(["gru", "conv"] as const)("%s: a plan decodes tokens", async (kind) => {
  const model = made(kind);
  const plan = await loadPlan(await decoderPlan(model, { batch: 3 }), kernels);
  const given = await plan.run({ code: code.data });
  const expected = await model.decode(code);
  expect(Array.from(Object.values(given)[0].data)).toEqual(Array.from(expected.data));
  model.dispose();
});
