import { estimateOf } from "@elbo/core";
import type { Measure } from "./measure.ts";

/** The evidence lower bound, its two parts, and the importance-weighted bound, in nats per image. */
export const bound: Measure = {
  name: "bound",
  figures: [
    {
      key: "elbo",
      title: "ELBO",
      unit: "nats",
      definition:
        "The evidence lower bound of held-out images, −(distortion + rate) with weights 1 whatever the model was trained with. Higher is better. A model without a prior has none.",
      digits: 2,
      better: "higher",
    },
    {
      key: "distortion",
      title: "Distortion",
      unit: "nats",
      definition:
        "−log p(x | z) of held-out images: summed over pixels, averaged over images. Lower is better.",
      digits: 2,
      better: "lower",
    },
    {
      key: "rate",
      title: "Rate",
      unit: "nats",
      definition:
        "KL(q(z | x) ‖ p(z)), what the latents of an image cost under the prior: summed over dimensions, averaged over held-out images.",
      digits: 2,
    },
    {
      key: "nll",
      title: "NLL",
      unit: "nats",
      definition:
        "Negative log likelihood of held-out images by importance weighting with k draws from the posterior, an upper bound that tightens with k. Lower is better.",
      digits: 2,
      better: "lower",
    },
  ],
  suits: () => true,
  async measure({ model, data, samples, seed }) {
    const scores = await model.score(data.test, { samples, seed });
    const { distortion, rate, elbo, logLikelihood } = scores;
    const examples: Record<string, Float64Array> = {
      distortion,
      ...(rate && { rate }),
      ...(elbo && { elbo }),
      ...(logLikelihood && { nll: logLikelihood.map((value) => -value) }),
    };
    const figures = Object.fromEntries(
      Object.entries(examples).map(([key, values]) => [key, estimateOf(values)]),
    );
    return { figures, examples };
  },
};
