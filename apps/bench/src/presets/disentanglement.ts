import type { JsonObject } from "@elbo/core";
import type { Preset } from "./preset.ts";

const row = (name: string, title: string, options: JsonObject): JsonObject => ({
  model: "beta-vae",
  name,
  title,
  options: { latent: 10, ...options },
});

const network = { kind: "conv", widths: [32, 32, 32], hidden: [256, 256] };

const betaTcvae = (beta: number): JsonObject =>
  row(`tc${beta}`, `β-TCVAE (β = ${beta})`, {
    network,
    objective: { kind: "beta-tcvae", options: { beta } },
  });

const factorVae = (gamma: number): JsonObject =>
  row(`factor${gamma}`, `FactorVAE (γ = ${gamma})`, {
    network,
    objective: {
      kind: "factor-vae",
      options: { latent: 10, gamma, hidden: [256, 256, 256], learningRate: 1e-3 },
    },
  });

/** Objective x weight x seeds, as studies of disentanglement show them: Burgess' network on small sprites. */
export const disentanglementPreset: Preset = {
  about: "objective × weight × seeds on sprites of 32x32 with Burgess' network, about an hour",
  configuration: {
    dataset: "sprites",
    data: { size: 32, count: 20_000, seed: 1 },
    models: [
      ...[1, 2, 4, 8].map((beta) => row(`beta${beta}`, `β-VAE (β = ${beta})`, { beta, network })),
      ...[2, 4, 8].map(betaTcvae),
      ...[5, 20].map(factorVae),
    ],
    measures: ["bound", "reconstruction", "latents", "disentanglement"],
    seeds: [1, 2, 3],
    epochs: 8,
    network: "conv",
    widths: [16, 32],
    batchSize: 64,
    learningRate: 1e-3,
    schedule: "constant",
    likelihood: "grey-bernoulli",
    likelihoodSamples: 16,
  },
};
