import { studentTwoSided } from "../numeric/studentT.ts";
import { numbersOf } from "./arrays.ts";
import type { NumbersLike } from "./arrays.ts";
import { estimateOf } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";

/** A mean difference of pairs, and how likely one as large is by chance. */
export interface PairedDifference extends Estimate {
  /** `mean / standardError`, of Student's t with n - 1 degrees of freedom if there is no difference. */
  readonly t: number;
  /** Two-sided: the probability of a t at least as far from 0. */
  readonly p: number;
}

/**
 * The mean of `a - b` over pairs, such as two models on the same seeds or examples, with its standard error `s / sqrt(n)` and the
 * paired t test. Pairs that all differ by the same amount have an infinite t, or NaN where they do not differ at all.
 *
 * @param a one figure per seed or example
 * @param b as many, in the same order
 * @throws TypeError or RangeError for lists that are not of equal length, or of one pair only
 */
export function pairedDifference(a: NumbersLike, b: NumbersLike): PairedDifference {
  const fn = "pairedDifference";
  const first = numbersOf({ fn, name: "a" }, a);
  const second = numbersOf({ fn, name: "b" }, b, first.length);
  if (first.length < 2) {
    throw new RangeError(`${fn}: a and b must hold at least 2 pairs, got ${first.length}`);
  }
  const estimate = estimateOf(first.map((value, i) => value - second[i]));
  const t = estimate.mean / estimate.standardError;
  return { ...estimate, t, p: studentTwoSided(t, first.length - 1) };
}
