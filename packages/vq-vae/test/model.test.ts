import { join } from "node:path";
import { evaluate, Random, type NdArray } from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import { expect, test } from "vitest";
import { loadVqVae, perplexity, usage, vqVae, type VqVaeOptions } from "../src/index.ts";

const image = [8, 8, 1];
const network = { kind: "resnet", width: 8, blocks: 1, residualWidth: 4 } as const;
const bare = { image, network, engine: "eager" } as const;
const small = { ...bare, codebookSize: 16, codeDim: 4 } as const;
const book = (codebook: "ema" | "gradient", options = {}): VqVaeOptions => ({
  ...bare,
  quantizer: { kind: "vector", codebookSize: 16, codeDim: 4, codebook, ...options },
});

const images = (count: number, seed = 1): NdArray<Float32Array> =>
  uniformImages(new Random(seed), [count, ...image]);

test.each([network, { kind: "conv", widths: [4, 8] }, { kind: "mlp", hidden: [16] }] as const)(
  "codes are int32 indices on a grid of a quarter of the image: %j",
  async (choice) => {
    const model = vqVae({ ...small, network: choice, seed: 1 });
    const code = await model.encode(images(5));
    expect([code.shape, code.data.constructor.name]).toEqual([[5, 2, 2], "Int32Array"]);
    expect(Math.min(...code.data)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...code.data)).toBeLessThan(16);
    expect((await model.decode(code)).shape).toEqual([5, 8, 8, 1]);
  },
);

test("decoding the indices repeats the reconstruction bit for bit", async () => {
  const model = vqVae({ ...small, seed: 1 });
  const x = images(5);
  expect((await model.decode(await model.encode(x))).data).toEqual(
    (await model.reconstruct(x)).data,
  );
});

test("perplexity and usage of evaluate are those of the codes that encode gives, though images are binarized", async () => {
  const model = vqVae({ ...small, seed: 1 });
  const x = images(40);
  const counts = new Float64Array(16);
  for (const code of (await model.encode(x)).data) counts[code]++;
  const figures = await evaluate(model, x, { samples: 1, batchSize: 7 });
  expectClose([figures.perplexity.mean], [perplexity(counts)], { rtol: 1e-6 });
  expectClose([figures.usage.mean], [usage(counts)]);
});

test("sample refuses and says that a prior over codes is missing", async () => {
  await expect(vqVae(small).sample(1)).rejects.toThrow(
    "sample: a prior over codes is required, got a VQ-VAE without one",
  );
});

test("the loss is distortion + rate + weighted commitment, and the rate is 4 log 16 nats", async () => {
  const loss = await vqVae({ ...small, weights: { commitment: 0.5 } }).loss(images(4));
  const { distortion, rate, commitment } = loss.terms;
  expectClose([rate], [4 * Math.log(16)]);
  expectClose([loss.total], [distortion + rate + 0.5 * commitment]);
});

// A squared error summed over the batch makes the commitment grow with the batch size.
test("commitment and codebook loss are means over examples: twice the batch, the same loss", async () => {
  const model = vqVae({ ...book("gradient"), likelihood: "gaussian" });
  const x = images(4);
  const twice = { data: Float32Array.of(...x.data, ...x.data), shape: [8, ...image] };
  const [once, both] = [await model.loss(x), await model.loss(twice)];
  expectClose([both.total], [once.total]);
  expectClose(Object.values(both.terms), Object.values(once.terms));
});

test("interpolation starts and ends at the reconstructions", async () => {
  const model = vqVae({ ...small, seed: 1 });
  const [a, b] = [images(2, 1), images(2, 2)];
  const rows = await model.interpolate(a, b, { steps: 3 });
  expect(rows.shape).toEqual([2, 3, 8, 8, 1]);
  expectClose(rows.data.slice(0, 64), (await model.reconstruct(a)).data.slice(0, 64));
  expectClose(rows.data.slice(-64), (await model.reconstruct(b)).data.slice(-64));
});

test("a codebook counts as parameters however it is moved", () => {
  const count = (codebook: "ema" | "gradient"): number => vqVae(book(codebook)).parameterCount;
  expect(count("ema")).toBe(count("gradient"));
});

test.each(["ema", "gradient"] as const)(
  "a saved VQ-VAE loads as the same model: %s",
  async (codebook) => {
    const model = vqVae({
      ...book(codebook, { reviveBelow: 0 }),
      weights: { commitment: 0.5 },
      seed: 5,
    });
    const path = join(await emptyFolder(), codebook);
    await model.save(path);
    const loaded = await loadVqVae(path, { engine: "eager" });
    const x = images(3);
    expect((await loaded.encode(x)).data).toEqual((await model.encode(x)).data);
    expect((await loaded.reconstruct(x)).data).toEqual((await model.reconstruct(x)).data);
    expect(await loaded.loss(x)).toEqual(await model.loss(x));
    expect(loaded.options).toEqual(model.options);
  },
);

test.each([
  [{ codebookSize: 0 }, "vqVae: codebookSize must be an integer at least 2, got 0"],
  [{ codebookSize: 1 }, "vqVae: codebookSize must be an integer at least 2, got 1"],
  [{ codeDim: 0 }, "vqVae: codeDim must be an integer at least 1, got 0"],
  [
    { weights: { commitment: -1 } },
    "elbo: weight of commitment must be a finite number at least 0, got -1",
  ],
  [{ weights: { entropy: 1 } }, 'vqVae: weights must be of rate, commitment, got "entropy"'],
  [{ weights: 1 }, "vqVae: weights must be an object of weights by term, got 1"],
  [
    { quantizer: { kind: "vector", codebookSize: 4 } },
    "vqVae: codebookSize must stand in the options of the quantizer",
  ],
  [
    { quantizer: "nearest" },
    "createQuantizer: the kind of a quantizer must be registered (vector, fsq",
  ],
  [{ image: [8, 0, 1] }, "vqVae: image[1] must be an integer at least 1, got 0"],
  [{ latent: 16 }, 'got "latent"'],
])("vqVae refuses %j", (bad, message) => {
  expect(() => vqVae({ ...small, ...(bad as object) })).toThrow(message);
});

test.each([
  [[0, 1, 2, 16], "decode: codes must"],
  [[0, -1, 2, 3], "decode: codes must"],
])("indices outside the codebook are refused: %j", async (indices, message) => {
  const code = { data: Int32Array.from(indices), shape: [1, 2, 2] };
  await expect(vqVae(small).decode(code)).rejects.toThrow(message);
});
