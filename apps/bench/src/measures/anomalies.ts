import { anomalyDetector, auroc } from "@elbo/core";
import { pick, spreadIndices } from "../data/pick.ts";
import type { AnomalyScore } from "@elbo/core";
import type { BenchData } from "../data/benchData.ts";
import { isTrainedHere } from "./measuredModel.ts";
import type { Figure, Measure, MeasureContext } from "./measure.ts";
import type { MeasuredModel } from "./measuredModel.ts";

interface Scored {
  readonly score: AnomalyScore;
  readonly figure: Figure;
  /** Whether the model has what it takes. */
  readonly suits: (model: MeasuredModel) => boolean;
}

/** Whether a Gaussian can be fitted to the latents, which the detector does with networks at hand. */
const isVector = (model: MeasuredModel): boolean => {
  const levels = Object.values(model.levels);
  return isTrainedHere(model) && levels.length === 1 && levels[0].latent.length === 1;
};

const hasDensities = ({ levels }: MeasuredModel): boolean =>
  Object.values(levels).every((level) => level.logRatio !== undefined);

const area =
  "Area under the ROC curve of held-out images, those of classes that training did not see as positives, by";

const figureOf = (key: string, title: string, by: string): Figure => ({
  key,
  title: `AUROC, ${title}`,
  unit: "",
  definition: `${area} ${by}. Higher is better.`,
  digits: 3,
  better: "higher",
});

const scored: readonly Scored[] = [
  {
    score: "likelihood",
    figure: figureOf("aurocLikelihood", "likelihood", "−log p(x) of 16 draws"),
    suits: hasDensities,
  },
  {
    score: "distortion",
    figure: figureOf("aurocDistortion", "distortion", "−log p(x | z)"),
    suits: () => true,
  },
  {
    score: "mahalanobis",
    figure: figureOf(
      "aurocMahalanobis",
      "Mahalanobis",
      "the distance of their mean latents from those of training images",
    ),
    suits: isVector,
  },
];

/** Which test images are of classes that training did not see; none where all are normal. */
const marksOf = ({ test, normal }: BenchData): boolean[] =>
  normal === undefined ? [] : Array.from(test.labels ?? [], (label) => !normal.includes(label));

/** Normal examples that a Gaussian of the latents is fitted to (half of them), at most. */
const mostNormal = 1000;

/** How well images of classes that training did not see are told from others. */
export const anomalies: Measure = {
  name: "anomalies",
  ofTrained: "the Mahalanobis distance",
  figures: scored.map(({ figure }) => figure),
  suits: ({ model, data }) => model.condition === undefined && new Set(marksOf(data)).size === 2,
  async measure(context) {
    const { model, data } = context;
    const figures = [];
    for (const { score, figure } of scored.filter(({ suits }) => suits(model)))
      figures.push([figure.key, auroc(await scoresOf(score, context), marksOf(data))] as const);
    return { figures: Object.fromEntries(figures) };
  },
};

/** Draws of an example, as many as a detector takes. */
const draws = 16;

/** One number for each held-out image, high for anomalies. */
async function scoresOf(
  score: AnomalyScore,
  { model, data, seed }: MeasureContext,
): Promise<Float64Array> {
  const { train, test } = data;
  if (isTrainedHere(model)) {
    const known = pick(train, spreadIndices(train.shape[0], mostNormal));
    const detector = await anomalyDetector(model, known, { score, seed, samples: draws });
    return (await detector.detect(test)).scores;
  }
  const { distortion, logLikelihood } = await model.score(test, { samples: draws, seed });
  if (score === "distortion" || logLikelihood === undefined) return distortion;
  return logLikelihood.map((value) => -value);
}
