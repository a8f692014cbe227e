import { autoencoderCase } from "./autoencoder.ts";
import { betaVaeCase } from "./betaVae.ts";
import { cvaeCase } from "./cvae.ts";
import { vaeCase } from "./vae.ts";
import { vqVaeCase } from "./vqVae.ts";
import type { ModelCase } from "./modelCase.ts";

/** Every model that the bench can compare, in the order of the table. A new model is a file beside this one and a row here. */
export const modelCases: readonly ModelCase[] = [
  autoencoderCase,
  vaeCase,
  betaVaeCase,
  cvaeCase,
  vqVaeCase,
];
