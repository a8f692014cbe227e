import type { JsonObject } from "@elbo/core";
import type { Preset } from "./preset.ts";

const grey = { kind: "bernoulli", binarize: "none" };
const binarized = { kind: "bernoulli", binarize: "dynamic" };

const conv = (widths: readonly number[], hidden: number): JsonObject => ({
  kind: "conv",
  widths,
  hidden: [hidden],
});
const network = conv([32, 64, 64], 128);

const vae = (name: string, options: JsonObject): JsonObject => ({
  model: "beta-vae",
  name,
  options: { beta: 1, network, likelihood: grey, latent: 16, ...options },
});

/** How the default's likelihood, networks and latents were chosen: one at a time around what was taken, never by the test images. */
export const defaultSearchPreset: Preset = {
  about:
    "the search that the default's likelihood, networks and latents come from, on training images held out; a quarter of an hour",
  configuration: {
    heldOut: "train",
    models: [
      vae("vae-likelihood", {
        likelihood: {
          choices: [
            grey,
            binarized,
            { kind: "gaussian" },
            { kind: "gaussian", scale: 0.3 },
            { kind: "discretized-logistic" },
          ],
        },
      }),
      {
        model: "vq-vae",
        name: "vq-vae-likelihood",
        options: {
          network: { kind: "conv", widths: [32, 64] },
          likelihood: { choices: [grey, binarized, { kind: "gaussian" }] },
        },
      },
      vae("vae-network", {
        network: {
          choices: [
            conv([32, 64], 64),
            conv([32, 64], 128),
            conv([32, 64, 64], 64),
            conv([32, 64, 64], 256),
            conv([32, 64, 128], 256),
          ],
        },
      }),
      vae("vae-latent", { latent: { choices: [8, 12, 32] } }),
    ],
    epochs: 15,
    batchSize: 64,
    seeds: [1],
    measures: ["bound", "reconstruction", "fidelity", "latents", "frechet"],
    likelihoodSamples: 16,
  },
};
