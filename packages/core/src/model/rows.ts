/** Runs a model's programs over any number of rows, in padded chunks of few sizes. */
import type { NdArray } from "@elbo/jit";
import { sizeOf } from "../data/ndArray.ts";
import { resolveSchedule } from "../objective/schedule.ts";
import type { ComputeOptions } from "./definition.ts";
import type { LatentModel } from "./latentModel.ts";
import type { LatentScheme } from "./latentScheme.ts";
import { scalarFeed } from "./programs.ts";
import type { Program } from "./programs.ts";

/** The most values of a result: 4 GiB as float32. */
export const maximalValues = 2 ** 30;

/** Arrays and scalars on their way into a compiled function. */
export type FeedBuffers = Record<string, Float32Array | Int32Array | number>;

/** What {@link runRows} runs over. */
export interface RowsRequest {
  /** Name of the program in the model's cache. */
  readonly name: string;
  /** Feeds that are cut by row, with the number of values of a row. */
  readonly inputs: Readonly<
    Record<string, { readonly data: Float32Array | Int32Array; readonly row: number }>
  >;
  /** Adds further feeds for the given rows. */
  readonly fill?: (feeds: FeedBuffers, indices: Int32Array) => void;
  /** Number of rows. */
  readonly count: number;
  readonly labels: Int32Array | undefined;
  /** Shapes per row of the outputs wanted. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly compute: ComputeOptions;
}

/**
 * Runs a program over all rows.
 *
 * @returns the wanted outputs, `[count, ...shape]`
 */
export async function runRows(
  model: LatentModel,
  make: (model: LatentModel) => Program,
  request: RowsRequest,
): Promise<Record<string, NdArray>> {
  const { name, inputs, fill, count, labels, outputs, compute } = request;
  const program = model.programs.get(name, () => make(model), model.computeWith(compute));
  const names = Object.keys(outputs);
  const parts: { chunk: Chunk; results: Record<string, NdArray> }[] = [];
  for (const chunk of chunksOf(count)) {
    const indices = chunkIndices(chunk);
    const feeds: FeedBuffers = scalarFeeds(model.scheme, 0);
    for (const [key, { data, row }] of Object.entries(inputs)) {
      feeds[key] = gatherRows(data, row, indices);
    }
    if (labels !== undefined) feeds["y"] = gatherRows(labels, 1, indices);
    fill?.(feeds, indices);
    parts.push({ chunk, results: await program(feeds, { outputs: names }) });
  }
  const joined = names.map((key) => {
    const ofKey = parts.map(({ chunk, results }) => ({ chunk, output: results[key] }));
    return [key, joinRows(ofKey, outputs[key])] as const;
  });
  return Object.fromEntries(joined);
}

/** The scheme's scheduled scalars at a step, as feeds. */
export function scalarFeeds(scheme: LatentScheme, step: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scheme.schedules ?? {}).map(([name, schedule]) => [
      scalarFeed(name),
      resolveSchedule(schedule)(step),
    ]),
  );
}

/**
 * Checks codes that a caller hands in.
 *
 * @throws TypeError for another dtype, RangeError for values that are no codes
 */
export function checkCodes(
  { data }: NdArray,
  { codeType, codeCount }: Pick<LatentScheme, "codeType" | "codeCount">,
): Float32Array | Int32Array {
  if (codeType === "float32") {
    if (!(data instanceof Float32Array)) {
      throw new TypeError("decode: codes must be float32, got integers");
    }
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new RangeError(`decode: codes must be finite, got ${data[bad]} at ${bad}`);
    return data;
  }
  const limit = codeCount ?? 2 ** 31;
  const bad = data.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value < limit));
  if (bad >= 0) {
    throw new RangeError(
      `decode: codes must be integers in [0, ${limit}), got ${data[bad]} at ${bad}`,
    );
  }
  return data instanceof Int32Array ? data : Int32Array.from(data);
}

/** Copies rows of `row` values each. */
export function gatherRows<T extends Float32Array | Int32Array>(
  data: T,
  row: number,
  indices: Int32Array,
): T {
  const out = new (data.constructor as new (length: number) => T)(indices.length * row);
  indices.forEach((index, i) => {
    out.set(data.subarray(index * row, (index + 1) * row), i * row);
  });
  return out;
}

/** Sizes of the batches that programs are compiled for; the last chunk is padded up to one of them. */
const largeChunk = 128;
const smallChunk = 16;

/** One chunk of rows. */
interface Chunk {
  readonly start: number;
  /** Rows that count. */
  readonly count: number;
  /** Rows that are computed; those beyond `count` are padding. */
  readonly size: number;
}

/** Cuts `count` rows into chunks of few sizes, so that few programs serve any count. */
function chunksOf(count: number): Chunk[] {
  const size = count === 1 ? 1 : count <= smallChunk ? smallChunk : largeChunk;
  const chunks: Chunk[] = [];
  for (let start = 0; start < count; start += size) {
    chunks.push({ start, count: Math.min(size, count - start), size });
  }
  return chunks;
}

/** Rows of a chunk as indices; padding repeats the last row. */
function chunkIndices({ start, count, size }: Chunk): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => start + Math.min(i, count - 1));
}

/** Joins the counted rows of chunked outputs to one array. */
function joinRows(
  parts: readonly { readonly chunk: Chunk; readonly output: NdArray }[],
  shape: readonly number[],
): NdArray {
  const row = sizeOf(shape);
  const total = parts.reduce((sum, { chunk }) => sum + chunk.count, 0);
  const first = parts[0]?.output.data ?? new Float32Array(0);
  const data =
    first instanceof Int32Array ? new Int32Array(total * row) : new Float32Array(total * row);
  for (const { chunk, output } of parts) {
    data.set(output.data.subarray(0, chunk.count * row), chunk.start * row);
  }
  return { data, shape: [total, ...shape] };
}
