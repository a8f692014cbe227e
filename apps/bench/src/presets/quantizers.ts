import type { JsonObject } from "@elbo/core";
import type { Preset } from "./preset.ts";

const book = { kind: "vector", codebookSize: 256, codeDim: 16 };
const half = { kind: "vector", codebookSize: 16 };

const row = (name: string, title: string, quantizer: JsonObject): JsonObject => ({
  name,
  title,
  model: "vq-vae",
  options: { quantizer },
});

/** The quantizers beside one another, 8 bits per position each. */
export const quantizersPreset: Preset = {
  about:
    "eleven quantizers of 8 bits per position, three seeds; about 20 minutes on one core for each data set",
  configuration: {
    models: [
      row("gradient", "VQ", { ...book, codebook: "gradient" }),
      row("ema", "VQ, EMA", book),
      row("cosine", "VQ, cosine", { ...book, distance: "cosine" }),
      row("rotation", "VQ, rotation", { ...book, estimator: "rotation" }),
      row("fsq", "FSQ 8x8x4, projected", {
        kind: "projected",
        quantizer: { kind: "fsq", levels: [8, 8, 4] },
        codeDim: 16,
      }),
      row("lfq", "LFQ, 8 bits", { kind: "binary", bits: 8 }),
      row("bsq", "BSQ, 8 bits", { kind: "binary", bits: 8, sphere: true }),
      row("sim-vq", "SimVQ", { kind: "sim-vq", codebookSize: 256, codeDim: 16 }),
      row("residual", "Residual, 2 of 16", {
        kind: "residual",
        parts: [
          { ...half, codeDim: 16 },
          { ...half, codeDim: 16 },
        ],
      }),
      row("product", "Product, 2 of 16", {
        kind: "product",
        parts: [
          { ...half, codeDim: 8 },
          { ...half, codeDim: 8 },
        ],
      }),
      row("gumbel", "Gumbel-softmax", { kind: "gumbel", codebookSize: 256, codeDim: 16 }),
    ],
    epochs: 20,
    seeds: [1, 2, 3],
    network: "conv",
    widths: [16, 32],
    batchSize: 128,
    learningRate: 2e-3,
    schedule: "constant",
    measures: ["bound", "reconstruction", "fidelity", "latents", "codes", "code-prior"],
    likelihood: "gaussian",
    likelihoodSamples: 1,
    // Small networks: as many processes as there are cores (`--workers`) are quicker than threads.
    threads: 1,
    // So few that eleven rows of three seeds, each with a prior of its own, stay within half an hour.
    trainExamples: 2000,
    testExamples: 1000,
  },
};

/** The same on sprites, which have little in common with clothes. */
export const quantizersSpritesPreset: Preset = {
  about: "the preset quantizers on generated sprites of 32x32",
  configuration: {
    ...quantizersPreset.configuration,
    dataset: "sprites",
    data: { size: 32, seed: 1 },
  },
};
