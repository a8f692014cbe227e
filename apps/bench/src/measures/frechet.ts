import { frechetDistance, precisionRecall } from "@elbo/core";
import { toUnit } from "../data/benchData.ts";
import { hasPrior } from "../pictures/material.ts";
import { isJudged, judgeOf } from "./referenceClassifier.ts";
import type { Estimate, NdArray } from "@elbo/core";
import type { Measure } from "./measure.ts";

const groups = 10;

/** How far generated images are from real ones, in the features of a classifier of the same data or of a given model. */
export const frechet: Measure = {
  name: "frechet",
  figures: [
    {
      key: "frechetSamples",
      title: "Fréchet, samples",
      unit: "",
      definition:
        "Fréchet distance between as many samples from the prior as there are held-out images and those images, in the last hidden layer of a classifier trained on the same training images, or the output of an ONNX model given (compare in this table only). Lower is better.",
      digits: 2,
      better: "lower",
    },
    {
      key: "frechetReconstructions",
      title: "Fréchet, reconstructions",
      unit: "",
      definition: "The same between reconstructions and held-out images. Lower is better.",
      digits: 2,
      better: "lower",
    },
    {
      key: "precision",
      title: "Precision",
      unit: "",
      definition:
        "Share of samples that lie among held-out images in those features (Kynkäänniemi et al. 2019): how many look real. Higher is better.",
      digits: 3,
      better: "higher",
    },
    {
      key: "recall",
      title: "Recall",
      unit: "",
      definition:
        "Share of held-out images that lie among samples in those features: how much of the data is drawn at all. Higher is better.",
      digits: 3,
      better: "higher",
    },
    {
      key: "density",
      title: "Density",
      unit: "",
      definition:
        "How many neighbourhoods of held-out images a sample lies in, over what is expected of held-out images (Naeem et al. 2020): unlike precision not fooled by outliers, 1 for equal distributions. Higher is better.",
      digits: 3,
      better: "higher",
    },
    {
      key: "coverage",
      title: "Coverage",
      unit: "",
      definition:
        "Share of held-out images in whose neighbourhood a sample lies, in those features. Higher is better.",
      digits: 3,
      better: "higher",
    },
  ],
  suits: isJudged,
  async measure({ model, data, shared, cache, features }) {
    const judge = await judgeOf({ data, cache, features });
    try {
      const real = await judge.features(toUnit(data.test));
      const back = await judge.features(await shared.reconstructions());
      const figures: Record<string, Estimate> = { frechetReconstructions: distance(back, real) };
      if (!hasPrior(model)) return { figures };
      const drawn = await judge.features(await shared.samples(data.test.shape[0]));
      return {
        figures: {
          ...figures,
          frechetSamples: distance(drawn, real),
          ...precisionRecall(real, drawn),
        },
      };
    } finally {
      await judge.dispose();
    }
  },
};

/** The distance, with its standard error by the jackknife over ten groups of pairs left out in turn. */
function distance(a: NdArray, b: NdArray): Estimate {
  const mean = frechetDistance(a, b);
  const without = Array.from({ length: groups }, (_, left) =>
    frechetDistance(leaveOut(a, left), leaveOut(b, left)),
  );
  const middle = without.reduce((sum, value) => sum + value, 0) / groups;
  const squares = without.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return { mean, standardError: Math.sqrt(((groups - 1) / groups) * squares) };
}

/** `[n, F]` without the rows whose number modulo the count of groups is `left`. */
function leaveOut({ data, shape }: NdArray, left: number): NdArray<Float32Array> {
  const [count, width] = shape;
  const kept = Array.from({ length: count }, (_, row) => row).filter(
    (row) => row % groups !== left,
  );
  const rows = new Float32Array(kept.length * width);
  kept.forEach((from, to) => {
    for (let i = 0; i < width; i++) rows[to * width + i] = data[from * width + i];
  });
  return { data: rows, shape: [kept.length, width] };
}
