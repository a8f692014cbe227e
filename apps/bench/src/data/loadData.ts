import { reasonOf } from "@elbo/common";
import { Random } from "@elbo/core";
import { filterByLabel, load } from "@elbo/datasets";
import { Refusal } from "../refusal.ts";
import { contentsOf, isPath, loadOwn } from "./ownData.ts";
import { pick, spreadIndices } from "./pick.ts";
import { formatNumber } from "../results/format.ts";
import type { Dataset, DatasetName, LoadOptions, Split } from "@elbo/datasets";
import type { Protocol } from "../configuration/protocol.ts";
import type { BenchData } from "./benchData.ts";
import type { Writer } from "../writer.ts";

/** The sets that are never downloaded. */
const atHand = ["fashion-mini", "sprites"];

/** What loading works with. */
export interface LoadAround {
  readonly writer: Writer;
  /** Ends a download. */
  readonly signal: AbortSignal;
  /** Folder with the files of a published set, searched first. */
  readonly folder?: string | undefined;
}

/**
 * Loads the images that a protocol names, cut to the counts that it names.
 *
 * @param protocol data set, its options and counts
 * @throws Error when the data are not there and cannot be fetched
 */
export async function loadData(protocol: Protocol, around: LoadAround): Promise<BenchData> {
  const { dataset, data: own = {} } = protocol;
  if (isPath(dataset)) {
    const set = await loadOwn(dataset, own).catch((cause: unknown) => {
      if (cause instanceof Refusal) throw cause;
      throw new Refusal(
        `bench run: --data must hold examples that can be read: ${reasonOf(cause)}`,
        { cause },
      );
    });
    return { ...cutData(set, protocol), contents: contentsOf(set) };
  }
  const { writer, signal, folder } = around;
  const options: LoadOptions = atHand.includes(dataset)
    ? own
    : {
        ...own,
        ...(folder === undefined ? {} : { folder }),
        signal,
        onProgress: ({ file, received, total }) => {
          const of = total === undefined ? "" : ` of ${formatNumber(total / 1e6, 1)}`;
          writer.status(`Fetching ${file}: ${formatNumber(received / 1e6, 1)}${of} MB`);
        },
      };
  if (folder !== undefined && atHand.includes(dataset))
    throw new Refusal(`bench run: --folder must come with a set of files, got ${dataset}`);
  return cutData(await load(dataset as DatasetName, options), protocol);
}

/**
 * A data set cut to the counts of a protocol: images spread evenly over each split, so that sorted classes stay balanced, of the training
 * split those of its normal classes.
 *
 * @param dataset with images `[count, height, width, channels]`
 * @param counts how many images of each split, and which classes training sees
 * @throws Refusal for a class that the training split lacks
 */
export function cutData(
  dataset: Dataset,
  counts: Pick<Protocol, "trainExamples" | "testExamples" | "normal" | "heldOut">,
): BenchData {
  const { classNames, factorNames } = dataset;
  const { normal } = counts;
  const { train: all, test: held } =
    counts.heldOut === "train" ? withoutTenth(dataset.train) : dataset;
  const seen = normal === undefined ? all : ofClasses(all, normal);
  const train = spread(seen, counts.trainExamples);
  const test = spread(held, counts.testExamples);
  const hasLabels = train.labels !== undefined && test.labels !== undefined;
  const classes = hasLabels ? (classNames?.length ?? largestLabel(dataset) + 1) : 0;
  return {
    train,
    test,
    image: train.shape.slice(1),
    classes,
    ...(normal === undefined ? {} : { normal }),
    ...(hasLabels && classNames !== undefined ? { classNames } : {}),
    ...(factorNames === undefined ? {} : { factorNames }),
  };
}

/** A tenth of the images, drawn the same way whatever the seeds of trainings, as held-out ones, and the others. */
function withoutTenth(split: Split): Pick<Dataset, "train" | "test"> {
  const [count] = split.shape;
  const order = [...new Random(0).fork("held out").permutation(count)];
  const held = Math.floor(count / 10);
  return { train: pick(split, order.slice(held)), test: pick(split, order.slice(0, held)) };
}

function ofClasses(split: Split, normal: readonly number[]): Split {
  const { labels } = split;
  const missing = normal.find((label) => labels?.includes(label) !== true);
  if (missing === undefined) return filterByLabel(split, normal);
  throw new Refusal(
    `bench run: normal must name classes of the training images, got ${missing}, of which ${labels === undefined ? "labels are missing" : "there is none"}`,
  );
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
  return pick(split, spreadIndices(total, count));
}
