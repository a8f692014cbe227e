/** A conditional VAE is sampled from its exported files alone, by ONNX Runtime. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Random, train } from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cvae } from "../src/index.ts";

interface Tensor {
  readonly data: Float32Array;
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

/** Images 4x4 of two classes, dark and bright, of a brightness of their own. */
function images(count: number) {
  const random = new Random(1);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const data = new Float32Array(count * 16);
  for (let i = 0; i < count; i++) {
    const grey = (labels[i] === 0 ? 0.2 : 0.8) + (random.uint32() / 2 ** 32 - 0.5) * 0.2;
    data.fill(grey, i * 16, (i + 1) * 16);
  }
  return { data, shape: [count, 4, 4, 1], labels };
}

/** Mean and variance of the brightness of images of 16 values. */
function brightness(values: Float32Array): { readonly mean: number; readonly variance: number } {
  const each = Array.from({ length: values.length / 16 }, (_, i) =>
    values.subarray(16 * i, 16 * (i + 1)).reduce((sum, value) => sum + value / 16, 0),
  );
  const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
  const squares = each.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / each.length };
}

test("prior.onnx and decoder.onnx draw what model.sample draws, class by class", async () => {
  const model = cvae({
    image: [4, 4, 1],
    latent: 2,
    classes: 2,
    likelihood: "gaussian",
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
  });
  await train(model, images(400), {
    epochs: 150,
    batchSize: 40,
    validation: 0,
    progress: "silent",
  });
  const directory = await emptyFolder();
  await model.exportOnnx(directory);
  const open = async (name: string) =>
    runtime.InferenceSession.create(new Uint8Array(await readFile(join(directory, name))));
  const [prior, decoder] = [await open("prior.onnx"), await open("decoder.onnx")];
  const count = 500;
  const means: number[] = [];
  for (const label of [0, 1]) {
    const noise = new Float32Array(2 * count);
    new Random(7).fillNormalInto(noise);
    const told = new runtime.Tensor("int32", new Int32Array(count).fill(label), [count]);
    const { latents } = await prior.run({
      label: told,
      "noise_latents/z/prior": new runtime.Tensor("float32", noise, [count, 2]),
    });
    const code = new runtime.Tensor("float32", latents.data, [count, 2]);
    const { x } = await decoder.run({ code, label: told });
    const decoded = await model.decode({ data: latents.data, shape: [count, 2] }, { label });
    expectClose(x.data, decoded.data, { rtol: 1e-4, atol: 1e-5 });
    const sampled = await model.sample(count, { label, seed: 3 });
    const [files, own] = [brightness(x.data), brightness(sampled.data)];
    const error = Math.sqrt((files.variance + own.variance) / count);
    expect(Math.abs(files.mean - own.mean)).toBeLessThan(4 * error);
    expect(files.variance / own.variance).toBeGreaterThan(0.3);
    expect(files.variance / own.variance).toBeLessThan(3);
    means.push(files.mean);
  }
  // The class is heard.
  expect(means[1] - means[0]).toBeGreaterThan(0.1);
  model.dispose();
});
