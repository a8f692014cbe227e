import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import {
  createLikelihood,
  createModel,
  deterministic,
  elbo,
  evaluate,
  gaussian,
  ledger,
  linear,
  mlp,
  Random,
  reparameterized,
} from "../src/index.ts";
import type { Distribution, LatentModel, LibraryLoss, LikelihoodChoice } from "../src/index.ts";
import { libraryLosses } from "../src/evaluation/conventions.ts";
import { bars, smallModel } from "./support/models.ts";

const grey = { kind: "bernoulli", binarize: "none" } as const;
const named = (libraries: readonly LibraryLoss[], name: string): LibraryLoss => {
  const found = libraries.find(({ library }) => library === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

test("terms are those of loss(), with weights, per value and over the batch", async () => {
  const model = smallModel({ weights: { rate: 4 } });
  const data = bars(24);
  const { terms, loss, batchSize, values, examples } = await ledger(model, data, { batchSize: 8 });
  expect([examples, batchSize, values]).toEqual([24, 8, 64]);
  const [distortion, rate] = terms;
  expect([distortion.name, rate.name]).toEqual(["distortion", "rate"]);
  expect(rate).toMatchObject({ per: "example", weight: 4, weighted: 4 * rate.nats });
  expectClose(
    [distortion.perValue, distortion.perBatch],
    [distortion.nats / 64, distortion.nats * 8],
  );
  expectClose([loss], [distortion.nats + 4 * rate.nats]);
});

test("the rate is that of evaluate, and the weight is read at the step", async () => {
  const model = smallModel({
    likelihood: grey,
    weights: { rate: linear({ from: 0, to: 2, steps: 10 }) },
  });
  const data = bars(24);
  const { rate } = await evaluate(model, data, { samples: 1 });
  for (const [step, weight] of [
    [0, 0],
    [5, 1],
    [99, 2],
  ]) {
    const { terms, loss, elbo: bound } = await ledger(model, data, { step });
    expectClose([terms[1].nats], [rate.mean], { rtol: 1e-5 });
    expect(terms[1].weight).toBe(weight);
    expectClose([loss + (bound ?? NaN)], [(weight - 1) * terms[1].nats], { atol: 1e-9 });
  }
});

test("the beta of means is beta L / D, of a mean over values beta / D", async () => {
  const { betas } = await ledger(smallModel({ weights: { rate: 4 }, latent: 2 }), bars(4));
  expect(betas).toHaveLength(1);
  expect(betas[0]).toMatchObject({
    term: "rate",
    beta: 4,
    dimensions: 2,
    perValue: 4 / 64,
    ofMeans: (4 * 2) / 64,
  });
});

/** The losses as the libraries' sources write them, of probabilities `p`, values `x` `[B, h, w, c]` and rates. */
function byHand(
  x: Float32Array,
  p: Float32Array,
  [B, h, w, c]: readonly number[],
): { keras: number; pytorch: number; meanSquares: number } {
  let keras = 0;
  let pytorch = 0;
  let squares = 0;
  for (let pixel = 0; pixel < B * h * w; pixel++) {
    let channels = 0;
    for (let k = 0; k < c; k++) {
      const [value, mean] = [x[pixel * c + k], p[pixel * c + k]];
      const crossEntropy = -value * Math.log(mean) - (1 - value) * Math.log(1 - mean);
      channels += crossEntropy / c; // keras.losses.binary_crossentropy is a mean over the last axis
      pytorch += crossEntropy;
      squares += (value - mean) ** 2;
    }
    keras += channels;
  }
  return { keras: keras / B, pytorch: pytorch / B, meanSquares: squares / B };
}

/** A model whose latents are not drawn, so that the losses are those of its reconstructions. */
function plainModel(likelihood: LikelihoodChoice, channels: number): LatentModel {
  const example = { x: createLikelihood(likelihood, [4, 4, channels]) };
  const drawn = reparameterized({ size: 2, posterior: gaussian });
  const latents = {
    ...drawn,
    noise: {},
    draw: (posterior: Distribution) => tf.expandDims(posterior.mean(), 0),
  };
  return createModel({
    kind: "plain",
    options: {},
    example,
    latents,
    networks: mlp({ example, latents, hidden: [8], seed: 2 }),
    objective: elbo({ weights: { rate: 3 } }),
    compute: { engine: "eager" },
  });
}

const colours = (channels: number): { data: Float32Array; shape: number[] } => {
  const data = new Float32Array(6 * 16 * channels);
  new Random(7).fillUniformInto(data);
  return { data, shape: [6, 4, 4, channels] };
};

test.each([1, 3])(
  "cross-entropies of %d channels are what the libraries' code gives, and train the same model",
  async (channels) => {
    const model = plainModel(grey, channels);
    const x = colours(channels);
    const { data: p } = (await model.reconstruct(x)) as { data: Float32Array };
    const { keras, pytorch } = byHand(x.data, p, x.shape);
    const { libraries, loss, terms } = await ledger(model, x);
    const rate = terms[1].nats;
    const rows = [
      [named(libraries, "Keras"), keras, 3 / channels, loss / channels],
      [named(libraries, "PyTorch"), pytorch, 3, loss],
      [named(libraries, "pythae"), pytorch, 3, loss],
      [
        named(libraries, "all means"),
        pytorch / (16 * channels),
        3 / (16 * channels),
        loss / (16 * channels),
      ],
    ] as const;
    for (const [row, reconstruction, beta, total] of rows) {
      expectClose([row.reconstruction, row.rate], [reconstruction, rate], { rtol: 1e-5 });
      // Their loss is ours times a constant: the same minimum.
      expectClose([row.beta, row.loss], [beta, total], { rtol: 1e-5 });
    }
  },
);

test.each([0.5, 2])(
  "squared errors under a Gaussian of scale %d are theirs, and their losses ours but for a factor and a constant",
  async (scale) => {
    const model = plainModel({ kind: "gaussian", scale }, 3);
    const x = colours(3);
    const { data: p } = (await model.reconstruct(x)) as { data: Float32Array };
    const { meanSquares } = byHand(x.data, p, x.shape);
    const { libraries, loss } = await ledger(model, x);
    const variance = scale ** 2;
    const constant = 24 * Math.log(2 * Math.PI * variance);
    const rows = [
      ["Keras", 1 / 3],
      ["PyTorch", 1],
      ["pythae", 0.5],
      ["all means", 1 / 48],
    ] as const;
    for (const [library, factor] of rows) {
      const row = named(libraries, library);
      expectClose([row.reconstruction], [factor * meanSquares], { rtol: 1e-5 });
      expectClose([row.beta], [3 * factor * 2 * variance], { rtol: 1e-5 });
      expectClose([row.loss], [factor * 2 * variance * (loss - constant)], { rtol: 1e-4 });
    }
  },
);

test("what PyTorch-VAE calls kld_weight is found again: its 0.00025 is a beta of about 3", () => {
  // models/vanilla_vae.py: mean over all 64 x 64 x 3 values of the squared error, plus 0.00025 times the KL divergence.
  const [, , , means] = libraryLosses({
    values: 64 * 64 * 3,
    channels: 3,
    rate: 20,
    beta: 0.00025 * 64 * 64 * 3,
    reconstruction: { kind: "squared error", sum: 300, variance: 0.5 },
  });
  expect(means.beta).toBeCloseTo(0.00025, 12);
});

test("a model without a counterpart has no libraries, one without a rate no beta", async () => {
  const pixel = await ledger(plainModel({ kind: "gaussian", scale: "pixel" }, 1), colours(1));
  expect(pixel.libraries).toEqual([]);
  expect(pixel.betas).toHaveLength(1);
  const example = { x: createLikelihood(grey, [4, 4, 1]) };
  const latents = deterministic([2], "sample: none");
  const networks = mlp({ example, latents, hidden: [8], seed: 2 });
  const model = createModel({ kind: "ae", options: {}, example, latents, networks });
  const { betas, libraries, elbo: bound } = await ledger(model, colours(1));
  expect([betas, libraries, bound]).toEqual([[], [], undefined]);
});

test("the text has every figure in columns", async () => {
  const text = String(await ledger(plainModel(grey, 3), colours(3)));
  const lines = text.split("\n");
  expect(lines[0]).toBe(
    "plain at step 0: 6 examples of 48 values, batches of 6, one pass of noise.",
  );
  expect(lines[2].split(/\s{2,}/u)).toEqual([
    "term",
    "nats",
    "per value",
    "over the batch",
    "weight",
    "weighted",
    "is",
  ]);
  expect(lines.find((line) => line.startsWith("rate "))).toMatch(/ 3 .*per example$/u);
  for (const library of ["Keras", "PyTorch", "pythae", "all means"])
    expect(lines.some((line) => line.startsWith(library))).toBe(true);
  expect(lines.every((line) => line.trimEnd() === line)).toBe(true);
});
