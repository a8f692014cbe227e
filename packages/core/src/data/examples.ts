import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { assertShape, describeValue } from "../arguments.ts";
import { toNdArray } from "./ndArray.ts";

/** Images with or without labels: what a training or test split of a data set looks like. */
export interface Examples {
  /** Row-major `[count, height, width, channels]`; bytes in 0..255 or floats (in [0, 1] for images). */
  readonly data: Uint8Array | Float32Array;
  readonly shape: readonly number[];
  /** One class per example. */
  readonly labels?: Uint8Array | Int32Array;
}

/** What every function that takes images accepts. */
export type ExamplesLike = Examples | NdArray | tf.Tensor;

/** Labels as people have them. */
export type LabelsLike = readonly number[] | Uint8Array | Int32Array;

/** What {@link toExamples} checks against. */
export interface ExamplesRule {
  /** Name of the function for messages. */
  readonly fn: string;
  /** Name of the argument for messages; default `"images"`. */
  readonly name?: string;
  /** `[height, width, channels]`; default: any. */
  readonly image?: readonly number[];
  /** Range of float values, inclusive; default: any finite value. */
  readonly range?: readonly [number, number] | undefined;
  /** Whether no examples at all are fine; default false. */
  readonly allowEmpty?: boolean;
}

/**
 * Turns whatever holds images into {@link Examples} and checks it.
 *
 * @returns the arrays that were given, not copies (a tensor is read once)
 * @throws TypeError for other kinds and dtypes, RangeError for other shapes, no examples, or values out of range
 */
export async function toExamples(input: ExamplesLike, rule: ExamplesRule): Promise<Examples> {
  const { fn, name = "images", image, range, allowEmpty = false } = rule;
  const { data, shape } = await toNdArray({ fn, name }, input);
  if (!(data instanceof Uint8Array || data instanceof Float32Array)) {
    throw new TypeError(`${fn}: ${name} must be uint8 or float32, got int32`);
  }
  assertShape({ fn, name }, shape, [null, ...(image ?? [null, null, null])]);
  if (shape[0] === 0 && !allowEmpty) {
    throw new RangeError(`${fn}: ${name} must hold at least one example, got 0`);
  }
  if (data instanceof Float32Array) assertRange({ fn, name, range }, data);
  const labels = (input as Partial<Examples>).labels;
  return { data, shape, ...(labels === undefined ? {} : { labels }) };
}

function assertRange(
  { fn, name, range }: { fn: string; name: string; range: ExamplesRule["range"] },
  data: Float32Array,
): void {
  const [min, max] = range ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  const wanted = range === undefined ? "be finite" : `lie in [${min}, ${max}]`;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!(value >= min && value <= max)) {
      throw new RangeError(`${fn}: values of ${name} must ${wanted}, got ${value} at ${i}`);
    }
  }
}

/** What {@link toLabels} checks against. */
export interface LabelsRule {
  readonly fn: string;
  readonly count: number;
  readonly classes: number;
}

/**
 * Checks labels and turns them into int32.
 *
 * @throws TypeError when there are none, RangeError for another number of labels or a class out of range
 */
export function toLabels(
  labels: LabelsLike | undefined,
  { fn, count, classes }: LabelsRule,
): Int32Array {
  if (labels === undefined || typeof labels.length !== "number") {
    throw new TypeError(
      `${fn}: a model of labelled data needs labels, got ${describeValue(labels)}`,
    );
  }
  if (labels.length !== count) {
    throw new RangeError(`${fn}: labels must be ${count}, one per example, got ${labels.length}`);
  }
  for (let i = 0; i < count; i++) {
    const label = labels[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `${fn}: labels must be integers in [0, ${classes}), got ${describeValue(label)} at ${i}`,
      );
    }
  }
  return labels instanceof Int32Array ? labels : Int32Array.from(labels);
}
