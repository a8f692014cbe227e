import { vqVae } from "@elbo/vq-vae";
import { codeGrids, interpolations } from "../pictures/kinds.ts";
import type { ModelCase } from "./modelCase.ts";
import { withOptions } from "./network.ts";

/** The vector-quantized autoencoder with a codebook moved by averages. */
export const vqVaeCase: ModelCase = {
  name: "vq-vae",
  title: "VQ-VAE",
  summary:
    "Latents are a grid of entries of one learned codebook. Its rate is the constant cost of naming each entry under a uniform prior, so its bound is far below what a learned prior over codes would give; without one it cannot draw new images.",
  needsLabels: false,
  pictures: [interpolations, codeGrids],
  options: { codebookSize: 128, codeDim: 16 },
  create: (setting, options) => vqVae(withOptions(setting, options)),
};
