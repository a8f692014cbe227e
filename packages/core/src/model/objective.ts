import type { Phase } from "../step/trainable.ts";
import type { Part, Schedules } from "../step/part.ts";
import type { StepContext } from "../step/context.ts";
import type { Terms } from "../step/terms.ts";
import type { Operations, Pass } from "./operations.ts";

/**
 * What a latent model is trained for: named terms in nats, weights kept apart.
 *
 * An objective may draw several latents per example, bring networks (a discriminator), noise of its own, and phases that
 * train its networks.
 */
export interface Objective extends Part {
  /** Latents per example, default 1. */
  readonly draws?: number;
  /** Weights of the terms, default 1 each. */
  readonly weights?: Schedules;
  terms(model: Operations, pass: Pass, context: StepContext): Terms;
  /** Further phases; the variables that they train are not trained by the model's own. */
  phases?(model: Operations): readonly Phase<Pass>[];
}
