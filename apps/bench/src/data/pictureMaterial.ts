import { toUnit } from "./benchData.ts";
import { pick } from "./pick.ts";
import type { Split } from "@elbo/datasets";
import type { PictureMaterial } from "../pictures/picture.ts";
import type { BenchData } from "./benchData.ts";

/**
 * What the pictures of a comparison are drawn from: a held-out image of each class, or the first ten.
 *
 * @param data the images
 * @param seed of the samples
 */
export function pictureMaterial(data: BenchData, seed: number): PictureMaterial {
  const { test, classNames } = data;
  const chosen = pick(test, showcaseIndices(test));
  return {
    images: toUnit(chosen),
    seed,
    ...(chosen.labels === undefined ? {} : { labels: Int32Array.from(chosen.labels) }),
    ...(classNames === undefined ? {} : { classNames }),
  };
}

const showcaseSize = 10;

/** The examples that stand for a data set: one of each class in their order, then the first ones. */
export function showcaseIndices({ labels, shape }: Split): number[] {
  const first = Array.from({ length: Math.min(showcaseSize, shape[0]) }, (_, index) => index);
  if (labels === undefined) return first;
  const byClass = new Map<number, number>();
  labels.forEach((label, index) => {
    if (!byClass.has(label)) byClass.set(label, index);
  });
  const chosen = [...byClass.entries()].sort(([a], [b]) => a - b).map(([, index]) => index);
  const others = first.filter((index) => !chosen.includes(index));
  return [...chosen, ...others].slice(0, showcaseSize);
}
