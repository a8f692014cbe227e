/** Neighbours and directions among codes. */
import { assertInteger, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { ArrayLikeData, ExamplesLike } from "../data/examples.ts";
import { marksOf, matrixOf, numbersOf } from "../evaluation/arrays.ts";
import { distancesInto, smallest } from "../numeric/neighbours.ts";
import type { PositivesLike } from "../evaluation/ranking.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { CallOptions } from "../operations/call.ts";
import { decode } from "../operations/decode.ts";
import { encode } from "../operations/encode.ts";

/** The nearest of some codes. */
export interface Neighbours {
  /** `[queries, neighbours]`, rows of the codes, the nearest first. */
  readonly indices: NdArray<Int32Array>;
  /** `[queries, neighbours]`, Euclidean. */
  readonly distances: NdArray<Float32Array>;
}

/**
 * The examples whose codes are nearest to those asked for.
 *
 * @param queries codes `[m, L]`
 * @param codes codes `[n, L]` to look among
 * @param count neighbours per query; default 8
 * @throws TypeError or RangeError for codes that do not fit
 */
export function nearestNeighbours(
  queries: ArrayLikeData,
  codes: ArrayLikeData,
  count = 8,
): Neighbours {
  const fn = "nearestNeighbours";
  const from = matrixOf({ fn, name: "queries" }, queries);
  const to = matrixOf({ fn, name: "codes" }, codes);
  if (from.columns !== to.columns) {
    throw new RangeError(
      `${fn}: codes must have as many values as queries (${from.columns}), got ${to.columns}`,
    );
  }
  assertInteger({ fn, name: "count" }, count, { min: 1, max: to.rows });
  const indices = new Int32Array(from.rows * count);
  const distances = new Float32Array(from.rows * count);
  const all = new Float64Array(to.rows);
  for (let row = 0; row < from.rows; row++) {
    distancesInto(all, { from, row, to });
    smallest(all, count).forEach((index, k) => {
      indices[row * count + k] = index;
      distances[row * count + k] = Math.sqrt(all[index]);
    });
  }
  const shape = [from.rows, count];
  return { indices: { data: indices, shape }, distances: { data: distances, shape } };
}

/**
 * The direction from examples without an attribute to those with it: the difference of the mean codes, `[L]`. Source: Larsen et al. 2016
 * (arXiv:1512.09300), section 4.2.
 *
 * @param codes `[n, L]`
 * @param has one mark per example, of both kinds
 * @throws TypeError or RangeError for lists that do not fit, or marks of one kind only
 */
export function latentDirection(codes: ArrayLikeData, has: PositivesLike): NdArray<Float32Array> {
  const fn = "latentDirection";
  const { data, rows, columns } = matrixOf({ fn, name: "codes" }, codes);
  const { marked, count } = marksOf({ fn, name: "has" }, has, rows);
  const direction = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) {
    const weight = marked[Math.floor(i / columns)] === 1 ? 1 / count : -1 / (rows - count);
    direction[i % columns] += weight * data[i];
  }
  return { data: Float32Array.from(direction), shape: [columns] };
}

interface MoveOwn {
  /** Multiples of the direction; default -1, -0.5, 0, 0.5, 1. */
  readonly strengths?: readonly number[];
}

/** Options of {@link moveAlong}. */
export interface MoveOptions extends CallOptions, MoveOwn {}

const moveTable = {
  strengths: {
    rule: rules.list(rules.number()),
    default: [-1, -0.5, 0, 0.5, 1],
    doc: "multiples of the direction",
  },
} satisfies OptionTable<MoveOwn>;

/**
 * Examples moved along a direction of the latent space: `decode(encode(x) + strength direction)`.
 *
 * @param x what the model takes; models whose codes are vectors
 * @param direction `[L]`, what {@link latentDirection} gives
 * @returns `[n, strengths, ...]`
 * @throws TypeError or RangeError for examples or a direction that do not fit
 */
export async function moveAlong(
  model: LatentVariableModel,
  { x, direction }: { readonly x: ExamplesLike; readonly direction: ArrayLikeData },
  options: MoveOptions = {},
): Promise<NdArray<Float32Array>> {
  const fn = "moveAlong";
  const { strengths: given, ...call } = options;
  const { strengths } = readOptions(fn, moveTable, { strengths: given });
  const codes = (await encode(model, x, call)) as NdArray;
  const [count, size] = codes.shape;
  if (codes.shape.length !== 2 || !(codes.data instanceof Float32Array)) {
    throw new Error(`${fn}: codes of the model must be vectors, got others`);
  }
  const step = numbersOf({ fn, name: "direction" }, direction, size);
  const moved = new Float32Array(count * strengths.length * size);
  for (let i = 0; i < moved.length; i++) {
    const row = Math.floor(i / size);
    const strength = strengths[row % strengths.length];
    const from = Math.floor(row / strengths.length) * size + (i % size);
    moved[i] = codes.data[from] + strength * step[i % size];
  }
  const shown = (await decode(
    model,
    { data: moved, shape: [count * strengths.length, size] },
    spread(call, strengths.length),
  )) as NdArray<Float32Array>;
  return { data: shown.data, shape: [count, strengths.length, ...shown.shape.slice(1)] };
}

/** The labels of a call, each as often as its example is shown. */
function spread(call: CallOptions, times: number): CallOptions {
  const { labels } = call;
  if (labels === undefined) return call;
  const list = Array.from(labels as ArrayLike<number>);
  return { ...call, labels: list.flatMap((label) => new Array<number>(times).fill(label)) };
}
