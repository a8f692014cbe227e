import { activeUnits, evaluate } from "@elbo/core";
import type { Estimate, LatentModel } from "@elbo/core";
import { ImportedModel } from "../imported/importedModel.ts";
import { isTrainedHere } from "./measuredModel.ts";
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
  suits: ({ model }) => isTrainedHere(model) || model instanceof ImportedModel,
  async measure({ model, data, seed }) {
    if (model instanceof ImportedModel)
      return { figures: { activeUnits: activeUnits(await model.preparedMeans(data.test, seed)) } };
    const evaluation: Readonly<Record<string, Estimate | undefined>> = await evaluate(
      model as LatentModel,
      data.test,
      { samples: 1, seed },
    );
    const own = Object.entries(evaluation).flatMap(([name, estimate]) =>
      estimate === undefined || boundFigures.includes(name) ? [] : [[name, estimate] as const],
    );
    return { figures: Object.fromEntries(own) };
  },
};
