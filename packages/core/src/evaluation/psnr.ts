import type { ArrayLikeData } from "../data/examples.ts";
import { imagePairs } from "./images.ts";
import type { PeakOptions } from "./images.ts";

/**
 * Peak signal-to-noise ratio of each pair of examples, `10 log10(peak^2 / mean (a - b)^2)` in decibels; infinite for equal ones.
 *
 * @param a `[n, ...]`, floats or bytes
 * @param b the same shape and kind
 * @returns n numbers
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function psnr(a: ArrayLikeData, b: ArrayLikeData, options: PeakOptions = {}): Float64Array {
  const { a: first, b: second, shape, peak } = imagePairs("psnr", { a, b }, options);
  const size = first.length / shape[0];
  return Float64Array.from({ length: shape[0] }, (_, i) => {
    let sum = 0;
    for (let k = i * size; k < (i + 1) * size; k++) sum += (first[k] - second[k]) ** 2;
    return 10 * Math.log10((peak * peak * size) / sum);
  });
}
