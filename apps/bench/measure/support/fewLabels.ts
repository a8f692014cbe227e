/** Data of which only some labels are known. */
import { Random } from "@elbo/core";
import { take } from "@elbo/datasets";
import type { Split } from "@elbo/datasets";

/** Labels of which only so many are known, as many of each class as of any other, drawn by the seed; -1 elsewhere. */
export function withFewLabels(
  { labels }: Pick<Split, "labels">,
  { labels: count, seed }: { readonly labels: number; readonly seed: number },
): Int32Array {
  const all = Array.from(labels as ArrayLike<number>);
  const classes = new Set(all).size;
  const left = new Array<number>(classes).fill(count / classes);
  const known = new Int32Array(all.length).fill(-1);
  for (const row of new Random(seed).fork("labels").permutation(all.length)) {
    if (left[all[row]] === 0) continue;
    left[all[row]]--;
    known[row] = all[row];
  }
  return known;
}

/** The rows whose label is known. */
export const onlyLabelled = (split: Split, labels: Int32Array): Split =>
  take(
    split,
    [...labels.keys()].filter((row) => labels[row] >= 0),
  );
