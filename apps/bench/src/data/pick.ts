import { takeRows } from "@elbo/core";
import type { Split } from "@elbo/datasets";

/** The chosen examples of a split, with all that is known of them. */
export function pick(split: Split, indices: readonly number[]): Split {
  const [count] = split.shape;
  const { labels, factors } = split;
  return {
    ...(takeRows(split, indices) as Pick<Split, "data" | "shape">),
    ...(labels && { labels: Int32Array.from(indices, (from) => labels[from]) }),
    ...(factors && {
      factors: takeRows({ data: factors, shape: [count, factors.length / count] }, indices)
        .data as Int32Array,
    }),
  };
}

/** So many positions spread evenly over a count, or all. */
export function spreadIndices(total: number, wanted: number): number[] {
  const count = Math.min(total, wanted);
  return Array.from({ length: count }, (_, index) => Math.floor((index * total) / count));
}
