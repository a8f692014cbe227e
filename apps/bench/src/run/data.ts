import { load } from "@elbo/datasets";
import { formatNumber } from "../results/format.ts";
import type { Dataset, DatasetName, LoadOptions, Split } from "@elbo/datasets";
import type { PictureMaterial } from "../pictures/kinds.ts";
import type { Protocol } from "../configuration/protocol.ts";
import type { Writer } from "../writer.ts";

/** The images of a comparison. */
export interface BenchData {
  readonly train: Split;
  readonly test: Split;
  /** `[height, width, channels]`. */
  readonly image: readonly [number, number, number];
  /** Number of classes; 0 without labels. */
  readonly classes: number;
  readonly classNames?: readonly string[];
}

/** The sets that are never downloaded. */
const atHand = ["fashion-mini", "sprites"];

/**
 * Loads the images that a protocol names, cut to the counts that it names.
 *
 * @param protocol data set and counts
 * @param around where progress of a download goes, and what ends it
 * @throws Error when the data are not there and cannot be fetched
 */
export async function loadData(
  protocol: Protocol,
  around: { readonly writer: Writer; readonly signal: AbortSignal },
): Promise<BenchData> {
  const { writer, signal } = around;
  const options: LoadOptions = atHand.includes(protocol.dataset)
    ? {}
    : {
        signal,
        onProgress: ({ file, received, total }) => {
          const of = total === undefined ? "" : ` of ${formatNumber(total / 1e6, 1)}`;
          writer.status(`Fetching ${file}: ${formatNumber(received / 1e6, 1)}${of} MB`);
        },
      };
  return cutData(await load(protocol.dataset as DatasetName, options), protocol);
}

/**
 * A data set cut to the counts of a protocol: images spread evenly over each split, so that sorted classes stay balanced.
 *
 * @param dataset with images `[count, height, width, channels]`
 * @param counts how many images of each split
 */
export function cutData(
  dataset: Dataset,
  counts: Pick<Protocol, "trainExamples" | "testExamples">,
): BenchData {
  const { classNames } = dataset;
  const train = spread(dataset.train, counts.trainExamples);
  const test = spread(dataset.test, counts.testExamples);
  const [, height, width, channels] = train.shape;
  const hasLabels = train.labels !== undefined && test.labels !== undefined;
  const classes = hasLabels ? (classNames?.length ?? largestLabel(dataset) + 1) : 0;
  return {
    train,
    test,
    image: [height, width, channels],
    classes,
    ...(hasLabels && classNames !== undefined ? { classNames } : {}),
  };
}

function largestLabel({ train, test }: Dataset): number {
  let largest = 0;
  for (const labels of [train.labels ?? [], test.labels ?? []])
    for (const label of labels) largest = Math.max(largest, label);
  return largest;
}

function spread(split: Split, count: number | "all"): Split {
  const total = split.shape[0];
  if (count === "all" || count >= total) return split;
  return pick(
    split,
    Array.from({ length: count }, (_, index) => Math.floor((index * total) / count)),
  );
}

function pick(split: Split, indices: readonly number[]): Split {
  const size = split.data.length / split.shape[0];
  const data = split.data.slice(0, indices.length * size);
  indices.forEach((from, to) => {
    data.set(split.data.subarray(from * size, (from + 1) * size), to * size);
  });
  const labels = split.labels?.slice(0, indices.length);
  if (labels !== undefined && split.labels !== undefined)
    for (const [to, from] of indices.entries()) labels[to] = split.labels[from];
  return {
    data,
    shape: [indices.length, ...split.shape.slice(1)],
    ...(labels === undefined ? {} : { labels }),
  };
}

/**
 * What the pictures of a comparison are drawn from: a held-out image of each class, or the first ten.
 *
 * @param data the images
 * @param seed of the samples
 */
export function pictureMaterial(data: BenchData, seed: number): PictureMaterial {
  const { test, classNames } = data;
  const chosen = pick(test, showcaseIndices(test));
  const { data: values } = chosen;
  return {
    images: {
      data:
        values instanceof Uint8Array ? Float32Array.from(values, (value) => value / 255) : values,
      shape: chosen.shape,
    },
    seed,
    ...(chosen.labels === undefined ? {} : { labels: Int32Array.from(chosen.labels) }),
    ...(classNames === undefined ? {} : { classNames }),
  };
}

const showcaseSize = 10;

function showcaseIndices({ labels, shape }: Split): number[] {
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
