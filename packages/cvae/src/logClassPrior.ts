import { describeValue } from "@elbo/core";

/**
 * `log p(y)` by class, checked; the same for all where none is given.
 *
 * @throws RangeError for another number of classes, or numbers that are not 1 in all
 */
export function logClassPrior(
  fn: string,
  classes: number,
  prior: readonly number[] | undefined,
): readonly number[] {
  if (prior === undefined) return Array.from({ length: classes }, () => -Math.log(classes));
  const sum = prior.reduce((total, value) => total + value, 0);
  if (prior.length === classes && Math.abs(sum - 1) < 1e-6) return prior.map(Math.log);
  throw new RangeError(
    `${fn}: classPrior must be ${classes} numbers that are 1 in all, got ${describeValue(prior)}`,
  );
}
