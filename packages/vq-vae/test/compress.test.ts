import {
  adam,
  codeBits,
  compressCodes,
  decompressCodes,
  hierarchy,
  Random,
  train,
  type NdArray,
} from "@elbo/core";
import { uniformImages } from "@elbo/test-utils/tensors";
import { expect, test } from "vitest";
import {
  compress,
  decompress,
  decompressToCodes,
  pixelCnn,
  transformer,
  unigram,
  vqVae,
} from "../src/index.ts";

/** Bytes of the head. */
const head = 56;

/** Codes that mostly repeat the one before. */
function chains(count: number, shape: readonly number[], K: number): NdArray<Int32Array> {
  const random = new Random(count);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Int32Array(count * size);
  for (let i = 0; i < data.length; i++) {
    data[i] = i % size > 0 && random.uniform() < 0.8 ? data[i - 1] : random.integer(K);
  }
  return { data, shape: [count, ...shape] };
}

const quickly = { progress: "silent", validation: 0, batchSize: 50, seed: 1 } as const;

test("codes take what the prior says, within 0.5 %, and come back to the last one", async () => {
  const prior = pixelCnn({ positions: [4, 4], codebookSize: 16, width: 16, layers: 3, seed: 1 });
  const codes = chains(600, [4, 4], 16);
  await train(prior, codes, { ...quickly, epochs: 8, optimizer: adam({ learningRate: 0.01 }) });
  const bytes = await compressCodes(prior, codes);
  const { perExample } = await codeBits(prior, codes);
  const model = (perExample.mean * 600) / 8;
  expect(model).toBeLessThan(0.6 * ((600 * 16 * 4) / 8)); // it has learned something
  expect(bytes.length).toBeLessThan(1.005 * model + head);
  expect(bytes.length).toBeGreaterThan(0.995 * model);
  expect((await decompressCodes(prior, bytes)).codes).toEqual(codes);
  expect(await compressCodes(prior, codes, { threads: 1 })).toEqual(bytes);
});

test.each([
  ["unigram", () => unigram({ positions: [3], codebookSize: 7 })],
  ["transformer", () => transformer({ positions: [3], codebookSize: 7, width: 8, layers: 1 })],
  [
    "depths",
    () => pixelCnn({ positions: [1, 1, 3], codebookSize: [7, 7, 7], width: 8, layers: 1 }),
  ],
])("one image and seventeen come back: %s", async (_, make) => {
  const prior = make();
  for (const count of [1, 17]) {
    const codes = chains(count, prior.positions, 7);
    const bytes = await compressCodes(prior, codes);
    expect(bytes.length).toBeLessThan(head + 8 + (count * 3 * 3) / 8 + 2);
    expect((await decompressCodes(prior, bytes)).codes).toEqual(codes);
  }
});

test("levels and labels come back too", async () => {
  const ofTop = { positions: [2, 2], codebookSize: 5 };
  const prior = hierarchy({
    top: transformer({ ...ofTop, width: 8, layers: 1, classes: 3 }),
    bottom: pixelCnn({
      positions: [4, 4],
      codebookSize: 6,
      width: 8,
      layers: 1,
      given: { top: ofTop },
    }),
  });
  const codes = { top: chains(20, [2, 2], 5), bottom: chains(20, [4, 4], 6) };
  const labels = Int32Array.from({ length: 20 }, (_, i) => i % 3);
  const bytes = await compressCodes(prior, { ...codes, labels });
  expect(await decompressCodes(prior, bytes)).toEqual({ codes, labels });
});

const network = { kind: "conv", widths: [4, 8] } as const;
const make = (seed: number): ReturnType<typeof vqVae> => {
  const model = vqVae({ image: [8, 8, 1], codebookSize: 16, codeDim: 4, network, seed });
  model.prior = pixelCnn({ positions: [2, 2], codebookSize: 16, width: 8, layers: 2, seed });
  return model;
};

test("decompressed images are the reconstructions, bit for bit", async () => {
  const model = make(1);
  const images = uniformImages(new Random(1), [20, 8, 8, 1]);
  const bytes = await compress(model, images);
  expect((await decompress(model, bytes)).data).toEqual((await model.reconstruct(images)).data);
  expect((await decompressToCodes(model, bytes)).codes).toEqual(await model.encode(images));
  model.prior = undefined;
  await expect(compress(model, images)).rejects.toThrow("compress: prior must be one over codes");
});

test("data that are damaged, cut short or foreign are refused, every byte of them", async () => {
  const model = make(1);
  const bytes = await compress(model, uniformImages(new Random(1), [3, 8, 8, 1]));
  for (let i = 0; i < bytes.length; i++) {
    const damaged = bytes.slice();
    damaged[i] ^= 16;
    await expect(decompress(model, damaged)).rejects.toThrow(/^decompressCodes: data must /);
  }
  for (const part of [bytes.slice(0, 10), bytes.slice(0, -1), new Uint8Array(200)]) {
    await expect(decompress(model, part)).rejects.toThrow("decompressCodes: data must be");
  }
});

test("data of another model or prior are refused by name", async () => {
  const model = make(1);
  const bytes = await compress(model, uniformImages(new Random(1), [3, 8, 8, 1]));
  await expect(decompress(make(2), bytes)).rejects.toThrow("compressed with this model");
  const { prior } = make(2);
  model.prior = prior;
  await expect(decompress(model, bytes)).rejects.toThrow("compressed with this prior");
});
