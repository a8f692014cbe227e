import { describeValue } from "@elbo/common";
import * as tf from "@tensorflow/tfjs-core";
import { arrayFor, arrayKinds } from "./graph/operations/leaves.ts";
import { sameShape, sizeOf } from "./graph/shape.ts";
import type { DType, FeedSpec, FeedValue, NdArray, TypedArray } from "./types.ts";

/** The feeds of one call: arrays by name and the batch that their shapes agree on. */
export interface BoundFeeds {
  readonly arrays: Readonly<Record<string, TypedArray>>;
  /** `undefined` when no feed has a batch. */
  readonly batch: number | undefined;
}

/** The shape of a feed for a batch size. */
export function shapeFor(spec: FeedSpec, batch: number | undefined): number[] {
  return spec.shape.map((dimension) => dimension ?? batch ?? 1);
}

/**
 * Checks the feeds of a call against their declarations.
 *
 * @throws RangeError or TypeError naming the feed, the rule and what was given
 */
export async function bindFeeds(
  specs: Readonly<Record<string, FeedSpec>>,
  values: Readonly<Record<string, FeedValue>>,
): Promise<BoundFeeds> {
  let batch: number | undefined;
  const arrays: Record<string, TypedArray> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = values[name];
    if (value === undefined) {
      throw new RangeError(
        `jit: a call must give every feed (${Object.keys(specs).join(", ")}), got none for "${name}"`,
      );
    }
    const { data, shape } = asArray(name, spec, await readTensor(value));
    if (spec.shape[0] === null) {
      if (batch !== undefined && shape[0] !== batch) {
        throw new RangeError(
          `jit: all feeds of a call must have the same batch size (${batch}), got ${shape[0] ?? 0} for "${name}"`,
        );
      }
      batch = shape[0];
    }
    arrays[name] = data;
  }
  for (const name of Object.keys(values)) {
    if (!(name in specs)) {
      throw new RangeError(
        `jit: a feed must be one of ${Object.keys(specs).join(", ")}, got "${name}"`,
      );
    }
  }
  return { arrays, batch };
}

async function readTensor(value: FeedValue): Promise<Exclude<FeedValue, tf.Tensor>> {
  if (!(value instanceof tf.Tensor)) return value;
  return { data: await value.data<"float32">(), shape: value.shape };
}

function asArray(name: string, spec: FeedSpec, value: Exclude<FeedValue, tf.Tensor>): NdArray {
  const dtype = spec.dtype ?? "float32";
  if (typeof value === "number") {
    if (sizeOf(shapeFor(spec, 1)) !== 1) {
      throw new RangeError(`jit: feed "${name}" must have shape ${show(spec)}, got a number`);
    }
    return { data: arrayFor(dtype, [value]), shape: shapeFor(spec, 1) };
  }
  const data = "data" in value ? value.data : value;
  checkType(name, dtype, data);
  const shape = "data" in value ? value.shape : inferShape(name, spec, data.length);
  const expected = shapeFor(spec, shape[0]);
  if (!sameShape(shape, expected)) {
    throw new RangeError(
      `jit: feed "${name}" must have shape ${show(spec)}, got [${shape.join(", ")}]`,
    );
  }
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(
      `jit: feed "${name}" of shape [${shape.join(", ")}] must hold ${sizeOf(shape)} values, got ${data.length}`,
    );
  }
  return { data, shape };
}

function checkType(name: string, dtype: DType, data: unknown): void {
  const expected = arrayKinds[dtype];
  if (!(data instanceof expected)) {
    throw new TypeError(
      `jit: feed "${name}" (${dtype}) must be a ${expected.name}, got ${describeValue(data)}`,
    );
  }
}

function inferShape(name: string, spec: FeedSpec, length: number): number[] {
  const rest = sizeOf(shapeFor(spec, 1));
  if (spec.shape[0] !== null) return shapeFor(spec, undefined);
  if (rest === 0 || length % rest !== 0) {
    throw new RangeError(
      `jit: feed "${name}" of shape ${show(spec)} must hold a multiple of ${rest} values, got ${length}`,
    );
  }
  return shapeFor(spec, length / rest);
}

function show(spec: FeedSpec): string {
  return `[${spec.shape.map((d) => d ?? "batch").join(", ")}]`;
}
