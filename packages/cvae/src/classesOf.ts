import { describeValue, type BoundFigure, type LatentModel, type NdArray } from "@elbo/core";
import { assertKind } from "./assertKind.ts";

/**
 * The number of classes of a model's label.
 *
 * @param alone whether the label must be all that the model is told
 * @throws TypeError for a model without a class label, or with further columns where it must be alone
 */
export function classesOf(
  fn: string,
  model: LatentModel<NdArray, BoundFigure>,
  alone = false,
): number {
  assertKind({ fn, name: "model" }, model, ["cvae", "semi-supervised"]);
  const { columns = {}, classes } = (model.condition?.options ?? {}) as {
    readonly columns?: Readonly<Record<string, { readonly classes?: number }>>;
    readonly classes?: number;
  };
  const names = Object.keys(columns);
  const found = names.includes("label") ? columns["label"].classes : classes;
  if (found !== undefined && !(alone && names.length > 1)) return found;
  throw new TypeError(
    `${fn}: model must have a class label ${alone ? "as its only condition" : "among its conditions"}, got a ${model.kind} with ${describeValue(names.join(", "))}`,
  );
}
