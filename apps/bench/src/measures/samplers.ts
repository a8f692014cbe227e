import {
  aggregatedPosterior,
  frechetDistance,
  gaussianMixture,
  normalizingFlow,
  precisionRecall,
  train,
} from "@elbo/core";
import type { Estimate, LatentModel, NdArray, NormalizingFlow, Prior } from "@elbo/core";
import { toUnit } from "../data/benchData.ts";
import { isJudged, judgeOf } from "./referenceClassifier.ts";
import { isTrainedHere } from "./measuredModel.ts";
import type { Figure, Measure, MeasureContext } from "./measure.ts";

/** Draws of the aggregated posterior that a density is fitted to. */
const draws = 10_000;
const components = 20;
const flowSteps = 2000;

const figure = (key: string, title: string, what: string): Figure => ({
  key,
  title,
  unit: "",
  definition: `The Fréchet distance of the column "Fréchet, samples", of latents drawn from ${what} in the place of the model's prior. Lower is better.`,
  digits: 2,
  better: "lower",
});

/** What is drawn from densities that are fitted to the latents of the training images afterwards. */
export const samplers: Measure = {
  name: "samplers",
  ofTrained: "samplers",
  figures: [
    figure("frechetMixture", "Fréchet, mixture", `a mixture of ${components} Gaussians`),
    figure("frechetFlow", "Fréchet, flow", "a normalizing flow (RealNVP)"),
    figure("frechetAggregated", "Fréchet, aggregated", "the posteriors of training images"),
  ],
  suits: (subject) => {
    const { model } = subject;
    const levels = Object.values(model.levels);
    const isVector = levels.length === 1 && levels[0].latent.length === 1;
    const isFloat = levels[0].codeSpec === undefined;
    return (
      isJudged(subject) &&
      isTrainedHere(model) &&
      isVector &&
      isFloat &&
      levels[0].latent[0] > 1 &&
      model.condition === undefined
    );
  },
  async measure(context) {
    const { model, data, seed } = context;
    const priors = await fitted(context);
    const judge = await judgeOf(context);
    try {
      const real = await judge.features(toUnit(data.test));
      const figures: Record<string, Estimate> = {};
      for (const [name, prior] of Object.entries(priors)) {
        const drawn = await model.sample(data.test.shape[0], { prior, seed });
        const found: NdArray = await judge.features(drawn);
        const { precision, recall } = precisionRecall(real, found);
        const distance = frechetDistance(real, found);
        figures[`frechet${name}`] = { mean: distance, standardError: NaN };
        figures[`precision${name}`] = precision;
        figures[`recall${name}`] = recall;
      }
      return { figures };
    } finally {
      await judge.dispose();
      priors.Flow.dispose();
    }
  },
};

type Fitted = Readonly<Record<"Mixture" | "Aggregated", Prior>> & {
  readonly Flow: NormalizingFlow;
};

/** The densities; who holds them disposes of the flow. */
async function fitted({ model, data, seed }: MeasureContext): Promise<Fitted> {
  const aggregated = await aggregatedPosterior(model as LatentModel, data.train);
  const codes = await aggregated.sample(draws, { seed });
  const flow = normalizingFlow({ size: codes.shape[1], seed });
  await train(flow, codes, { steps: flowSteps, seed, validation: 0, progress: "silent" });
  return {
    Mixture: gaussianMixture(codes, { components, seed }),
    Flow: flow,
    Aggregated: aggregated,
  };
}
