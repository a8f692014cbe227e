import type { Preset } from "./preset.ts";

/** What latents are drawn from: the prior, densities fitted afterwards, and priors that are trained along. */
export const samplersPreset: Preset = {
  about:
    "priors, and samplers that are fitted afterwards, by the Fréchet distance of what they draw",
  configuration: {
    models: [
      { name: "vae", model: "beta-vae", title: "VAE", options: { latent: 16 } },
      {
        name: "vamp",
        model: "beta-vae",
        title: "VAE, VampPrior",
        options: { latent: 16, prior: { kind: "vamp", components: 100 } },
      },
      {
        name: "flow",
        model: "beta-vae",
        title: "VAE, flow as prior",
        options: { latent: 16, prior: { kind: "flow" } },
      },
    ],
    likelihood: "gaussian",
    network: "mlp",
    widths: [400],
    epochs: 30,
    batchSize: 64,
    seeds: [1, 2, 3],
    measures: ["bound", "frechet", "samplers"],
  },
};
