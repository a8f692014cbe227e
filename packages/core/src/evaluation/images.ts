/** Pairs of images that are compared, checked. */
import { assertKnownOptions, assertNumber, assertShape } from "@elbo/common";
import type { ArrayLikeData } from "../data/examples.ts";
import { arrayOf, finite } from "./arrays.ts";

/** Options of {@link psnr} and {@link ssim}. */
export interface PeakOptions {
  /** Range of the values; default 1 for floats and 255 for bytes. */
  readonly peak?: number;
}

/** Two sets of images as float64. */
export interface ImagePairs {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly shape: readonly number[];
  readonly peak: number;
}

const isBytes = ({ data }: ArrayLikeData): boolean =>
  data instanceof Uint8Array || data instanceof Uint8ClampedArray;

/** @throws TypeError or RangeError for images that do not fit together, or hold what is not finite */
export function imagePairs(
  fn: string,
  { a, b }: { readonly a: ArrayLikeData; readonly b: ArrayLikeData },
  options: PeakOptions,
): ImagePairs {
  assertKnownOptions(fn, options, ["peak"]);
  const first = arrayOf({ fn, name: "a" }, a);
  const second = arrayOf({ fn, name: "b" }, b);
  assertShape({ fn, name: "b" }, second.shape, first.shape);
  if (first.data.length === 0) throw new RangeError(`${fn}: a must hold an example, got none`);
  if (options.peak === undefined && isBytes(a) !== isBytes(b)) {
    throw new TypeError(
      `${fn}: a and b must be both bytes or both floats, got one of each; divide bytes by 255, or give the peak`,
    );
  }
  const { peak = isBytes(a) ? 255 : 1 } = options;
  assertNumber({ fn, name: "peak" }, peak, { above: 0 });
  for (const [name, { data }] of Object.entries({ a: first, b: second }))
    finite({ fn, name }, data);
  return { a: first.data, b: second.data, shape: first.shape, peak };
}
