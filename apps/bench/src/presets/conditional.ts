import type { Preset } from "./preset.ts";

/** What being told the class is worth, and how it is best told. */
export const conditionalPreset: Preset = {
  about: "ways to tell a model the class, beside one that is not told; some minutes",
  configuration: {
    models: [
      // Its latents are 8, as those of the others.
      "vae",
      { model: "cvae", title: "CVAE", options: { latent: 8 } },
      {
        model: "cvae",
        name: "cvae-standard",
        title: "CVAE, prior N(0, I)",
        options: { latent: 8, prior: "standard" },
      },
      {
        model: "cvae",
        name: "cvae-film",
        title: "CVAE, FiLM",
        options: { latent: 8, inject: "film" },
      },
    ],
    seeds: [1, 2, 3],
    measures: ["bound", "reconstruction", "fidelity", "latents", "probe", "frechet"],
  },
};
