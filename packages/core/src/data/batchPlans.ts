import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { BatchOrder, BatchPlan, LastBatch, PlanData } from "./batchPlan.ts";
import { hashOf } from "./fingerprint.ts";
import { ShuffledRows } from "./shuffledRows.ts";

/** Options of {@link uniform} and {@link balanced}. */
export interface PlanOptions {
  /** Whether examples that do not fill a batch are left out of this epoch (`"drop"`, default), or joined by the first ones of the next (`"fill"`), which shows those too. */
  readonly last?: LastBatch;
}

const table = {
  last: {
    rule: rules.oneOf<LastBatch>(["drop", "fill"]),
    default: "drop",
    doc: "whether the last batch of an epoch is dropped or filled from the next epoch",
  },
} satisfies OptionTable<PlanOptions>;

/** Batches per epoch. */
const batchesOf = (rows: number, size: number, last: LastBatch): number =>
  last === "drop" ? Math.floor(rows / size) : Math.ceil(rows / size);

/** Every example once per epoch, in a new order each time; what `train` does unless it is given another plan. */
export function uniform(options: PlanOptions = {}): BatchPlan {
  const { last } = readOptions("uniform", table, options);
  return {
    kind: "uniform",
    options: { last },
    order({ indices, batchSize, random }) {
      const rows = new ShuffledRows(indices, random);
      return ordered(batchSize, batchesOf(indices.length, batchSize, last), (epoch, batch, out) => {
        for (let i = 0; i < out.length; i++) out[i] = rows.at(epoch, batch * batchSize + i);
      });
    },
  };
}

/**
 * Batches with as many examples of each class, to within one: rare classes come round more often, frequent ones less.
 *
 * An epoch has as many batches as that of {@link uniform}. The data must have labels.
 */
export function balanced(options: PlanOptions = {}): BatchPlan {
  const { last } = readOptions("balanced", table, options);
  return {
    kind: "balanced",
    options: { last },
    order(data) {
      const { indices, batchSize } = data;
      const batches = batchesOf(indices.length, batchSize, last);
      const classes = classesOf(data);
      return ordered(batchSize, batches, (epoch, batch, out) => {
        const start = (epoch * batches + batch) * batchSize;
        for (let i = 0; i < out.length; i++) {
          const turn = Math.floor((start + i) / classes.length);
          out[i] = classes[(start + i) % classes.length].at(0, turn);
        }
      });
    },
  };
}

/** The rows of each class in the training part. */
function classesOf({ indices, labels, random }: PlanData): ShuffledRows[] {
  if (labels === undefined) {
    throw new TypeError("train: plan balanced() must be given data with labels, got none");
  }
  const byClass = new Map<number, number[]>();
  for (const index of indices) {
    const rows = byClass.get(labels[index]);
    if (rows === undefined) byClass.set(labels[index], [index]);
    else rows.push(index);
  }
  return [...byClass]
    .sort(([a], [b]) => a - b)
    .map(([label, rows]) => new ShuffledRows(rows, random.fork("class", label)));
}

/** One part of every batch of {@link mixed}. */
export interface MixedPart {
  /** Rows of the data set, one by one or from one up to another that is not included; those held out for validation are left out. */
  readonly rows: ArrayLike<number> | { readonly from: number; readonly to: number };
  /** How many of them every batch has. */
  readonly count: number;
}

/**
 * Batches of fixed parts, in the order of the parts: such as 16 labelled rows and 112 unlabelled ones.
 *
 * An epoch ends when the part that takes longest has been through all its rows (by `last`, without or with those that do not
 * fill a batch); the other parts start over as often as need be.
 *
 * @throws TypeError or RangeError for parts that are none
 */
export function mixed(parts: readonly MixedPart[], options: PlanOptions = {}): BatchPlan {
  const fn = "mixed";
  const { last } = readOptions(fn, table, options);
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new TypeError(
      `${fn}: parts must be a list of at least one { rows, count }, got ${describeValue(parts)}`,
    );
  }
  const given = parts.map((part: MixedPart, i) => ({
    rows: rowsOf(fn, i, part.rows),
    count: rules.integer({ min: 1 }).read({ fn, name: `count of part ${i}` }, part.count),
  }));
  return {
    kind: "mixed",
    options: { last, parts: given.map(({ rows, count }) => ({ rows: hashOf(rows), count })) },
    batchSize: given.reduce((sum, { count }) => sum + count, 0),
    order: (data) => mixedOrder(given, data, last),
  };
}

function rowsOf(fn: string, part: number, rows: MixedPart["rows"]): Int32Array {
  if ("length" in rows) return Int32Array.from(rows);
  const name = `of part ${part}`;
  const from = rules.integer({ min: 0 }).read({ fn, name: `rows.from ${name}` }, rows.from);
  const to = rules.integer({ min: from + 1 }).read({ fn, name: `rows.to ${name}` }, rows.to);
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}

function mixedOrder(
  parts: readonly { readonly rows: Int32Array; readonly count: number }[],
  { indices, batchSize, random }: PlanData,
  last: LastBatch,
): BatchOrder {
  const training = new Set(indices);
  const streams = parts.map(({ rows, count }, i) => {
    const own = rows.filter((row) => training.has(row));
    if (own.length < count) {
      throw new RangeError(
        `train: part ${i} of plan mixed() must have at least ${count} rows in the training part, got ${own.length}`,
      );
    }
    return { rows: new ShuffledRows(own, random.fork("part", i)), size: own.length, count };
  });
  const batches = Math.max(...streams.map(({ size, count }) => batchesOf(size, count, last)));
  return ordered(batchSize, batches, (epoch, batch, out) => {
    let at = 0;
    for (const { rows, count } of streams) {
      const start = (epoch * batches + batch) * count;
      for (let i = 0; i < count; i++) out[at++] = rows.at(0, start + i);
    }
  });
}

function ordered(
  batchSize: number,
  batches: number,
  fill: (epoch: number, batch: number, out: Int32Array) => void,
): BatchOrder {
  const out = new Int32Array(batchSize);
  return {
    batches,
    indices(epoch, batch) {
      fill(epoch, batch, out);
      return out;
    },
  };
}
