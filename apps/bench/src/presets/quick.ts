import type { Preset } from "./preset.ts";

/** Everything is exercised, nothing is converged. */
export const quickPreset: Preset = {
  about: "the default in under a minute: everything is exercised, nothing is converged",
  configuration: { epochs: 4, seeds: [1], likelihoodSamples: 16 },
};
