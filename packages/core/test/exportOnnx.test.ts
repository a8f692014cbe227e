import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
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

test("the exported encoder and decoder compute what the model does, for any batch size", async () => {
  // The runtime is a dependency of @elbo/jit.
  const require = createRequire(new URL("../../jit/package.json", import.meta.url));
  const runtime = require("onnxruntime-node") as Runtime;
  const directory = await emptyFolder();
  const model = smallModel({ condition: { classes: 4 } });
  model.compute = {};
  await model.exportOnnx(directory);
  expect((await readdir(directory)).sort()).toEqual(["decoder.onnx", "encoder.onnx"]);
  const open = async (name: string) =>
    runtime.InferenceSession.create(new Uint8Array(await readFile(join(directory, name))));
  const encoder = await open("encoder.onnx");
  const decoder = await open("decoder.onnx");
  for (const count of [1, 5]) {
    const x = bars(count);
    const pixels = Float32Array.from(x.data, (byte) => byte / 255);
    const labels = new runtime.Tensor("int32", Int32Array.from(x.labels), [count]);
    const images = new runtime.Tensor("float32", pixels, [count, 8, 8, 1]);
    const { code } = await encoder.run({ x: images, y: labels });
    const expected = await model.encode(x);
    expect(code.dims).toEqual(expected.shape);
    expectClose(code.data, expected.data, { rtol: 1e-4, atol: 1e-5 });
    const { image } = await decoder.run({ code, y: labels });
    const decoded = await model.decode(expected, { labels: x.labels });
    expectClose(image.data, decoded.data, { rtol: 1e-4, atol: 1e-5 });
  }
  model.dispose();
});
