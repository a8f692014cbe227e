import { betaVae } from "@elbo/beta-vae";
import { interpolations, priorSamples, traversals } from "../pictures/kinds.ts";
import type { ModelCase } from "./modelCase.ts";
import { withOptions } from "./network.ts";

/** The β-VAE, by default with β = 4. */
export const betaVaeCase: ModelCase = {
  name: "beta-vae",
  title: "β-VAE (β = {beta})",
  summary:
    "The same model with a rate that costs β times as much while training: fewer active dimensions, blurrier images, a latent space closer to the prior.",
  needsLabels: false,
  pictures: [priorSamples, interpolations, traversals],
  options: { latent: 16, beta: 4 },
  create: (setting, options) => betaVae(withOptions(setting, options)),
};
