import type { Preset } from "./preset.ts";

/** What runs when nothing is said: one row of every family, complete, so that other presets need only say what they change. */
export const defaultPreset: Preset = {
  about: "one row of every family on fashion-mini",
  configuration: {
    dataset: "fashion-mini",
    models: [
      { model: "autoencoder", title: "Autoencoder" },
      {
        name: "vae",
        model: "beta-vae",
        title: "VAE (β = 1)",
        summary:
          "A Gaussian latent under a standard normal prior, trained on the evidence lower bound itself: distortion and rate weigh the same.",
        options: { beta: 1 },
      },
      {
        model: "beta-vae",
        title: "β-VAE (β = 4)",
        summary: "The same model, trained with a rate that costs β times as much.",
        options: { beta: 4 },
      },
      { model: "cvae", title: "CVAE" },
      { model: "vq-vae", title: "VQ-VAE" },
    ],
    epochs: 10,
    seeds: [1, 2],
    measures: ["bound", "reconstruction", "latents"],
    trainExamples: "all",
    testExamples: "all",
    // Widths, batch size and learning rate by the preset default-search; hidden layers of 64, so that the report's page has room for all decoders.
    network: { kind: "conv", widths: [32, 64], hidden: [64] },
    widths: [32, 64],
    batchSize: 64,
    learningRate: 2e-3,
    schedule: "cosine",
    likelihood: "bernoulli",
    likelihoodSamples: 64,
    engine: "auto",
    threads: "auto",
    search: { method: "grid" },
  },
};
