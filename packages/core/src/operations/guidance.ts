/** Guidance: samples that are led away from what they would be without their condition. */
import * as tf from "@tensorflow/tfjs-core";
import { rules } from "@elbo/common";
import type { Rule } from "@elbo/common";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { StepContext } from "../step/context.ts";

/** Where guidance leads: the latents that the prior gives, or the parameters of the likelihood (logits, means). */
export type GuidanceSpace = "latents" | "logits";

/** A strength, led in the space of the logits, or with the space. */
export type Guidance =
  number | { readonly strength: number; readonly space?: GuidanceSpace | undefined };

const strength = rules.number({ min: 0 });

/** {@link Guidance} as a rule. */
export const guidanceRule: Rule<Guidance> = rules.either(
  strength,
  rules.options({
    strength: { rule: strength },
    space: { rule: rules.oneOf<GuidanceSpace>(["latents", "logits"]), default: "logits" },
  }),
);

/** The feed that carries the strength. */
export const strengthFeed = "guidance_strength";

/** Guidance, checked: that there is a condition, and that the model can do without it. */
export function readGuidance(
  fn: string,
  { kind, condition }: LatentVariableModel,
  given: Guidance | undefined,
): { readonly strength: number; readonly space: GuidanceSpace } | undefined {
  if (given === undefined) return undefined;
  if (condition?.none === undefined) {
    throw new TypeError(
      `${fn}: guidance must be given to a model that was trained with and without its condition, got a ${kind} that ${condition === undefined ? "has none" : "always needs it (cvae: train with drop)"}`,
    );
  }
  const { strength: w, space = "logits" } = typeof given === "number" ? { strength: given } : given;
  return { strength: w, space };
}

/** The context without a condition. */
export function withoutCondition(
  { condition }: Pick<LatentVariableModel, "condition">,
  context: StepContext,
): StepContext {
  if (condition?.none === undefined) throw new Error("internal: guidance without a condition");
  return { ...context, condition: condition.none(context.batchSize) };
}

/** `none + strength (told - none)`: 0 is without the condition, 1 with it, more exaggerates what it changes. */
export const led = (told: tf.Tensor, none: tf.Tensor, by: tf.Tensor): tf.Tensor =>
  tf.add(none, tf.mul(by, tf.sub(told, none)));
