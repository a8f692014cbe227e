import {
  decompose,
  disentanglement as allScores,
  hintonCells,
  latentTraversal,
  traversalFrames,
} from "@elbo/beta-vae";
import { encodeAnimation } from "../pictures/animation.ts";
import type { Disentanglement } from "@elbo/beta-vae";
import type { Estimate } from "@elbo/core";
import type { DrawnPicture } from "../pictures/picture.ts";
import { isTrainedHere } from "./measuredModel.ts";
import type { Figure, Measure, MeasureContext, Outcome } from "./measure.ts";
import type { MeasuredModel } from "./measuredModel.ts";

type Score = Exclude<keyof Disentanglement, "tables">;

const score = (
  key: Score,
  title: string,
  definition: string,
): Figure & { readonly key: Score } => ({
  key,
  title,
  unit: "",
  definition,
  digits: 3,
  better: "higher",
});

/** The scores that get a column; the others are stored. */
const scores = [
  score(
    "mutualInformationGap",
    "MIG",
    "Mutual information gap of mean latents of held-out images in 20 bins: best code minus second best, over the factor's entropy, averaged over factors.",
  ),
  score(
    "dciDisentanglement",
    "DCI-D",
    "Whether a code matters for one factor only, by the importances of boosted trees that predict the factors of held-out images.",
  ),
  score(
    "factorVaeScore",
    "FactorVAE score",
    "How often the code that varies least over images that share a factor tells which factor that is.",
  ),
  score(
    "infoModularity",
    "InfoM",
    "Whether active codes have information about one factor only, by nearest neighbours.",
  ),
];

const totalCorrelation: Figure = {
  key: "aggregateTotalCorrelation",
  title: "TC",
  unit: "nats",
  definition:
    "KL(q(z) ‖ ∏ q(z_d)) of the aggregated posterior of the training images, from 1,000 draws. Lower is better.",
  digits: 3,
  better: "lower",
};

const exact = (mean: number): Estimate => ({ mean, standardError: NaN });

/** How far latents follow the factors that made the images, and what each latent does. */
export const disentanglement: Measure = {
  name: "disentanglement",
  ofTrained: "latents by nats",
  figures: [...scores, totalCorrelation],
  suits({ model, data }) {
    const [level, ...others] = Object.values(model.levels);
    const isVector = others.length === 0 && level.latent.length === 1;
    return isVector && level.codeSpec === undefined && data.test.factors !== undefined;
  },
  async measure(context) {
    const { model, data, seed, shared } = context;
    const { test } = data;
    const factors = test.factors ?? new Int32Array(0);
    const [count] = test.shape;
    const codes = await shared.codes("test");
    const shape = [count, factors.length / count];
    const { tables, ...figures } = await allScores(
      { codes, factors: { data: factors, shape } },
      { seed },
    );
    const parts = isStandardGaussian(model)
      ? await decompose(await model.posterior(data.train, { draws: 1, seed }), {
          draws: Math.min(1000, data.train.shape[0]),
        })
      : undefined;
    return {
      figures: {
        ...Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, exact(value)])),
        ...(parts && {
          aggregateTotalCorrelation: parts.totalCorrelation,
          aggregateInformation: parts.mutualInformation,
          aggregateDimensionWise: parts.dimensionWise,
        }),
      },
      ...(await shown(context, tables)),
    };
  },
};

function isStandardGaussian({ levels }: MeasuredModel): boolean {
  const [{ kind, options, priorIsLearned = false }] = Object.values(levels);
  return kind === "gaussian" && !priorIsLearned && options?.["prior"] === "gaussian";
}

/** Pictures of the tables and of the latents, where examples can be shown. */
async function shown(
  { model, data, seed }: MeasureContext,
  { importances, information }: Disentanglement["tables"],
): Promise<Pick<Outcome, "pictures" | "files">> {
  const { factorNames = importances[0].map((_, k) => `factor ${k}`), image } = data;
  const rows = importances.map((_, j) => `z${j}`);
  const table = (
    kind: string,
    heading: string,
    { cells, text }: { readonly cells: typeof importances; readonly text: string },
  ): DrawnPicture => ({
    kind,
    heading,
    text,
    columns: cells[0].length,
    caption: `Columns: ${factorNames.join(", ")}; a row for each latent dimension. The area of a square is the entry's share of the largest.`,
    alt: `a table of white squares on black, a row for each latent dimension, a column for each factor.`,
    rows,
    images: hintonCells(cells, { size: image[0] }),
  });
  const pictures = [
    table("importances", "Importances of latents for factors", {
      cells: importances,
      text: "What boosted trees look at when they predict a factor from all latents (DCI).",
    }),
    table("information", "Mutual information of latents and factors", {
      cells: information,
      text: "What one latent, in 20 bins, tells about one factor, in nats.",
    }),
  ];
  if (!isTrainedHere(model) || !isStandardGaussian(model)) return { pictures };
  const traversal = await latentTraversal(model, data.test, { seed });
  const { images, dimensions, nats } = traversal;
  const steps = images.shape[1];
  return {
    pictures: [
      ...pictures,
      {
        kind: "latents-by-nats",
        heading: "Latents by what they cost",
        text: "What each latent dimension does to one image, those with the largest divergence from the prior first.",
        columns: steps,
        caption: `The first held-out image with one latent dimension at a time moved over ${steps} quantiles of its aggregated posterior, from 2.5 % to 97.5 %; the mean divergence in nats beside each row. The same as a film: latents-by-nats.gif in the trial's folder.`,
        alt: "rows of images, each row changing as one latent dimension grows.",
        rows: dimensions.map((d, i) => `z${d}, ${nats[i].toFixed(2)} nats`),
        images: { data: images.data, shape: [images.shape[0] * steps, ...images.shape.slice(2)] },
      },
    ],
    files: { "latents-by-nats.gif": await encodeAnimation(traversalFrames(traversal)) },
  };
}
