import { exampleTerms } from "../model/exampleTerms.ts";
import type { ComputeOptions } from "../model/definition.ts";
import type { LatentModel } from "../model/latentModel.ts";
import type { Random } from "../random/random.ts";
import type { TrainingData } from "./trainingData.ts";

/** When and how to validate. */
interface ValidationOptions {
  /** The same at every epoch, so that epochs are compared on equal noise. */
  readonly random: Random;
  /** The step of scheduled scalars. */
  readonly step: number;
  readonly compute: ComputeOptions;
}

/** Means of all terms over the held-out examples with weights 1 and, where there is a rate, `elbo`. */
export async function validate(
  model: LatentModel,
  held: NonNullable<TrainingData["validation"]>,
  options: ValidationOptions,
): Promise<Record<string, number>> {
  const terms = await exampleTerms(model, held.examples, { indices: held.indices, ...options });
  const means = Object.fromEntries(
    Object.entries(terms).map(([name, values]) => [
      name,
      values.reduce((sum, value) => sum + value, 0) / values.length,
    ]),
  );
  const { rate } = model.scheme;
  if (rate === undefined) return means;
  return { elbo: -(means["distortion"] + means[rate]), ...means };
}

/** The figure that early stopping watches: the negative ELBO, or the distortion where there is no rate. */
export const watched = (validation: Readonly<Record<string, number>>): number =>
  Object.hasOwn(validation, "elbo") ? -validation["elbo"] : validation["distortion"];

/** What a line of progress shows of a validation. */
export function validationFigures(
  validation: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  if (validation === undefined) return {};
  const name = Object.hasOwn(validation, "elbo") ? "elbo" : "distortion";
  return { [`validation ${name}`]: validation[name] };
}
