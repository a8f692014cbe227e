import { describeValue } from "@elbo/core";
import type { Cvae } from "./model.ts";
import type { SemiSupervised } from "./semiSupervised.ts";

/** The number of classes of a model's label. */
export function classesOf(fn: string, { kind, condition }: Cvae | SemiSupervised): number {
  const { columns, classes } = (condition?.options ?? {}) as {
    readonly columns?: { readonly label?: { readonly classes?: number } };
    readonly classes?: number;
  };
  const found = columns?.label?.classes ?? classes;
  if (found !== undefined) return found;
  throw new TypeError(
    `${fn}: the model must have a class label among its conditions, got a ${kind} with ${describeValue(Object.keys(columns ?? {}).join(", "))}`,
  );
}
