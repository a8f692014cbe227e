import { describeValue } from "@elbo/common";

/** @throws TypeError for something else than a model, Error when the model's variables are freed */
export function assertUsable(
  fn: string,
  model: { readonly networks: unknown; readonly isDisposed?: boolean },
): void {
  const given: unknown = model;
  if (typeof given !== "object" || given === null || !("networks" in given))
    throw new TypeError(`${fn}: model must be a model, got ${describeValue(given)}`);
  if (model.isDisposed === true)
    throw new Error(`${fn}: the model must not be used after dispose()`);
}
