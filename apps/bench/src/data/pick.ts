import type { Split } from "@elbo/datasets";

/** The chosen examples of a split, with all that is known of them. */
export function pick(split: Split, indices: readonly number[]): Split {
  const size = split.data.length / split.shape[0];
  const data = split.data.slice(0, indices.length * size);
  indices.forEach((from, to) => {
    data.set(split.data.subarray(from * size, (from + 1) * size), to * size);
  });
  const { labels, factors } = split;
  const width = factors === undefined ? 0 : factors.length / split.shape[0];
  return {
    data,
    shape: [indices.length, ...split.shape.slice(1)],
    ...(labels && { labels: Int32Array.from(indices, (from) => labels[from]) }),
    ...(factors && {
      factors: Int32Array.from(
        { length: indices.length * width },
        (_, i) => factors[indices[Math.floor(i / width)] * width + (i % width)],
      ),
    }),
  };
}

/** So many positions spread evenly over a count, or all. */
export function spreadIndices(total: number, wanted: number): number[] {
  const count = Math.min(total, wanted);
  return Array.from({ length: count }, (_, index) => Math.floor((index * total) / count));
}
