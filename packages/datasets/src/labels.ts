import { describeValue } from "@elbo/common";
import { ClassLabels } from "./classLabels.ts";

/** What may be read like an array: one, or text of a file that is decoded as it is asked for. */
export interface Listed<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

/** One label: a number of a class, true or false, or a name. */
export type Label = number | bigint | boolean | string;

/**
 * Labels in any form: one for each example, or with a shape, `[count]`, `[count, 1]`, or one-hot `[count, classes]`.
 */
export type LabelsLike =
  Listed<Label> | { readonly data: Listed<Label>; readonly shape: readonly number[] };

/** The labels of a split, for the messages about them. */
export interface NamedLabels {
  readonly labels: LabelsLike;
  readonly count: number;
  readonly name: string;
}

/** Labels of several splits, numbered alike. */
export interface ReadLabels {
  readonly labels: readonly (Uint8Array | Int32Array)[];
  /** Names of the classes, where the labels were names. */
  readonly classNames: readonly string[] | undefined;
}

interface Column {
  readonly list: Listed<Label>;
  /** Values of each example: 1, or the number of classes of one-hot labels. */
  readonly width: number;
  readonly name: string;
  readonly count: number;
}

function isListed(value: unknown): value is Listed<Label> {
  const { length, at } = (value ?? {}) as Partial<Listed<Label>>;
  return typeof value === "object" && typeof length === "number" && typeof at === "function";
}

function columnOf({ labels, count, name }: NamedLabels): Column {
  const { data, shape } = isListed(labels) ? { data: labels, shape: [labels.length] } : labels;
  if (!isListed(data) || !Array.isArray(shape)) {
    throw new TypeError(
      `${name} must be an array, or { data, shape }, of numbers, booleans or names, got ${describeValue(labels)}`,
    );
  }
  const [rows, width = 1] = shape as readonly number[];
  if (rows !== count) {
    throw new RangeError(
      `${name} must hold one label per example (${String(count)}), got ${String(rows)}`,
    );
  }
  if (shape.length > 2 || rows * width !== data.length) {
    throw new RangeError(
      `${name} must have the shape [count], [count, 1] or [count, classes], got ${describeValue(shape)} of ${String(data.length)} values`,
    );
  }
  return { list: data, width, name, count };
}

function refuseMixture(name: string, label: unknown, index: number): never {
  throw new TypeError(
    `${name} must be all numbers, all booleans or all names, got ${describeValue(label)} at ${String(index)}`,
  );
}

/** One class for each row, which holds a single 1. */
function fromOneHot({ list, width, name, count }: Column): Int32Array {
  const labels = new Int32Array(count).fill(-1);
  for (let i = 0; i < list.length; i++) {
    const value = Number(list.at(i));
    const row = Math.floor(i / width);
    if (value === 0) continue;
    if (value === 1 && labels[row] === -1) labels[row] = i % width;
    else refuseOneHot(name, row);
  }
  const empty = labels.indexOf(-1);
  if (empty >= 0) refuseOneHot(name, empty);
  return labels;
}

function refuseOneHot(name: string, row: number): never {
  throw new RangeError(
    `${name} of several columns must be one-hot, with a single 1 in each row and 0 beside it, got others in row ${String(row)}`,
  );
}

function fromNumbers({ list, name, count }: Column): Uint8Array | Int32Array {
  if (list instanceof Uint8Array || list instanceof Int32Array) return list;
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const label = list.at(i);
    if (typeof label === "string" || typeof label !== typeof list.at(0))
      refuseMixture(name, label, i);
    const value = Number(label);
    labels[i] = value;
    if (labels[i] !== value) {
      throw new RangeError(
        `${name} must be whole numbers of 32 bits, got ${describeValue(label)} at ${String(i)}`,
      );
    }
  }
  return labels;
}

function fromNames(columns: readonly Column[], known: readonly string[] | undefined): ReadLabels {
  const total = columns.reduce((sum, { count }) => sum + count, 0);
  const all = new ClassLabels(total, columns[0].name);
  let next = 0;
  for (const { list, name, count } of columns) {
    for (let i = 0; i < count; i++) {
      const label = list.at(i);
      if (typeof label !== "string") refuseMixture(name, label, i);
      if (label.trim() === "") {
        throw new RangeError(`${name} must all be there, got "" at ${String(i)}`);
      }
      all.push(label, next++);
    }
  }
  const { labels, classNames } = all.finish(total, known);
  let from = 0;
  const parts = columns.map(({ count }) => labels.subarray(from, (from += count)));
  return { labels: parts, classNames };
}

/**
 * Labels of splits as numbers of classes. Bytes and 32-bit integers stay what they are; names are numbered together, in the order of
 * `known` or in alphabetical order.
 *
 * @param splits labels of each split and how many there must be
 * @param known names of the classes, where the caller gave them
 * @throws TypeError for what are no labels, RangeError when there are too few or too many, or one is no class
 */
export function readLabels(
  splits: readonly NamedLabels[],
  known: readonly string[] | undefined,
): ReadLabels {
  const columns = splits.map(columnOf);
  if (columns.some(({ list }) => typeof list.at(0) === "string")) return fromNames(columns, known);
  const labels = columns.map((column) =>
    column.width === 1 ? fromNumbers(column) : fromOneHot(column),
  );
  return { labels, classNames: known };
}
