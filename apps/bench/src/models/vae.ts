import { betaVae } from "@elbo/beta-vae";
import { interpolations, priorSamples, traversals } from "../pictures/kinds.ts";
import type { ModelCase } from "./modelCase.ts";
import { withOptions } from "./network.ts";

/** The plain variational autoencoder, β = 1. */
export const vaeCase: ModelCase = {
  name: "vae",
  title: "VAE (β = {beta})",
  summary:
    "A Gaussian latent under a standard normal prior, trained on the evidence lower bound itself: distortion and rate weigh the same.",
  needsLabels: false,
  pictures: [priorSamples, interpolations, traversals],
  options: { latent: 16, beta: 1 },
  create: (setting, options) => betaVae(withOptions(setting, options)),
};
