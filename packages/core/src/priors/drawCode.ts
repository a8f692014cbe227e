/** Choosing a code by its logits. */
import type { Random } from "../random/random.ts";

/** How codes are drawn. */
export interface DrawOptions {
  /** Divides the logits. */
  readonly temperature: number;
  /** Draws among so many of the most likely ones, the lower index first where they are equal; undefined: all. */
  readonly topK: number | undefined;
}

/**
 * Draws from `softmax(logits / temperature)` as `argmax(logits / temperature + Gumbel noise)` (Gumbel 1954).
 *
 * @param logits `[K]`
 * @param gumbel room for K numbers
 */
export function drawCode(
  logits: Float32Array,
  gumbel: Float32Array,
  { random, temperature, topK }: DrawOptions & { readonly random: Random },
): number {
  random.fillGumbelInto(gumbel);
  const least = topK === undefined || topK >= logits.length ? -Infinity : kthLargest(logits, topK);
  let left = topK ?? logits.length;
  for (const logit of logits) if (logit > least) left--; // those equal to the least share what is left
  let best = -1;
  let highest = -Infinity;
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] < least || (logits[k] === least && left-- <= 0)) continue;
    const value = logits[k] / temperature + gumbel[k];
    if (value > highest || best < 0) [best, highest] = [k, value];
  }
  return best;
}

const kthLargest = (values: Float32Array, k: number): number =>
  values.slice().sort()[values.length - k];

/** `log softmax(logits / temperature)[code]`, nats. */
export function logProbOf(logits: Float32Array, code: number, temperature: number): number {
  let highest = -Infinity;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp((logit - highest) / temperature);
  return (logits[code] - highest) / temperature - Math.log(sum);
}
