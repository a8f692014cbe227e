/** Buffers for the noise of a batch, and how they are filled. */
import { fillNoiseInto } from "../random/noise.ts";
import type { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import { noiseFeed } from "../step/feeds.ts";
import type { NoiseSpec, NoiseSpecs } from "../step/noise.ts";
import { layoutOf } from "./feeds.ts";

/** Buffers by the names of their feeds. */
export type NoiseBuffers = Readonly<Record<string, Float32Array | Int32Array>>;

/** Buffers for the noise of so many rows. */
export function noiseBuffers(
  noise: NoiseSpecs,
  { rows, draws = 1 }: { readonly rows: number; readonly draws?: number },
): NoiseBuffers {
  return Object.fromEntries(
    Object.entries(noise).map(([name, spec]) => {
      const { per, shape } = layoutOf(spec, draws);
      const size = sizeOf(shape) * (per === "batch" ? 1 : rows);
      const buffer = spec.kind === "permutation" ? new Int32Array(size) : new Float32Array(size);
      return [noiseFeed(name), buffer];
    }),
  );
}

/** Fills the buffers of a training step, from one stream per name. */
export function fillStepNoiseInto(buffers: NoiseBuffers, noise: NoiseSpecs, random: Random): void {
  for (const [name, spec] of Object.entries(noise)) {
    fillWhole(buffers[noiseFeed(name)], spec, random.fork(name));
  }
}

/** Which rows noise is for, and what it depends on. */
export interface RowNoiseOptions {
  readonly random: Random;
  /** Positions of the rows in the data set. */
  readonly indices: ArrayLike<number>;
  readonly draws?: number;
}

/**
 * Noise of rows outside training: one stream for every example and name, so that no row depends on its neighbours. Each
 * call fills the buffers with the streams' next draws. What belongs to a batch has a stream by the batch's first row.
 */
export function rowNoise(
  noise: NoiseSpecs,
  { random, indices, draws = 1 }: RowNoiseOptions,
): (buffers: NoiseBuffers) => void {
  const fillers = Object.entries(noise).map(([name, spec]) => {
    const root = random.fork(name);
    const { per, shape } = layoutOf(spec, draws);
    const feed = noiseFeed(name);
    if (spec.kind === "permutation" || per === "batch") {
      const stream = root.fork("batch", indices[0]);
      return (buffers: NoiseBuffers) => {
        fillWhole(buffers[feed], spec, stream);
      };
    }
    const { kind } = spec;
    const size = sizeOf(shape);
    const streams = Array.from(indices, (index) => root.fork(index));
    return (buffers: NoiseBuffers) => {
      const out = buffers[feed] as Float32Array;
      streams.forEach((stream, row) => {
        fillNoiseInto(out.subarray(row * size, (row + 1) * size), kind, stream);
      });
    };
  });
  return (buffers) => {
    for (const fill of fillers) fill(buffers);
  };
}

function fillWhole(out: Float32Array | Int32Array, spec: NoiseSpec, random: Random): void {
  if (spec.kind !== "permutation") {
    fillNoiseInto(out as Float32Array, spec.kind, random);
    return;
  }
  const { count } = spec;
  const rows = out.length / count;
  for (let i = 0; i < count; i++) {
    random.permutation(rows).forEach((row, at) => {
      out[at * count + i] = row; // [B, count]
    });
  }
}
