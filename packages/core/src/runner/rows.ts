/** The batch runner: a program over any number of rows, in chunks of few sizes. */
import type { NdArray, TypedArray } from "@elbo/jit";
import { emptyLike } from "../ndArray.ts";
import type { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import type { ColumnSpecs } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { NoiseSpecs } from "../step/noise.ts";
import { columnBuffers } from "../step/rows.ts";
import type { ColumnBuffers, Rows } from "../step/rows.ts";
import { noiseBuffers, rowNoise } from "./noise.ts";
import { programsOf } from "./program.ts";
import type { Program } from "./program.ts";

/** Sizes of the batches that programs are compiled for; the last chunk is padded up to one of them. */
const largeChunk = 128;
const smallChunk = 16;

/** Rows that are computed together. */
export interface Chunk {
  /** Position of the first row among those asked for. */
  readonly start: number;
  /** Rows that count. */
  readonly count: number;
  /** Rows that are computed; those beyond `count` repeat the last one. */
  readonly size: number;
  /** Whether none of them is padding, so that figures of the whole batch mean something. */
  readonly isWhole: boolean;
}

/** Columns of a program and where their values come from. */
export interface Source {
  readonly rows: Rows;
  readonly columns: ColumnSpecs;
  /** Put before the names of the columns to give those of the feeds: the same rows can be fed prepared and unprepared. */
  readonly prefix?: string;
  /** Draws of preparation: row i from `random.fork(i)`; absent: values as they are. */
  readonly random?: Random;
}

/** What {@link forEachChunk} runs. */
export interface RowsRequest {
  /** Name of the program in the trainable's cache; whatever the program depends on is part of it. */
  readonly name: string;
  readonly program: () => Program;
  readonly compute: ComputeOptions;
  /** Number of rows. */
  readonly count: number;
  /** Which rows of the sources, and whose noise; default `0 .. count - 1`. */
  readonly indices?: ArrayLike<number>;
  readonly sources?: readonly Source[];
  readonly noise?: NoiseSpecs;
  readonly draws?: number;
  /** What noise depends on, besides the row; required with noise. */
  readonly random?: Random;
  /** Numbers to feed, by the names of their feeds. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** How often each chunk is run, each time with further draws of the noise; default 1. */
  readonly rounds?: number;
  /** Outputs to compute; default all. */
  readonly outputs?: readonly string[] | ((round: number) => readonly string[] | undefined);
  /** Arrays that take what a chunk gives, by output. */
  readonly into?: (chunk: Chunk) => Readonly<Record<string, TypedArray>>;
  /** Rows at a time; default 1, 16 or 128, so that few programs are compiled. */
  readonly batchSize?: number;
  /** Whether outputs belong to whole batches: chunks then have the size min(batchSize, count). */
  readonly ofBatch?: boolean;
}

type Outputs = Readonly<Record<string, NdArray>>;

/**
 * Runs a program over all rows, chunk by chunk.
 *
 * A row's result does not depend on its neighbours: its noise and its preparation come from streams of its own.
 *
 * @param owner whose compiled functions are used
 */
export async function forEachChunk(
  owner: object,
  request: RowsRequest,
  visit: (chunk: Chunk, outputs: Outputs, round: number) => void | Promise<void>,
): Promise<void> {
  const { name, program, compute, indices, scalars, rounds = 1, outputs, into } = request;
  const compiled = programsOf(owner).get(name, program, compute);
  const buffers = new Map<number, ChunkBuffers>();
  const chunks = chunksOf(request);
  for (const [i, chunk] of chunks.entries()) {
    let own = buffers.get(chunk.size);
    if (own === undefined) buffers.set(chunk.size, (own = chunkBuffers(request, chunk.size)));
    const rows = rowsOf(chunk, indices);
    await fillSources(own, request, rows);
    if (i + 1 < chunks.length) {
      const next = rowsOf(chunks[i + 1], indices);
      for (const source of request.sources ?? []) source.rows.prefetch?.(next);
    }
    const fillNoise = noiseFiller(request, rows);
    for (let round = 0; round < rounds; round++) {
      fillNoise(own.noise);
      const names = typeof outputs === "function" ? outputs(round) : outputs;
      const feeds = { ...own.columns, ...own.noise, ...scalars };
      const options = {
        ...(names === undefined ? {} : { outputs: names }),
        ...(into === undefined ? {} : { into: into(chunk) }),
      };
      await visit(chunk, await compiled(feeds, options), round);
    }
  }
}

/**
 * Runs a program over all rows and joins what it gives.
 *
 * @returns its outputs, `[count, ...]` each
 */
export async function runRows(
  owner: object,
  request: RowsRequest,
): Promise<Record<string, NdArray>> {
  const joined: Record<string, NdArray> = {};
  /** Whole chunks write to their place, once the first has shown how much room a row takes. */
  const into = ({ start, count, isWhole }: Chunk): Record<string, TypedArray> => {
    const places = Object.entries(isWhole ? joined : {});
    return Object.fromEntries(
      places.map(([name, { data, shape }]) => {
        const row = sizeOf(shape.slice(1));
        return [name, data.subarray(start * row, (start + count) * row)];
      }),
    );
  };
  await forEachChunk(owner, { ...request, into }, ({ start, count }, outputs) => {
    for (const [name, { data, shape }] of Object.entries(outputs)) {
      const [, ...rest] = shape;
      const row = sizeOf(rest);
      const all = (joined[name] ??= {
        data: emptyLike(data, request.count * row),
        shape: [request.count, ...rest],
      });
      if (data.buffer !== all.data.buffer) all.data.set(data.subarray(0, count * row), start * row);
    }
  });
  return joined;
}

/** Which rows a chunk computes. */
const rowsOf = ({ start, count, size }: Chunk, indices: ArrayLike<number> | undefined) =>
  Int32Array.from({ length: size }, (_, i) => {
    const position = start + Math.min(i, count - 1);
    return indices === undefined ? position : indices[position];
  });

/** Cuts the rows into chunks. */
function chunksOf({ count, batchSize, ofBatch = false }: RowsRequest): Chunk[] {
  const usual = count === 1 ? 1 : count <= smallChunk ? smallChunk : largeChunk;
  const size = ofBatch ? Math.min(batchSize ?? largeChunk, count) : (batchSize ?? usual);
  const chunks: Chunk[] = [];
  for (let start = 0; start < count; start += size) {
    const counted = Math.min(size, count - start);
    chunks.push({ start, count: counted, size, isWhole: counted === size });
  }
  return chunks;
}

interface ChunkBuffers {
  /** Columns of all sources, by the names of the feeds. */
  readonly columns: Record<string, Float32Array | Int32Array>;
  /** The same arrays by source and name of the column. */
  readonly sources: readonly ColumnBuffers[];
  readonly noise: ReturnType<typeof noiseBuffers>;
}

function chunkBuffers(
  { sources = [], noise = {}, draws = 1 }: RowsRequest,
  rows: number,
): ChunkBuffers {
  const bySource = sources.map(({ columns }) => columnBuffers(columns, rows));
  const byFeed = bySource.flatMap((buffers, i) =>
    Object.entries(buffers).map(
      ([name, buffer]) => [(sources[i].prefix ?? "") + name, buffer] as const,
    ),
  );
  return {
    columns: Object.fromEntries(byFeed),
    sources: bySource,
    noise: noiseBuffers(noise, { rows, draws }),
  };
}

async function fillSources(
  { sources: buffers }: ChunkBuffers,
  { sources = [] }: RowsRequest,
  indices: Int32Array,
): Promise<void> {
  for (const [i, { rows, random }] of sources.entries()) {
    const draws = random && ((index: number) => random.fork(index));
    await rows.fillInto(buffers[i], { indices, ...(draws === undefined ? {} : { random: draws }) });
  }
}

function noiseFiller(
  { noise = {}, draws = 1, random }: RowsRequest,
  indices: Int32Array,
): (buffers: ChunkBuffers["noise"]) => void {
  if (Object.keys(noise).length === 0) return () => undefined;
  if (random === undefined) throw new Error("internal: rows with noise need a generator");
  return rowNoise(noise, { random, indices, draws });
}
