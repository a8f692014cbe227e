import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { linear, Random, type NdArray } from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import { expect, test } from "vitest";
import { autoencoder, betaVae, loadAutoencoder, loadBetaVae } from "../src/index.ts";

const image = [8, 8, 1];
const small = {
  image,
  latent: 3,
  network: { kind: "mlp", hidden: [16] },
  engine: "eager",
} as const;

const images = (count: number, seed = 1): NdArray<Float32Array> =>
  uniformImages(new Random(seed), [count, ...image]);

test("every method gives arrays of the shapes it promises", async () => {
  const model = betaVae({ ...small, seed: 1 });
  const x = images(5);
  const code = await model.encode(x);
  expect([code.shape, code.data.constructor.name]).toEqual([[5, 3], "Float32Array"]);
  expect((await model.decode(code)).shape).toEqual([5, 8, 8, 1]);
  expect((await model.reconstruct(x)).shape).toEqual([5, 8, 8, 1]);
  expect((await model.sample(4, { seed: 1 })).shape).toEqual([4, 8, 8, 1]);
  expect((await model.interpolate(images(2), images(2, 2), { steps: 6 })).shape).toEqual([
    2, 6, 8, 8, 1,
  ]);
});

test("reconstructing is decoding the code, bit for bit", async () => {
  const model = betaVae({ ...small, seed: 1 });
  const x = images(4);
  expect((await model.reconstruct(x)).data).toEqual(
    (await model.decode(await model.encode(x))).data,
  );
});

test("the loss is distortion + beta rate, and beta is 1 unless given", async () => {
  const x = images(6);
  const plain = await betaVae({ ...small, seed: 2 }).loss(x, { seed: 3 });
  const strong = await betaVae({ ...small, beta: 4, seed: 2 }).loss(x, { seed: 3 });
  expectClose([plain.total], [plain.terms["distortion"] + plain.terms["rate"]]);
  expectClose([strong.total], [plain.terms["distortion"] + 4 * plain.terms["rate"]]);
});

test("beta 0 leaves the distortion alone", async () => {
  const loss = await betaVae({ ...small, beta: 0 }).loss(images(6));
  expectClose([loss.total], [loss.terms["distortion"]]);
  expect(loss.terms["rate"]).toBeGreaterThan(0);
});

test("a scheduled beta is read at the step", async () => {
  const model = betaVae({ ...small, beta: linear({ from: 0, to: 2, steps: 10 }), seed: 2 });
  const at = (step: number): Promise<{ total: number }> => model.loss(images(6), { seed: 3, step });
  const [start, middle, end] = [await at(0), await at(5), await at(50)];
  expectClose([middle.total - start.total], [(end.total - start.total) / 2], { rtol: 1e-4 });
});

test("terms are means over examples, so the number of examples cannot scale them", async () => {
  const model = autoencoder({ ...small, likelihood: { kind: "bernoulli", binarize: "none" } });
  const x = images(4);
  const twice = { data: Float32Array.of(...x.data, ...x.data), shape: [8, ...image] };
  expectClose([(await model.loss(x)).total], [(await model.loss(twice)).total]);
});

test("the distortion of an untrained model with zero logits is 64 log 2 nats", async () => {
  const model = betaVae({ ...small, seed: 1 });
  const weights = await model.readWeights();
  for (const name of Object.keys(weights)) weights[name].data.fill(0);
  await model.writeWeights(weights);
  const loss = await model.loss(images(3));
  expectClose([loss.terms["distortion"], loss.terms["rate"]], [64 * Math.log(2), 0]);
});

test("the same seed gives the same model and samples, another seed others", async () => {
  const bytes = async (seed: number): Promise<number[]> => {
    const model = betaVae({ ...small, seed });
    return [...(await model.encode(images(2))).data, ...(await model.sample(2, { seed })).data];
  };
  expect(await bytes(1)).toEqual(await bytes(1));
  expect(await bytes(1)).not.toEqual(await bytes(2));
});

test("a saved β-VAE loads as the same model, schedule and likelihood included", async () => {
  const beta = linear({ from: 0, to: 4, steps: 10 });
  const model = betaVae({ ...small, beta, likelihood: "gaussian", seed: 5 });
  const path = join(await emptyFolder(), "beta-vae");
  await model.save(path);
  const loaded = await loadBetaVae(path, { engine: "eager" });
  const x = images(3);
  expect((await loaded.encode(x)).data).toEqual((await model.encode(x)).data);
  expect((await loaded.sample(3, { seed: 1 })).data).toEqual(
    (await model.sample(3, { seed: 1 })).data,
  );
  expect(await loaded.loss(x, { step: 7 })).toEqual(await model.loss(x, { step: 7 }));
  expect(loaded.options).toEqual(model.options);
});

test("a model file whose options make no sense is refused with the sentence of the factory", async () => {
  const path = join(await emptyFolder(), "damaged");
  await betaVae({ ...small, seed: 5 }).save(path);
  const file = join(path, "model.json");
  const description = JSON.parse(await readFile(file, "utf8")) as { options: object };
  const damage = async (options: object): Promise<void> =>
    writeFile(
      file,
      JSON.stringify({ ...description, options: { ...description.options, ...options } }),
    );
  await damage({ latent: 0 });
  await expect(loadBetaVae(path)).rejects.toThrow("latent must be an integer at least 1, got 0");
  await damage({ beta: { kind: "linear", from: 0, to: -1, steps: 5 } });
  await expect(loadBetaVae(path)).rejects.toThrow(
    "beta must be a finite number or a schedule at least 0 at every step, got -1",
  );
  await damage({ beta: "strong" });
  await expect(loadBetaVae(path)).rejects.toThrow("loadModel: the options in");
});

test("an autoencoder has neither noise nor rate, and its samples are refused with the reason", async () => {
  const model = autoencoder({ ...small, likelihood: { kind: "bernoulli", binarize: "none" } });
  const x = images(4);
  const first = await model.loss(x, { seed: 1 });
  expect(Object.keys(first.terms)).toEqual(["distortion"]);
  expect(await model.loss(x, { seed: 2 })).toEqual(first);
  await expect(model.sample(1)).rejects.toThrow(
    "sample: the model must have a prior over its latents, got a plain autoencoder; betaVae has one",
  );
});

test("a saved autoencoder loads as the same model and not as a β-VAE", async () => {
  const model = autoencoder({ ...small, seed: 5 });
  const path = join(await emptyFolder(), "autoencoder");
  await model.save(path);
  const x = images(3);
  const loaded = await loadAutoencoder(path, { engine: "eager" });
  expect((await loaded.reconstruct(x)).data).toEqual((await model.reconstruct(x)).data);
  await expect(loadBetaVae(path)).rejects.toThrow("must hold a model of the kind beta-vae");
});

test("interpolation starts and ends at the reconstructions", async () => {
  const model = betaVae({ ...small, seed: 1 });
  const [a, b] = [images(1, 1), images(1, 2)];
  const row = (await model.interpolate(a, b, { steps: 3 })).data;
  expectClose(row.slice(0, 64), (await model.reconstruct(a)).data);
  expectClose(row.slice(128), (await model.reconstruct(b)).data);
});

test("an image of any size, a signal and a vector are examples too", async () => {
  for (const [shape, network] of [
    [[13, 9, 3], "conv"],
    [[40, 2], "conv"],
    [[12], "mlp"],
  ] as const) {
    const model = betaVae({ image: shape, latent: 2, network, engine: "eager" });
    const x = uniformImages(new Random(1), [3, ...shape]);
    expect((await model.reconstruct(x)).shape).toEqual([3, ...shape]);
  }
});

test.each(["conv", "mlp"] as const)("%s networks serve 28x28 images", async (network) => {
  const model = betaVae({ image: [28, 28, 1], latent: 2, network, engine: "eager" });
  const x = { data: new Uint8Array(2 * 784).fill(200), shape: [2, 28, 28, 1] };
  expect((await model.reconstruct(x)).shape).toEqual([2, 28, 28, 1]);
});

test.each([
  [{ latent: 0 }, "betaVae: latent must be an integer at least 1, got 0"],
  [{ latent: 2.5 }, "betaVae: latent must be an integer at least 1, got 2.5"],
  [
    { beta: -1 },
    "betaVae: beta must be a finite number or a schedule at least 0 at every step, got -1",
  ],
  [{ beta: NaN }, "betaVae: beta must be a finite number or a schedule"],
  [{ beta: Infinity }, "got Infinity"],
  [{ beta: linear({ from: 1, to: -2, steps: 5 }) }, "at every step, got -2"],
  [{ beta: "4" }, 'at every step, got "4"'],
  [
    { image: "28x28" },
    'betaVae: image must be a list of at least 1: an integer at least 1, got "28x28"',
  ],
  [{ image: [28, 0, 1] }, "betaVae: image[1] must be an integer at least 1, got 0"],
  [{ latnet: 3 }, 'got "latnet"'],
  [
    { network: "cnn" },
    'createNetworks: the kind of a network must be registered (mlp, conv, resnet), got "cnn"',
  ],
  [{ likelihood: "mse" }, "createLikelihood: the kind of a likelihood must be registered ("],
  [{ seed: 1.5 }, "seed must be an integer, got 1.5"],
])("betaVae refuses %j", (bad, message) => {
  expect(() => betaVae({ ...small, ...(bad as object) })).toThrow(message);
});

test("images of another shape are refused with both shapes", async () => {
  const model = betaVae(small);
  const x = { data: new Float32Array(2 * 49), shape: [2, 7, 7, 1] };
  await expect(model.encode(x)).rejects.toThrow(
    "encode: x must have the shape [n, 8, 8, 1], got [2, 7, 7, 1]",
  );
});

test("scores are terms of each example, and their means are those of the evaluation", async () => {
  const model = betaVae({ ...small, beta: 4, seed: 1, likelihood: "gaussian" });
  const x = images(20);
  const { elbo, distortion, rate, terms, logLikelihood } = await model.score(x);
  expect([elbo.length, Object.keys(terms)]).toEqual([20, ["distortion", "rate"]]);
  expect(logLikelihood).toBeUndefined();
  expectClose(
    elbo,
    distortion.map((value, i) => -(value + rate[i])),
  );
  const many = await model.score(x, { samples: 32 });
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(mean(many.logLikelihood ?? new Float64Array(1))).toBeGreaterThan(mean(many.elbo));
  const first = await model.score({ data: x.data.subarray(0, 64), shape: [1, ...image] });
  expectClose(first.distortion, distortion.subarray(0, 1), { rtol: 1e-5 });
});

test("a posterior is mean and log variance, and its draws have these moments", async () => {
  const model = betaVae({ ...small, seed: 1 });
  const x = images(2);
  const { mean, logVar, draws } = await model.posterior(x, { draws: 4000, seed: 1 });
  expect([mean.shape, logVar.shape, draws.shape]).toEqual([
    [2, 3],
    [2, 3],
    [2, 4000, 3],
  ]);
  expect(mean.data).toEqual((await model.encode(x)).data);
  let sum = 0;
  let squares = 0;
  for (let k = 0; k < 4000; k++) sum += draws.data[k * 3] / 4000;
  for (let k = 0; k < 4000; k++) squares += (draws.data[k * 3] - sum) ** 2 / 3999;
  // Four standard errors of a mean, and of a variance, of 4000 draws.
  const deviation = Math.exp(logVar.data[0] / 2);
  expect(Math.abs(sum - mean.data[0])).toBeLessThan((4 * deviation) / Math.sqrt(4000));
  expectClose([squares], [deviation ** 2], { rtol: 4 * Math.sqrt(2 / 4000) });
});

test("the loss is read at the model's present step", async () => {
  const model = betaVae({ ...small, beta: linear({ from: 0, to: 2, steps: 10 }), seed: 2 });
  model.step = 5;
  const { total, terms } = await model.loss(images(6));
  expectClose([total], [terms["distortion"] + terms["rate"]]);
});
