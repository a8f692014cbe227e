import {
  computeOf,
  computeOptions,
  createCodePrior,
  type CodePriorDefinition,
  type JsonObject,
  type LearnedCodePrior,
} from "@elbo/core";
import type { CodesOptions } from "./codeGrid.ts";

/** The checked options of a prior: what every one has, and whatever else its factory needs to make it again. */
export interface PriorValues extends CodesOptions {
  readonly seed?: number;
  readonly [option: string]: unknown;
}

/** What a prior is made of. */
export type PriorParts = Pick<
  CodePriorDefinition,
  "kind" | "given" | "variables" | "logits" | "stepwise"
>;

/** A prior that keeps its options as JSON, without those that are undefined and without how it computes. */
export function priorOf(values: PriorValues, parts: PriorParts): LearnedCodePrior {
  const { positions, codebookSize, seed = 0 } = values;
  const own = Object.entries(values).filter(([name]) => !Object.hasOwn(computeOptions, name));
  return createCodePrior({
    ...parts,
    options: JSON.parse(JSON.stringify(Object.fromEntries(own))) as JsonObject,
    positions,
    codebookSize,
    seed,
    compute: computeOf(values),
  });
}
