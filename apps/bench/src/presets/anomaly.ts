import type { JsonObject } from "@elbo/core";
import type { Preset } from "./preset.ts";

/** Fixed, since a free one shrinks around the few training images and takes the others' likelihood away. */
const likelihood = { kind: "gaussian", scale: 0.2 };

const row = (model: string, name: string, title: string, options: JsonObject): JsonObject => ({
  model,
  name,
  title,
  options: { likelihood, ...options },
});

/** How well models that have seen one class only tell the others. */
export const anomalyPreset: Preset = {
  about: "trained on one class of fashion-mini only, how well the nine others are told; minutes",
  configuration: {
    normal: [0],
    models: [
      row("autoencoder", "autoencoder", "Autoencoder", { latent: 8 }),
      row("beta-vae", "vae", "VAE", { latent: 8, beta: 1 }),
      row("beta-vae", "beta-vae", "β-VAE (β = 4)", { latent: 8, beta: 4 }),
      row("vq-vae", "vq-vae", "VQ-VAE", {}),
    ],
    network: { kind: "conv", widths: [32, 64], hidden: [64] },
    // 450 images of the class: 1400 steps.
    epochs: 200,
    batchSize: 64,
    seeds: [1, 2, 3],
    measures: ["anomalies"],
  },
};
