import { fillNoiseInto } from "../random/noise.ts";
import type { NoiseSpec } from "../random/noise.ts";
import type { Random } from "../random/random.ts";
import { sizeOf } from "./ndArray.ts";

/** Buffers for named noise, `[rows, ...shape]` each. */
export function noiseBuffers(
  noise: Readonly<Record<string, NoiseSpec>>,
  rows: number,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(noise).map(([name, { shape }]) => [
      name,
      new Float32Array(rows * sizeOf(shape)),
    ]),
  );
}

/** Fills the buffers of a training step from one stream per name. */
export function fillStepNoiseInto(
  buffers: Readonly<Record<string, Float32Array>>,
  noise: Readonly<Record<string, NoiseSpec>>,
  random: Random,
): void {
  for (const [name, { kind }] of Object.entries(noise)) {
    fillNoiseInto(buffers[name], kind, random.fork(name));
  }
}

/** Fills the buffers row by row from a stream per example and name, so that no row depends on its neighbours. */
export function fillRowNoiseInto(
  buffers: Readonly<Record<string, Float32Array>>,
  noise: Readonly<Record<string, NoiseSpec>>,
  { random, indices }: { readonly random: Random; readonly indices: ArrayLike<number> },
): void {
  for (const [name, { kind, shape }] of Object.entries(noise)) {
    const size = sizeOf(shape);
    const stream = random.fork(name);
    for (let row = 0; row < indices.length; row++) {
      const target = buffers[name].subarray(row * size, (row + 1) * size);
      fillNoiseInto(target, kind, stream.fork(indices[row]));
    }
  }
}
