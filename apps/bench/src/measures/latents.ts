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
      definition: "Entries of the codebook: the largest perplexity that there can be.",
      digits: 0,
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
    const limits = Object.values(model.levels).flatMap(({ codeSpec }) => codeSpec?.limit ?? []);
    const ceiling: Record<string, Estimate> =
      limits.length === 0
        ? {}
        : { perplexityCeiling: { mean: Math.max(...limits), standardError: NaN } };
    return { figures: { ...Object.fromEntries(own), ...ceiling } };
  },
};
