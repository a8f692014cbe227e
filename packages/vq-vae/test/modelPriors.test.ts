/** Priors over the codes of trained models of several codebooks or levels: what `codePrior` makes is trained, drawn from, coded with, kept. */
import { join } from "node:path";
import { adam, codeBits, fillCodes, train } from "@elbo/core";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { crosses } from "../../core/test/support/bars.ts";
import {
  codePrior,
  compress,
  decompress,
  decompressToCodes,
  hierarchicalVqVae,
  loadHierarchicalVqVae,
  loadVqVae,
  vqVae,
} from "../src/index.ts";

const images = crosses(400, 1);
const held = crosses(60, 2);
const quietly = { progress: "silent", validation: 0, seed: 1 } as const;
const optimizer = adam({ learningRate: 0.01 });
const small = { width: 16, layers: 2, seed: 1 } as const;
const book = { kind: "vector", codebookSize: 8, codeDim: 4 } as const;
const conv = { kind: "conv", widths: [8, 16] } as const;

const quantizers = [
  ["two depths", { kind: "residual", parts: [book, book] }],
  [
    "two heads of different books",
    { kind: "product", parts: [book, { ...book, codebookSize: 4 }] },
  ],
] as const;

test.each(quantizers)(
  "a model of %s: bits, samples, gaps and bytes by its prior",
  async (_, quantizer) => {
    const model = vqVae({
      image: [8, 8, 1],
      quantizer,
      likelihood: "gaussian",
      network: conv,
      seed: 1,
    });
    await train(model, images, { ...quietly, epochs: 10, batchSize: 40, optimizer });
    const codes = await model.encode(images);
    expect(codes.shape).toEqual([400, 2, 2, 2]);
    const prior = codePrior(model, small);
    const uniform = (await codeBits(prior, codes)).perExample.mean;
    await train(prior, codes, { ...quietly, epochs: 15, batchSize: 40, optimizer });
    model.prior = prior;

    const own = await model.encode(held);
    const bits = (await codeBits(prior, own)).perExample.mean;
    expect(bits).toBeLessThan(0.8 * uniform); // images of four columns and four rows have few codes

    const drawn = await model.sample(9, { seed: 3 });
    expect(drawn.shape).toEqual([9, 8, 8, 1]);
    const missing = { data: Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1), shape: [2, 2, 2] };
    const filled = await fillCodes(prior, { codes: own, missing }, { seed: 1 });
    const known = (_: number, i: number): boolean => i % 8 < 4;
    expect(filled.data.filter(known)).toEqual((own.data as Int32Array).filter(known));
    expect((await model.decode(filled)).shape).toEqual([60, 8, 8, 1]);
    const bytes = await compress(model, held);
    expect(bytes.length).toBeLessThan(56 + 8 + (60 * bits) / 8 + 60 * 0.01);
    expect((await decompressToCodes(model, bytes)).codes).toEqual(own);
    expect((await decompress(model, bytes)).data).toEqual((await model.reconstruct(held)).data);

    const directory = join(await emptyFolder(), "model");
    await model.save(directory);
    const loaded = await loadVqVae(directory);
    expect((await loaded.sample(9, { seed: 3 })).data).toEqual(drawn.data);
    expect((await decompress(loaded, bytes)).data).toEqual((await model.reconstruct(held)).data);
  },
);

test("a model of two levels, one of two depths: p(top) p(bottom | top) by class, samples and bytes", async () => {
  const model = hierarchicalVqVae({
    image: [8, 8, 1],
    quantizers: [book, { kind: "residual", parts: [book, book] }],
    width: 8,
    likelihood: "gaussian",
    seed: 1,
  });
  await train(model, images, { ...quietly, epochs: 5, batchSize: 40, optimizer });
  const codes = await model.encode(images);
  const prior = codePrior(model, { ...small, classes: 4 });
  const labelled = { ...codes, labels: images.labels };
  await train(prior, labelled, { ...quietly, epochs: 10, batchSize: 40, optimizer });
  model.prior = prior;

  const own = await model.encode(held);
  const { perExample, levels } = await codeBits(prior, { ...own, labels: held.labels });
  expect(Object.keys(levels)).toEqual(["top", "bottom"]);
  expect(perExample.mean).toBeLessThan(0.8 * (1 + 8) * 3);

  const drawn = await model.sample(40, { label: 2, seed: 3 });
  // The bar down is where the label says: column 2 of four is brighter than the mean of the others.
  const columns = [0, 0, 0, 0];
  drawn.data.forEach((value, i) => (columns[Math.floor((i % 8) / 2)] += value));
  expect(columns[2]).toBe(Math.max(...columns));

  const bytes = await compress(model, held);
  expect(bytes.length).toBeLessThan(56 + 8 + 60 / 4 + (60 * perExample.mean) / 8 + 60 * 0.01);
  expect(await decompressToCodes(model, bytes)).toEqual({
    codes: own,
    labels: Int32Array.from(held.labels),
  });
  expect((await decompress(model, bytes)).data).toEqual((await model.reconstruct(held)).data);

  const directory = join(await emptyFolder(), "model");
  await model.save(directory);
  const loaded = await loadHierarchicalVqVae(directory);
  expect((await loaded.sample(40, { label: 2, seed: 3 })).data).toEqual(drawn.data);
});
