import type { TypedArray } from "@elbo/jit";

/**
 * Points on the straight lines between two lists of latents, both ends included.
 *
 * @returns `[rows, steps, size]`
 */
export function straightLines(
  { from, to }: { readonly from: TypedArray; readonly to: TypedArray },
  { size, steps }: { readonly size: number; readonly steps: number },
): Float32Array {
  const rows = from.length / size;
  const z = new Float32Array(rows * steps * size);
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < steps; step++) {
      const t = step / (steps - 1);
      for (let d = 0; d < size; d++) {
        const at = row * size + d;
        z[(row * steps + step) * size + d] = (1 - t) * from[at] + t * to[at];
      }
    }
  }
  return z;
}

/**
 * One latent vector with one dimension at a time set to each of some values.
 *
 * @returns `[dimensions, values, size]`
 */
export function axisLines(
  latent: TypedArray,
  {
    dimensions,
    values,
  }: { readonly dimensions: readonly number[]; readonly values: readonly number[] },
): Float32Array {
  const size = latent.length;
  const z = new Float32Array(dimensions.length * values.length * size);
  dimensions.forEach((dimension, row) => {
    values.forEach((value, column) => {
      const at = (row * values.length + column) * size;
      z.set(latent, at);
      z[at + dimension] = value;
    });
  });
  return z;
}
