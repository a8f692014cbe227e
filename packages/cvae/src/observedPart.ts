/** @file The condition of structured output: a part of the image, as features of a network that sees it and knows where it is. */
import {
  describeValue,
  numbersReader,
  Random,
  type ColumnReader,
  type Columns,
  type Condition,
  type NdArray,
  type StepContext,
} from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { isRecord } from "./isRecord.ts";
import { maskWriter, readMask, type MaskName } from "./masks.ts";

/** What {@link observedPart} is made of. */
export interface ObservedPartOptions {
  /** `[height, width, channels]` */
  readonly image: readonly [number, number, number];
  /** Masks that are drawn in training and evaluation where none is told, each as often. */
  readonly masks: readonly MaskName[];
  /** `[h, w, c + 1]`, or as many values flat, to features. */
  readonly network: tfl.LayersModel;
  readonly features: number;
}

/** Functions that see the whole image, and draw a mask where none is told. */
const drawing = ["train", "loss", "score", "evaluate"];
/** Further functions that see the whole image. */
const seeing = [...drawing, "encode", "posterior", "mapExamples", "complete"];

/**
 * What is observed of an image, as condition: `relu(network(mask x, mask))`, `[B, features]`, with `mask` 1 where it is observed.
 *
 * `condition: { mask, observed }`: the mask by name or as array; `observed`, the images of which the part is seen, is needed where
 * the examples are not there.
 */
export function observedPart(options: ObservedPartOptions): Condition {
  const { image, masks, network, features } = options;
  const [height, width] = image;
  return {
    kind: "observed-part",
    options: { image: [...image], masks: [...masks], features },
    networks: { observed: network },
    columns: {
      mask: { shape: [height, width, 1], dtype: "float32" },
      observed: { shape: image, dtype: "float32" },
    },
    size: features,
    accepts: ["condition"],
    vector: (batch, context) => featuresOf(network, batch, context),
    readers: (fn, told, count) => readersOf(fn, { options, told, count }),
  };
}

function featuresOf(network: tfl.LayersModel, batch: Columns, context: StepContext): tf.Tensor {
  const { mask } = batch;
  const seen = tf.mul(batch["x"] ?? batch["observed"], mask);
  const both = tf.concat([seen, mask], 3); // [B, h, w, c + 1]
  const isFlat = network.inputs[0].shape.length === 2;
  const input = isFlat ? tf.reshape(both, [both.shape[0], -1]) : both;
  return tf.relu(network.apply(input, { training: context.training }) as tf.Tensor);
}

interface Telling {
  readonly options: ObservedPartOptions;
  readonly told: Readonly<Record<string, unknown>>;
  readonly count: number;
}

function readersOf(fn: string, { options, told, count }: Telling): Record<string, ColumnReader> {
  const { condition = {} } = told;
  if (!isRecord(condition)) {
    throw new TypeError(
      `${fn}: condition must be a record of mask and observed, such as { mask: "left" }, got ${describeValue(condition)}`,
    );
  }
  const unknown = Object.keys(condition).find((name) => name !== "mask" && name !== "observed");
  if (unknown !== undefined) {
    throw new TypeError(
      `${fn}: condition must have at most mask, observed, got ${describeValue(unknown)}`,
    );
  }
  return {
    mask: maskReader(fn, condition["mask"], { options, count }),
    observed: observedReader(fn, condition["observed"], { options, count }),
  };
}

function maskReader(
  fn: string,
  mask: unknown,
  { options, count }: Pick<Telling, "options" | "count">,
): ColumnReader {
  const [height, width] = options.image;
  const size = [height, width] as const;
  const canDraw = drawing.includes(fn);
  if (mask !== undefined) {
    const write = readMask({ fn, name: "mask of the condition" }, mask, { size, count, canDraw });
    return {
      fillRow(out, place, random) {
        write(out, place, random);
      },
    };
  }
  if (!canDraw) {
    throw new TypeError(
      `${fn}: mask of the condition must be given, such as { mask: "left" }, got undefined`,
    );
  }
  const writers = options.masks.map((name) => maskWriter(name, size));
  return {
    fillRow(out, { at, index }, random = new Random(0).fork("mask", index)) {
      writers[random.integer(writers.length)](out, at, random);
    },
  };
}

/** Images as float32 or as grey levels in integers. */
function floatsOf(fn: string, observed: unknown): NdArray {
  const { data, shape } = (observed ?? {}) as Partial<NdArray>;
  const isList = Array.isArray(data) || ArrayBuffer.isView(data);
  if (!isList || !Array.isArray(shape)) {
    throw new TypeError(
      `${fn}: observed of the condition must be { data, shape } of images, got ${describeValue(observed)}`,
    );
  }
  const isFloat = Array.isArray(data) || data instanceof Float64Array;
  return { data: isFloat ? Float32Array.from(data as ArrayLike<number>) : data, shape };
}

function observedReader(
  fn: string,
  observed: unknown,
  { options, count }: Pick<Telling, "options" | "count">,
): ColumnReader {
  const { image } = options;
  if (observed === undefined) {
    if (seeing.includes(fn)) return { fillRow: () => undefined };
    throw new TypeError(
      `${fn}: observed of the condition must be given, the images of which the part is seen; complete(model, images, { mask }) does it, got undefined`,
    );
  }
  const values = floatsOf(fn, observed);
  const isOne = values.shape.length === image.length;
  const list = isOne ? { data: values.data, shape: [1, ...image] } : values;
  const at = { fn, name: "observed of the condition" };
  const reader = numbersReader(at, list, { shape: image });
  if (!isOne && values.shape[0] !== count) {
    throw new RangeError(
      `${fn}: ${at.name} must be ${count}, one per example, got ${values.shape[0]}`,
    );
  }
  return {
    fillRow(out, place) {
      reader.fillRow(out, isOne ? { ...place, index: 0 } : place);
    },
  };
}
