/**
 * Ways between two points of a latent space, `[steps, size]` with both ends: straight, on the great circle, or along the data.
 */
import type { TypedArray } from "@elbo/jit";
import type { Matrix } from "../numeric/matrix.ts";
import { distancesInto, smallest } from "../numeric/neighbours.ts";

/** One point as a row of numbers. */
type Point = Float64Array;

/** A way of `steps` points from one latent to another. */
export type LatentPath = (from: Point, to: Point, steps: number) => Float64Array;

/** `(1 - t) a + t b`. */
export const straight: LatentPath = (from, to, steps) =>
  points(steps, from.length, (t, out) => {
    for (let d = 0; d < out.length; d++) out[d] = (1 - t) * from[d] + t * to[d];
  });

/**
 * `sin((1 - t) w) / sin(w) a + sin(t w) / sin(w) b` with the angle w between a and b: the norm of the points stays that of typical
 * latents, where the straight line passes near the origin. Of (nearly) parallel ends it is the straight line. Source: White 2016
 * (arXiv:1609.04468), section 2.1.
 */
export const spherical: LatentPath = (from, to, steps) => {
  const cosine = dot(from, to) / Math.sqrt(dot(from, from) * dot(to, to));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  if (!(sine > 1e-6)) return straight(from, to, steps);
  return points(steps, from.length, (t, out) => {
    const [a, b] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
    for (let d = 0; d < out.length; d++) out[d] = a * from[d] + b * to[d];
  });
};

/** Neighbours that a point of the data is joined to. */
const joined = 10;

/**
 * The shortest way from end to end over the codes of examples, each joined to its 10 nearest ones (as Isomap measures distances;
 * Tenenbaum et al. 2000), then walked at even speed. Where the graph falls apart, the last leg is straight.
 *
 * Cost per way: `n^2 size` for n codes.
 *
 * @param codes `[n, size]`
 */
export function throughData(codes: TypedArray, size: number): LatentPath {
  const matrix = { data: Float64Array.from(codes), rows: codes.length / size, columns: size };
  const near = Array.from({ length: matrix.rows }, (_, row) =>
    nearest(matrix, { from: matrix, row, count: Math.min(joined, matrix.rows - 1), skip: row }),
  );
  return (from, to, steps) => evenly([from, ...shortest(matrix, near, { from, to }), to], steps);
}

interface Query {
  readonly from: Matrix;
  readonly row: number;
  readonly count: number;
  /** A row that does not count. */
  readonly skip?: number;
}

/** The rows of a matrix nearest to a row of another. */
function nearest(to: Matrix, { from, row, count, skip }: Query): Int32Array {
  const distances = new Float64Array(to.rows);
  distancesInto(distances, { from, row, to });
  return smallest(distances, count, skip);
}

/** Dijkstra's way over the rows from the one nearest to `from` to the one nearest to `to`. */
function shortest(
  matrix: Matrix,
  near: readonly Int32Array[],
  ends: { readonly from: Point; readonly to: Point },
): Point[] {
  const { rows, columns } = matrix;
  const point = (row: number): Point => matrix.data.subarray(row * columns, (row + 1) * columns);
  const [start, end] = [ends.from, ends.to].map((data) => {
    const [found] = nearest(matrix, { from: { data, rows: 1, columns }, row: 0, count: 1 });
    return found;
  });
  const lengths = new Float64Array(rows).fill(Infinity);
  const before = new Int32Array(rows).fill(-1);
  const done = new Uint8Array(rows);
  lengths[start] = 0;
  for (;;) {
    let at = -1;
    for (let i = 0; i < rows; i++) {
      if (done[i] === 0 && lengths[i] < (at < 0 ? Infinity : lengths[at])) at = i;
    }
    if (at < 0 || at === end) break;
    done[at] = 1;
    for (const next of near[at]) {
      const length = lengths[at] + Math.sqrt(squaredDistance(point(at), point(next)));
      if (length < lengths[next]) [lengths[next], before[next]] = [length, at];
    }
  }
  const way: Point[] = [];
  for (let at = end; at >= 0 && lengths[end] < Infinity; at = before[at]) way.unshift(point(at));
  return way;
}

/** Points at even distances along a chain of stations. */
function evenly(stations: readonly Point[], steps: number): Float64Array {
  const ends = [0];
  for (let i = 1; i < stations.length; i++) {
    ends.push(ends[i - 1] + Math.sqrt(squaredDistance(stations[i - 1], stations[i])));
  }
  let leg = 1;
  return points(steps, stations[0].length, (t, out) => {
    const along = t * ends[ends.length - 1];
    while (leg < ends.length - 1 && ends[leg] < along) leg++;
    const length = ends[leg] - ends[leg - 1];
    const share = length > 0 ? (along - ends[leg - 1]) / length : 0;
    const [a, b] = [stations[leg - 1], stations[leg]];
    for (let d = 0; d < out.length; d++) out[d] = (1 - share) * a[d] + share * b[d];
  });
}

function points(
  steps: number,
  size: number,
  fill: (t: number, out: Float64Array) => void,
): Float64Array {
  const all = new Float64Array(steps * size);
  for (let i = 0; i < steps; i++) fill(i / (steps - 1), all.subarray(i * size, (i + 1) * size));
  return all;
}

const dot = (a: Point, b: Point): number => {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
};

const squaredDistance = (a: Point, b: Point): number => {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return sum;
};
