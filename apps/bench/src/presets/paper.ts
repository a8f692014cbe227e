import type { Preset } from "./preset.ts";

/** The default's rows on all of Fashion-MNIST, long, over five seeds, with every measure that fits. */
export const paperPreset: Preset = {
  about: "the default's rows on all of fashion-mnist, five seeds of 50 epochs; hours",
  configuration: {
    dataset: "fashion-mnist",
    epochs: 50,
    seeds: [1, 2, 3, 4, 5],
    likelihoodSamples: 512,
    measures: ["bound", "reconstruction", "fidelity", "latents", "probe", "frechet"],
  },
};
