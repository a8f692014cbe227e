import { load } from "@elbo/datasets";
import { pick } from "./pick.ts";
import { formatNumber } from "../results/format.ts";
import type { Dataset, DatasetName, LoadOptions, Split } from "@elbo/datasets";
import type { Protocol } from "../configuration/protocol.ts";
import type { BenchData } from "./benchData.ts";
import type { Writer } from "../writer.ts";

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
  const { classNames, factorNames } = dataset;
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
    ...(factorNames === undefined ? {} : { factorNames }),
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
