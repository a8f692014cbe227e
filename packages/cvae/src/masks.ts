/** @file Which part of an image is observed: 1 there, 0 where it is to be completed. */
import { assertOneOf, describeValue, type ArgumentName, type Random } from "@elbo/core";

/**
 * A mask by name: the part that is observed.
 *
 * - `"one-quadrant"` (the lower left), `"two-quadrants"` (the left half), `"three-quadrants"` (all but the upper right), as in Sohn
 *   et al. 2015, section 5.1;
 * - `"left"`, `"right"`, `"top"`, `"bottom"`: a half;
 * - `"centre"`, `"around-centre"`: the middle half of height and width, or all around it;
 * - `"around-rectangle"`: all around a rectangle of any place and size, drawn for each example.
 */
export type MaskName =
  | "one-quadrant"
  | "two-quadrants"
  | "three-quadrants"
  | "left"
  | "right"
  | "top"
  | "bottom"
  | "centre"
  | "around-centre"
  | "around-rectangle";

interface Place {
  /** Row and column as parts of height and width, in `[0, 1)`. */
  readonly row: number;
  readonly column: number;
}

const isCentral = (part: number): boolean => part >= 0.25 && part < 0.75;

/** Whether a place is observed. */
const observed: Readonly<Record<Exclude<MaskName, "around-rectangle">, (place: Place) => boolean>> =
  {
    "one-quadrant": ({ row, column }) => row >= 0.5 && column < 0.5,
    "two-quadrants": ({ column }) => column < 0.5,
    "three-quadrants": ({ row, column }) => row >= 0.5 || column < 0.5,
    left: ({ column }) => column < 0.5,
    right: ({ column }) => column >= 0.5,
    top: ({ row }) => row < 0.5,
    bottom: ({ row }) => row >= 0.5,
    centre: ({ row, column }) => isCentral(row) && isCentral(column),
    "around-centre": ({ row, column }) => !(isCentral(row) && isCentral(column)),
  };

/** All names. */
export const maskNames: readonly MaskName[] = [
  ...(Object.keys(observed) as (keyof typeof observed)[]),
  "around-rectangle",
];

/** Height and width. */
export type Size = readonly [number, number];

/** Writes a mask, row-major. */
export type MaskWriter = (out: Float32Array | Int32Array, at: number, random?: Random) => void;

/** A mask by name, for images of a size; that of a drawn one needs a generator. */
export function maskWriter(name: MaskName, [height, width]: Size): MaskWriter {
  if (name === "around-rectangle") {
    return (out, at, random) => {
      if (random === undefined) throw new Error("internal: a mask is drawn without a generator");
      const [top, bottom] = twoOf(height, random);
      const [left, right] = twoOf(width, random);
      write(out, { at, height, width }, (y, x) => y < top || y >= bottom || x < left || x >= right);
    };
  }
  const isObserved = observed[name];
  return (out, at) => {
    write(out, { at, height, width }, (y, x) => isObserved({ row: y / height, column: x / width }));
  };
}

/** Two different edges of `0 .. length`, the smaller first. */
function twoOf(length: number, random: Random): readonly [number, number] {
  const a = random.integer(length + 1);
  const b = random.integer(length);
  const other = b < a ? b : b + 1;
  return [Math.min(a, other), Math.max(a, other)];
}

function write(
  out: Float32Array | Int32Array,
  { at, height, width }: { readonly at: number; readonly height: number; readonly width: number },
  isObserved: (y: number, x: number) => boolean,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[at + y * width + x] = isObserved(y, x) ? 1 : 0;
  }
}

/** A mask as people say it: by name, or as 0 and 1, `[h, w]` for all examples or `[n, h, w]`, perhaps with a last axis of 1. */
export type MaskLike =
  MaskName | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

/** What {@link readMask} goes by. */
export interface MaskRule {
  readonly size: Size;
  /** Examples. */
  readonly count: number;
  /** Whether there will be a generator. */
  readonly canDraw: boolean;
}

/**
 * Checks a mask, and writes that of an example.
 *
 * @throws TypeError or RangeError for an unknown name, another shape, or a value that is neither 0 nor 1
 */
export function readMask(
  at: ArgumentName,
  mask: unknown,
  { size, count, canDraw }: MaskRule,
): (out: Float32Array | Int32Array, place: { at: number; index: number }, random?: Random) => void {
  const { fn, name } = at;
  if (typeof mask === "string") {
    assertOneOf(at, mask, maskNames);
    if (mask === "around-rectangle" && !canDraw) {
      throw new RangeError(`${fn}: ${name} must be a mask that is not drawn, got "${mask}"`);
    }
    const writeMask = maskWriter(mask, size);
    return (out, place, random) => {
      writeMask(out, place.at, random);
    };
  }
  const { data, shape } = (mask ?? {}) as { data?: ArrayLike<number>; shape?: readonly number[] };
  const [height, width] = size;
  if (data === undefined || shape === undefined) {
    throw new TypeError(
      `${fn}: ${name} must be one of ${maskNames.join(", ")}, or { data, shape: [${height}, ${width}] or [${count}, ${height}, ${width}] } of 0 and 1, got ${describeValue(mask)}`,
    );
  }
  const pixels = height * width;
  const own = shape.at(-1) === 1 && shape.length > 2 ? shape.slice(0, -1) : shape;
  const isOne = own.join() === `${height},${width}`;
  if (!isOne && own.join() !== `${count},${height},${width}`) {
    throw new RangeError(
      `${fn}: ${name} must have the shape [${height}, ${width}] or [${count}, ${height}, ${width}], got [${shape.join(", ")}]`,
    );
  }
  const values = pixels * (isOne ? 1 : count);
  if (data.length !== values) {
    throw new RangeError(
      `${fn}: ${name} must have ${values} values, as its shape says, got ${data.length}`,
    );
  }
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0 || data[i] === 1) continue;
    throw new RangeError(`${fn}: ${name} must be 0 or 1 each, got ${data[i]} at ${i}`);
  }
  return (out, { at: start, index }) => {
    const from = isOne ? 0 : index * pixels;
    for (let i = 0; i < pixels; i++) out[start + i] = data[from + i];
  };
}
