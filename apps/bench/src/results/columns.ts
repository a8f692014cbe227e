import type { SeedResult } from "./schema.ts";

/** One column of the table. */
export interface Column {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** What the number is, in a sentence or two. */
  readonly definition: string;
  /** Digits after the point. */
  readonly digits: number;
  /** The number of one seed; undefined where the model has none. */
  readonly value: (seed: SeedResult) => number | undefined;
}

const metric =
  (name: string) =>
  (seed: SeedResult): number | undefined =>
    seed.metrics[name]?.mean;

/** The table's columns from left to right. */
export const columns: readonly Column[] = [
  {
    key: "parameters",
    title: "Parameters",
    unit: "",
    definition: "Numbers that training changes, of encoder, decoder and codebook together.",
    digits: 0,
    value: (seed) => seed.parameters,
  },
  {
    key: "imagesPerSecond",
    title: "Images/s",
    unit: "",
    definition:
      "Training images that went through a step (forward, backward, update), per second of stepping. Compiling and validating do not count.",
    digits: 0,
    value: (seed) => seed.timing.imagesPerSecond,
  },
  {
    key: "elbo",
    title: "ELBO",
    unit: "nats",
    definition:
      "The evidence lower bound of held-out images, −(distortion + rate) with weights 1 whatever the model was trained with. Higher is better. A model without a prior has none.",
    digits: 2,
    value: metric("elbo"),
  },
  {
    key: "distortion",
    title: "Distortion",
    unit: "nats",
    definition:
      "−log p(x | z) of held-out images: summed over pixels, averaged over images. Lower is better.",
    digits: 2,
    value: metric("distortion"),
  },
  {
    key: "rate",
    title: "Rate",
    unit: "nats",
    definition:
      "KL(q(z | x) ‖ p(z)), what the latents of an image cost under the prior: summed over dimensions, averaged over held-out images.",
    digits: 2,
    value: metric("rate"),
  },
  {
    key: "nll",
    title: "NLL",
    unit: "nats",
    definition:
      "Negative log likelihood of held-out images by importance weighting with k draws from the posterior, an upper bound that tightens with k. Lower is better.",
    digits: 2,
    value: metric("nll"),
  },
  {
    key: "mse",
    title: "MSE",
    unit: "",
    definition:
      "Squared error of the reconstruction, averaged over pixels (in [0, 1]) and held-out images. Lower is better.",
    digits: 4,
    value: metric("mse"),
  },
  {
    key: "activeUnits",
    title: "Active units",
    unit: "",
    definition:
      "Latent dimensions whose posterior mean varies over held-out images with a variance above 0.01.",
    digits: 1,
    value: metric("activeUnits"),
  },
  {
    key: "perplexity",
    title: "Perplexity",
    unit: "codes",
    definition:
      "exp of the entropy of how often each code is used on held-out images: the number of codes in effective use.",
    digits: 1,
    value: metric("perplexity"),
  },
  {
    key: "seconds",
    title: "Time",
    unit: "s",
    definition: "Training, validation included, and held-out measurement of one seed.",
    digits: 1,
    value: (seed) => seed.timing.trainingSeconds + seed.timing.evaluationSeconds,
  },
];
