import { createSymptoms } from "./symptom.ts";
import type { Symptom } from "./symptom.ts";
import { divergence } from "./symptoms/divergence.ts";
import { explodingVariance } from "./symptoms/explodingVariance.ts";
import { greyBernoulli } from "./symptoms/greyBernoulli.ts";
import { klWeight } from "./symptoms/klWeight.ts";
import { learningRate } from "./symptoms/learningRate.ts";
import { overfitting } from "./symptoms/overfitting.ts";
import { posteriorCollapse } from "./symptoms/posteriorCollapse.ts";
import { unusedLatents } from "./symptoms/unusedLatents.ts";

/** All symptoms, in the order of a diagnosis: causes before what follows from them. */
export const symptoms = createSymptoms({
  divergence,
  "learning rate too high": learningRate,
  "KL weight off by the number of values": klWeight,
  "grey values under a Bernoulli": greyBernoulli,
  "posterior collapse": posteriorCollapse,
  "exploding variance": explodingVariance,
  "unused latents": unusedLatents,
  overfitting,
});

/**
 * Adds a symptom to those that `diagnose` looks for. Call it where what can show it is defined, so that whoever uses the one has the
 * other.
 *
 * @throws Error for a name that another symptom has
 */
export function registerSymptom(name: string, symptom: Symptom): void {
  symptoms.register(name, symptom);
}
