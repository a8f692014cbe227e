import type { Preset } from "./preset.ts";

const latent = 8;

/** What runs when nothing is said: one row of every family, complete, so that other presets need only say what they change. */
export const defaultPreset: Preset = {
  about: "one row of every family on fashion-mini",
  configuration: {
    dataset: "fashion-mini",
    models: [
      { model: "autoencoder", title: "Autoencoder", options: { latent } },
      {
        name: "vae",
        model: "beta-vae",
        title: "VAE (β = 1)",
        summary:
          "A Gaussian latent under a standard normal prior, trained on the evidence lower bound itself: distortion and rate weigh the same.",
        options: { latent, beta: 1 },
      },
      {
        model: "beta-vae",
        title: "β-VAE (β = 4)",
        summary: "The same model, trained with a rate that costs β times as much.",
        options: { latent, beta: 4 },
      },
      { model: "cvae", title: "CVAE", options: { latent } },
      // One halving less than the others: its codes lie on maps of 7x7.
      {
        model: "vq-vae",
        title: "VQ-VAE",
        options: {
          network: { kind: "conv", widths: [32, 64] },
          quantizer: { kind: "vector", codebookSize: 512, codeDim: 16 },
        },
      },
    ],
    epochs: 11,
    seeds: [1, 2],
    measures: ["bound", "reconstruction", "latents"],
    trainExamples: "all",
    testExamples: "all",
    // Likelihood, latents, networks, batch size and learning rate as recorded/default-search.md found them, as large as the report's page has room for.
    network: { kind: "conv", widths: [32, 64, 64], hidden: [128] },
    widths: [32, 64],
    batchSize: 32,
    learningRate: 2e-3,
    schedule: "cosine",
    likelihood: "grey-bernoulli",
    likelihoodSamples: 64,
    engine: "auto",
    threads: "auto",
    search: { method: "grid" },
  },
};
