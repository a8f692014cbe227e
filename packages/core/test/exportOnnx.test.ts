import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { conditionalModel } from "./support/conditional.ts";
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
