import { describeValue } from "@elbo/common";
import type { NamedVariables } from "../step/part.ts";

/** @throws TypeError for something else than a model, Error when the model's variables are freed */
export function assertUsable(
  fn: string,
  model: {
    readonly networks: unknown;
    readonly isDisposed?: boolean;
    readonly variables?: NamedVariables;
    readonly state?: NamedVariables;
  },
): void {
  const given: unknown = model;
  if (typeof given !== "object" || given === null || !("networks" in given))
    throw new TypeError(`${fn}: model must be a model, got ${describeValue(given)}`);
  if (model.isDisposed === true)
    throw new Error(`${fn}: the model must not be used after dispose()`);
  assertAlive(fn, model);
}

/**
 * Refuses what lost variables without being asked: networks and objectives that several models share end with the first of them.
 *
 * @throws Error naming the first variable that is freed
 */
export function assertAlive(
  fn: string,
  owner: { readonly variables?: NamedVariables; readonly state?: NamedVariables },
): void {
  for (const [name, variable] of Object.entries({ ...owner.variables, ...owner.state })) {
    if (!variable.isDisposed) continue;
    throw new Error(
      `${fn}: all weights must be there, got ${name} freed by dispose() of a model; networks and objectives with weights are made anew for each model`,
    );
  }
}
