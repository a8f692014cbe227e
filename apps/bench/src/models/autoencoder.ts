import { autoencoder } from "@elbo/beta-vae";
import { interpolations } from "../pictures/kinds.ts";
import type { ModelCase } from "./modelCase.ts";
import { withOptions } from "./network.ts";

/** The plain autoencoder: no noise, no penalty, no prior. */
export const autoencoderCase: ModelCase = {
  name: "autoencoder",
  title: "Autoencoder",
  summary:
    "The baseline without noise, penalty and prior: it only learns to give back what it is shown. It gives no bound on the likelihood and cannot draw new images.",
  needsLabels: false,
  pictures: [interpolations],
  options: { latent: 16 },
  create: (setting, options) => autoencoder(withOptions(setting, options)),
};
