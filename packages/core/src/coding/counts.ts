/** From probabilities to whole frequencies, by arithmetic that is the same everywhere. */
import { largestOf } from "../evaluation/arrays.ts";
import { countTotal } from "./ans.ts";
import { expOfNegative } from "./exponential.ts";

/**
 * Frequencies of `softmax(logits)`: `1 + floor(p (2^24 - K))`, and what is missing from 2^24 goes to the most likely one; 0
 * where a logit is minus infinity. A code costs at most `K 2^-24 / ln 2` bits more than its `-log2 p`, on average.
 *
 * @param logits `[K]`
 * @param out room for K frequencies
 */
export function countsInto(out: Float64Array, logits: Float32Array): void {
  const K = logits.length;
  const best = largestOf(logits);
  let sum = 0;
  let possible = 0;
  for (let k = 0; k < K; k++) {
    if (logits[k] === -Infinity) {
      out[k] = 0;
      continue;
    }
    possible++;
    out[k] = expOfNegative(logits[k] - logits[best]);
    sum += out[k];
  }
  let left = countTotal;
  for (let k = 0; k < K; k++) {
    if (logits[k] === -Infinity) continue;
    out[k] = 1 + Math.floor((out[k] / sum) * (countTotal - possible));
    left -= out[k];
  }
  out[best] += left;
}

/** Cumulative counts `[0, 2^24]` of the symbols `0 .. size - 1`: `start(0) = 0`, strictly increasing, `start(size) = 2^24`. */
export interface Cumulative {
  readonly size: number;
  readonly start: (symbol: number) => number;
}

/** The symbol that a count belongs to. */
export function symbolAt({ size, start }: Cumulative, count: number): number {
  let low = 0;
  let high = size; // start(low) <= count < start(high)
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (start(middle) <= count) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Cumulative counts of a distribution function that rises from 0 to 1, at least one count for each symbol.
 *
 * @param below the probability of all symbols before one; it must not fall from one symbol to the next
 */
export const cumulativeOf = (size: number, below: (symbol: number) => number): Cumulative => ({
  size,
  start(symbol) {
    if (symbol <= 0) return 0;
    if (symbol >= size) return countTotal;
    return Math.floor(below(symbol) * (countTotal - size)) + symbol;
  },
});
