import { train, type NdArray } from "@elbo/core";
import { load } from "@elbo/datasets";
import { expect, test } from "vitest";
import { twoLevels } from "./twoLevels.ts";

/** Codes of other examples: every row moves on by one. */
function turned({ data, shape }: NdArray): NdArray {
  const row = data.length / shape[0];
  const out = Int32Array.from(data, (_, i) => data[(i + row) % data.length]);
  return { data: out, shape };
}

/** Mean squared error of every image. */
function errors(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  const out = new Array<number>(a.length / 784).fill(0);
  for (let i = 0; i < a.length; i++) out[Math.floor(i / 784)] += (a[i] - b[i]) ** 2 / 784;
  return out;
}

/** By how many standard errors the mean of paired differences lies above zero. */
function significance(differences: readonly number[]): number {
  const n = differences.length;
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  return mean / Math.sqrt(variance / n);
}

test("both levels of a VQ-VAE-2 matter to its reconstructions, and decoding the codes repeats them", async () => {
  const { train: images, test: heldOut } = await load("fashion-mini");
  const model = twoLevels({
    image: [28, 28, 1],
    codebookSize: { top: 64, bottom: 4 },
    codeDim: 8,
    seed: 1,
  });
  const some = { data: images.data.subarray(0, 2000 * 784), shape: [2000, 28, 28, 1] };
  const { report } = await train(model, some, {
    epochs: 2,
    batchSize: 32,
    seed: 1,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const few = { data: heldOut.data.subarray(0, 64 * 784), shape: [64, 28, 28, 1] };
  const codes = await model.encode(few);
  expect([codes["top"].shape, codes["bottom"].shape]).toEqual([
    [64, 7, 7],
    [64, 14, 14],
  ]);
  const truth = Float32Array.from(few.data, (byte) => byte / 255);
  const plain = await model.decode(codes);
  expect(plain.data).toEqual((await model.reconstruct(few)).data);
  const before = errors(plain.data, truth);
  for (const level of ["top", "bottom"]) {
    const mixed = await model.decode({ ...codes, [level]: turned(codes[level]) });
    const after = errors(mixed.data, truth);
    expect(significance(after.map((error, i) => error - before[i]))).toBeGreaterThan(5);
  }
});
