import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { describeValue } from "@elbo/common";
import { toTypedArray } from "../ndArray.ts";
import type { StoredArray } from "./storedArray.ts";

/** Numbers with a shape in any of the types that people have: what every function takes in the place of an array. */
export interface ArrayLikeData {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
}

/** Labels as people have them: integers, one per example. */
export type LabelsLike = readonly number[] | ArrayBufferView | NdArray | tf.Tensor;

/** Examples with what belongs to them: what a training or test split of a data set looks like. */
export interface Examples extends ArrayLikeData {
  /** One class per example. */
  readonly labels?: LabelsLike;
  /** Weight of each example in training, finite and at least 0. */
  readonly weights?: ArrayLike<number>;
  /** Generating factors; models make nothing of them. */
  readonly factors?: Int32Array;
}

/** Examples that stay in files, with what belongs to them: a split of `openNpy` or `openImageFolder` of `@elbo/datasets`. */
export interface StoredExamples extends StoredArray, Pick<Examples, "labels" | "weights"> {}

/** Several columns by name, with what belongs to the examples. */
export type ExampleColumns = Readonly<Record<string, unknown>>;

/** What every function that takes examples accepts. */
export type ExamplesLike = Examples | StoredExamples | NdArray | tf.Tensor | ExampleColumns;

/** What {@link toLabels} checks against. */
export interface LabelsRule {
  readonly fn: string;
  /** Name of the argument for messages; default `"labels"`. */
  readonly name?: string;
  readonly count: number;
  readonly classes: number;
}

/**
 * Checks labels, given as an array, a typed array or an NdArray `[n]` or `[n, 1]`, and turns them into int32.
 *
 * @throws TypeError for what is no list of numbers, RangeError for another number of labels or a class out of range
 */
export function toLabels(
  labels: unknown,
  { fn, name = "labels", count, classes }: LabelsRule,
): Int32Array {
  const list = listOf({ fn, name }, labels);
  if (list.length !== count) {
    throw new RangeError(`${fn}: ${name} must be ${count}, one per example, got ${list.length}`);
  }
  for (let i = 0; i < count; i++) {
    const label = list[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `${fn}: ${name} must be integers in [0, ${classes}), got ${describeValue(label)} at ${i}`,
      );
    }
  }
  return list instanceof Int32Array ? list : Int32Array.from(list);
}

/**
 * A list of numbers, whether it is an array, a typed array, or an NdArray of one column.
 *
 * @throws TypeError for anything else
 */
export function listOf(at: { fn: string; name: string }, values: unknown): ArrayLike<number> {
  if (Array.isArray(values)) return values as number[];
  if (ArrayBuffer.isView(values)) return toTypedArray(at, values);
  const { data, shape } = (values ?? {}) as Partial<NdArray>;
  if (data !== undefined && shape !== undefined && shape.length >= 1) {
    if (shape.slice(1).every((size) => size === 1)) return toTypedArray(at, data);
    throw new TypeError(
      `${at.fn}: ${at.name} must be one number per example, got the shape [${shape.join(", ")}]`,
    );
  }
  throw new TypeError(
    `${at.fn}: ${at.name} must be an array or a typed array of numbers, one per example, got ${describeValue(values)}`,
  );
}
