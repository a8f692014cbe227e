import type { Preset } from "./preset.ts";

/** How the settings that all rows of the default share were chosen: on the validation part, by the rows with the most and the least in common with others. */
export const defaultSearchPreset: Preset = {
  about:
    "the search that the default's widths, batch size and learning rate come from; half an hour",
  configuration: {
    models: ["vae", "vq-vae"],
    epochs: 20,
    seeds: [1],
    network: "conv",
    widths: {
      choices: [
        [16, 32],
        [32, 64],
      ],
    },
    batchSize: { choices: [64, 128] },
    learningRate: { choices: [1e-3, 2e-3, 4e-3] },
    schedule: { choices: ["constant", "cosine"] },
    halving: { epochs: 5, factor: 3 },
    measures: ["bound", "reconstruction", "latents"],
    likelihoodSamples: 16,
    threads: 1,
  },
};
