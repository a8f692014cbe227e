import type { Random } from "../random/random.ts";

/** Two parts of a data set, as ascending indices. */
export interface Split {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Holds out a seeded part of `count` examples.
 *
 * @param count number of examples; `fraction` in [0, 1): one above 0 holds out at least one example of two or more, and never all
 */
export function splitExamples(
  count: number,
  { fraction, random }: { readonly fraction: number; readonly random: Random },
): Split {
  const wanted = Math.round(count * fraction);
  const held = fraction > 0 && count > 1 ? Math.min(Math.max(wanted, 1), count - 1) : 0;
  const order = random.permutation(count);
  return { validation: order.slice(0, held).sort(), training: order.slice(held).sort() };
}
