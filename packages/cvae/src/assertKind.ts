import { describeValue, type ArgumentName } from "@elbo/core";

/**
 * Checks that a model is of a kind that a function can take.
 *
 * @throws TypeError naming the kinds
 */
export function assertKind(
  { fn, name }: ArgumentName,
  model: unknown,
  kinds: readonly string[],
): void {
  const { kind } = (model ?? {}) as { readonly kind?: unknown };
  if (typeof kind === "string" && kinds.includes(kind)) return;
  const got = typeof kind === "string" ? `a ${kind}` : describeValue(model);
  throw new TypeError(
    `${fn}: ${name} must be a model of the kind ${kinds.join(" or ")}, got ${got}`,
  );
}
