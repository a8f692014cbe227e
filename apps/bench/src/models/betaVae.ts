import { betaVae } from "@elbo/beta-vae";
import { interpolations, priorSamples, traversals } from "../pictures/kinds.ts";
import type { ModelCase } from "./modelCase.ts";
import { sharedOptions } from "./network.ts";

/** The β-VAE with β = 4. */
export const betaVaeCase: ModelCase = {
  name: "beta-vae",
  title: "β-VAE (β = 4)",
  summary:
    "The same model with a rate that costs four times as much while training: fewer active dimensions, blurrier images, a latent space closer to the prior.",
  needsLabels: false,
  pictures: [priorSamples, interpolations, traversals],
  create: (setting) =>
    betaVae({ ...sharedOptions(setting), latent: setting.protocol.latent, beta: 4 }),
};
