/**
 * @file k-means with k-means++ seeding, in plain JavaScript: what a codebook starts from, once per training.
 *
 * Seeds are drawn with a probability proportional to their squared distance from those before them; then Lloyd's steps. Both
 * cost `vectors x codes x dimensions`; beyond a budget (about a second) fewer vectors are looked at for seeds, then any
 * different vectors are taken, and fewer steps are made.
 * Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding" (2007).
 */
import type { Random } from "@elbo/core";

/** What {@link kMeans} is told. */
export interface KMeansOptions {
  /** Dimensions of a vector. */
  readonly D: number;
  /** Number of means. */
  readonly K: number;
  readonly random: Random;
  /** Lloyd's steps, default 10; fewer when nothing moves any more, or beyond the budget. */
  readonly steps?: number;
}

/** Means and how many vectors are nearest to each. */
export interface Clusters {
  /** `[K, D]` */
  readonly means: Float32Array;
  /** `[K]` */
  readonly counts: Float64Array;
  /** The nearest mean of every vector, `[n]`. */
  readonly indices: Int32Array;
  /** Sum of the squared distances to them. */
  readonly inertia: number;
}

/** Multiplications that seeding, and all of Lloyd's steps together, may cost. */
const budget = 4e8;

/** How far the copies lie from their vectors when there are fewer vectors than means, in standard deviations. */
const jitter = 0.01;

/**
 * Clusters vectors `[n, D]`. With fewer different vectors than means, the others are slightly moved copies.
 *
 * A mean without vectors stays where it is; the lowest index wins ties. The inertia never rises from step to step. Of more
 * vectors and means than can be compared in some seconds, some vectors are the means, and `indices` is empty.
 */
export function kMeans(vectors: Float32Array, options: KMeansOptions): Clusters {
  const { D, K, steps = 10 } = options;
  const n = vectors.length / D;
  const means = seeds(vectors, options);
  const cost = n * K * D;
  if (cost > 10 * budget) {
    return { means, counts: new Float64Array(K).fill(1), indices: new Int32Array(0), inertia: NaN };
  }
  const most = Math.min(steps, Math.floor(budget / cost));
  let clusters = assigned(vectors, means, D);
  for (let step = 0; step < most; step++) {
    const next = assigned(vectors, movedMeans(vectors, clusters, D), D);
    const gain = clusters.inertia - next.inertia;
    if (gain < 0) break; // rounding
    clusters = next;
    if (gain <= 1e-4 * next.inertia) break;
  }
  return clusters;
}

/** What vectors are replaced by: their means. */
export function replacedBy(
  vectors: Float32Array,
  { means, indices }: Clusters,
  D: number,
): Float32Array {
  if (indices.length === 0) return vectors.slice();
  return vectors.map((_, i) => means[indices[Math.floor(i / D)] * D + (i % D)]);
}

function seeds(vectors: Float32Array, { D, K, random }: KMeansOptions): Float32Array {
  const n = vectors.length / D;
  const order = random.fork("order").permutation(n);
  const looked = Math.min(n, Math.floor(budget / (K * D)));
  const isSpread = looked >= Math.min(n, 2 * K);
  const chosen = isSpread
    ? spreadSeeds(vectors, { D, K, random: random.fork("seeds"), among: order.subarray(0, looked) })
    : [...order.subarray(0, K)];
  const means = new Float32Array(K * D);
  for (let k = 0; k < K; k++) {
    const at = chosen[k % chosen.length] * D;
    means.set(vectors.subarray(at, at + D), k * D);
  }
  if (!isSpread || chosen.length < K) separate(means, { vectors, D, random });
  return means;
}

/** Numbers of vectors, each drawn in proportion to its squared distance from the ones before; fewer where no others are left. */
function spreadSeeds(
  vectors: Float32Array,
  { D, K, random, among }: KMeansOptions & { readonly among: Int32Array },
): number[] {
  const chosen = [among[0]];
  const nearest = new Float64Array(among.length).fill(Infinity);
  while (chosen.length < K) {
    const last = chosen[chosen.length - 1] * D;
    let total = 0;
    for (let i = 0; i < among.length; i++) {
      const bound = nearest[i];
      if (bound > 0) {
        const distance = squaredDistance(vectors, among[i] * D, {
          others: vectors,
          at: last,
          D,
          bound,
        });
        if (distance < bound) nearest[i] = distance;
      }
      total += nearest[i];
    }
    if (!(total > 0)) break;
    let left = random.uniform() * total;
    let next = 0;
    for (let i = 0; i < among.length; i++) {
      if (nearest[i] === 0) continue;
      next = i;
      left -= nearest[i];
      if (left < 0) break;
    }
    chosen.push(among[next]);
  }
  return chosen;
}

interface Other {
  readonly others: Float32Array;
  readonly at: number;
  readonly D: number;
  /** Beyond it the distance does not matter. */
  readonly bound: number;
}

function squaredDistance(
  vectors: Float32Array,
  from: number,
  { others, at, D, bound }: Other,
): number {
  let sum = 0;
  for (let d = 0; d < D; d++) {
    const difference = vectors[from + d] - others[at + d];
    sum += difference * difference;
    if (sum > bound) return sum;
  }
  return sum;
}

/** Every vector to its nearest mean. */
export function assigned(vectors: Float32Array, means: Float32Array, D: number): Clusters {
  const n = vectors.length / D;
  const K = means.length / D;
  const counts = new Float64Array(K);
  const indices = new Int32Array(n);
  let inertia = 0;
  for (let i = 0; i < n; i++) {
    let best = 0;
    let bound = Infinity;
    const from = i * D;
    for (let k = 0, at = 0; k < K; k++, at += D) {
      let sum = 0;
      for (let d = 0; d < D; d++) {
        const difference = vectors[from + d] - means[at + d];
        sum += difference * difference;
        if (sum >= bound) break;
      }
      if (sum < bound) [best, bound] = [k, sum];
    }
    counts[best]++;
    indices[i] = best;
    if (bound < Infinity) inertia += bound;
  }
  return { means, counts, indices, inertia };
}

function movedMeans(
  vectors: Float32Array,
  { means, counts, indices }: Clusters,
  D: number,
): Float32Array {
  const sums = new Float64Array(means.length);
  indices.forEach((k, i) => {
    for (let d = 0; d < D; d++) sums[k * D + d] += vectors[i * D + d];
  });
  return means.map((value, i) => {
    const count = counts[Math.floor(i / D)];
    return count === 0 ? value : sums[i] / count;
  });
}

/** Moves means that equal another one a little. */
function separate(
  means: Float32Array,
  { vectors, D, random }: Pick<KMeansOptions, "D" | "random"> & { readonly vectors: Float32Array },
): void {
  const scale = jitter * deviation(vectors);
  const noise = random.fork("jitter");
  const seen = new Set<string>();
  const shift = new Float32Array(D);
  for (let at = 0; at < means.length; at += D) {
    const mean = means.subarray(at, at + D);
    if (seen.has(mean.join())) {
      noise.fillNormalInto(shift);
      for (let d = 0; d < D; d++) mean[d] += (scale || jitter) * shift[d];
    }
    seen.add(mean.join());
  }
}

/** Standard deviation of all values. */
function deviation(values: Float32Array): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] / values.length;
  let variance = 0;
  for (let i = 0; i < values.length; i++) variance += (values[i] - mean) ** 2 / values.length;
  return Math.sqrt(variance);
}
