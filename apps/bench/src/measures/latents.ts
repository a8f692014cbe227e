import { evaluate } from "@elbo/core";
import type { Estimate } from "@elbo/core";
import type { Measure } from "./measure.ts";

const boundFigures = ["elbo", "distortion", "rate", "nll", "mse"];

/** How much of the latents is in use. */
export const latents: Measure = {
  name: "latents",
  figures: [
    {
      key: "activeUnits",
      title: "Active units",
      unit: "",
      definition:
        "Latent dimensions whose posterior mean varies over held-out images with a variance above 0.01.",
      digits: 1,
    },
    {
      key: "perplexity",
      title: "Perplexity",
      unit: "codes",
      definition:
        "exp of the entropy of how often each code is used on held-out images: the number of codes in effective use.",
      digits: 1,
    },
    {
      key: "perplexityCeiling",
      title: "Ceiling",
      unit: "codes",
      definition:
        "The perplexity that as many tokens would show if all codes were equally likely: the largest that can be expected, below the number of codes.",
      digits: 1,
    },
  ],
  suits: () => true,
  async measure({ model, data, seed }) {
    const evaluation: Readonly<Record<string, Estimate | undefined>> = await evaluate(
      model,
      data.test,
      { samples: 1, seed },
    );
    const own = Object.entries(evaluation).flatMap(([name, estimate]) =>
      estimate === undefined || boundFigures.includes(name) ? [] : [[name, estimate] as const],
    );
    return { figures: Object.fromEntries(own) };
  },
};
