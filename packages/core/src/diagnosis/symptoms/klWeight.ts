import { elboTerms, isRate } from "../../model/elbo.ts";
import { resolveSchedule } from "../../objective/schedule.ts";
import { exampleTerms } from "../../runner/terms.ts";
import { Random } from "../../random/random.ts";
import { sizeOf } from "../../shape.ts";
import type { ExaminedRun, Symptom } from "../symptom.ts";

/** A weight within this factor of the number of values, or of its inverse, is taken for it. */
const near = 2;

/** Examples of fewer values have weights near their number for other reasons. */
const fewestValues = 50;

/**
 * One of two terms is a mean over the values of an example and the other a sum, so that the weight of the KL divergence is off by their
 * number: either by the weights themselves, or since an objective's distortion is not `-log p(x|z)`.
 */
export const klWeight: Symptom = {
  async measure(run) {
    const { model } = run;
    const values = Object.values(model.example).reduce(
      (n, { column }) => n + sizeOf(column.shape),
      0,
    );
    const { weights = {} } = model.phases[0];
    const at = (name: string): number =>
      Object.hasOwn(weights, name) ? resolveSchedule(weights[name])(model.step) : 1;
    const terms = Object.keys(run.evaluation).filter(isRate);
    if (terms.length === 0 || values < fewestValues) return undefined;
    const highest = Math.max(...terms.map(at));
    return { values, weight: highest / at("distortion") / (await scaleOfDistortion(run)) };
  },
  judge({ values, weight }) {
    const isMany = weight >= values / near;
    const isFew = weight > 0 && weight <= near / values;
    if (!isMany && !isFew) return undefined;
    const shown = weight.toPrecision(2);
    return {
      severity: "wrong",
      evidence: isMany
        ? `one nat of the KL divergence weighs ${shown} times as much as one of -log p(x|z), and an example has ${values} values`
        : `one nat of the KL divergence weighs ${shown} of one of -log p(x|z), about 1 / ${values}, the number of values of an example`,
      advice: isMany
        ? "sum the reconstruction over all values of an example, as the KL divergence is summed over latents; with both as sums beta is 1 for a VAE"
        : "take sums over values and over latents alike, and the mean over examples only; with both as sums beta is 1 for a VAE (String(await ledger(model, data)) shows what a weight of means amounts to)",
    };
  },
};

/** What the objective's `distortion` is of the mean of `-log p(x|z)`: 1 where it is that, 1 / values where it is a mean over values. */
export async function scaleOfDistortion(run: ExaminedRun): Promise<number> {
  const { model, rows, compute, evaluation, seed } = run;
  if (model.objective.terms === elboTerms) return 1;
  const { terms } = await exampleTerms(model, rows, {
    indices: Int32Array.from({ length: rows.count }, (_, i) => i),
    random: new Random(seed).fork("klWeight"),
    step: model.step,
    compute,
  });
  const own = terms["distortion"] as Float64Array | undefined;
  if (own === undefined) return 1;
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
  const scale = mean / evaluation.distortion.mean;
  return scale > 0 && (scale < 1 / fewestValues || scale > fewestValues) ? scale : 1;
}
