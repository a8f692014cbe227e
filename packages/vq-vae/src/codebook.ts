import * as tf from "@tensorflow/tfjs-core";
import { sumPerCode } from "./nearestCode.ts";

/** What the codebook holds and remembers between steps. */
export interface CodebookState {
  /** The codes `[K, D]`. */
  readonly codes: tf.Variable<tf.Rank.R2>;
  /** Moving average of tokens per code `[K]` (EMA codebook only). */
  readonly counts?: tf.Variable;
  /** Moving average of the sum of tokens per code `[K, D]` (EMA codebook only). */
  readonly sums?: tf.Variable;
  /** Steps since each code was last used `[K]` (when codes are revived). */
  readonly idle?: tf.Variable;
}

/** The tokens of one step and the codes they chose. */
export interface Assignment {
  /** Tokens `[N, D]`. */
  readonly z: tf.Tensor2D;
  /** Their codes `[N, D]`. */
  readonly rows: tf.Tensor2D;
  /** Their indices, int32 `[N]`. */
  readonly indices: tf.Tensor1D;
  /** How many of them chose each code `[K]`: {@link countPerCode}. */
  readonly used: tf.Tensor1D;
}

/**
 * Moves the codes towards the mean of their tokens, by exponential moving averages.
 *
 * ```
 * n_k <- decay n_k + (1 - decay) count_k      m_k <- decay m_k + (1 - decay) sum of its tokens
 * e_k <- m_k / n_k                            only if count_k > 0
 * ```
 *
 * Start with `n_k = 1`, `m_k = e_k`: the ratio is the code before any data came. A code that no token chose
 * keeps its value bit for bit, so no smoothing of the counts is needed, and none enters the state. With
 * `decay` 0 a step is one Lloyd step of k-means. (Paper, appendix A.1; there the counts have no stated start.)
 */
export function moveCodes(
  { codes, counts, sums }: Required<Pick<CodebookState, "codes" | "counts" | "sums">>,
  { z, indices, used }: Assignment,
  decay: number,
): void {
  const K = codes.shape[0];
  const n = tf.add(tf.mul(decay, counts), tf.mul(1 - decay, used)); // [K]
  const m = tf.add(tf.mul(decay, sums), tf.mul(1 - decay, sumPerCode(z, indices, K))); // [K, D]
  counts.assign(n);
  sums.assign(m);
  const isUsed = tf.greater(used, 0);
  const safe = tf.where(isUsed, n, tf.onesLike(n)); // decay 0 leaves n = 0 where nothing came
  codes.assign(tf.where(tf.expandDims(isUsed, 1), tf.div(m, tf.expandDims(safe, 1)), codes));
}

/**
 * Moves codes that no token chose for `after` steps onto tokens that are badly served.
 *
 * The tokens are dealt out in turn, so that each code has `N / K` of them from different examples; an idle
 * code jumps to the one of its share that lies farthest from its own code, and starts again with count one.
 * Batches are shuffled, so this needs no random numbers and repeats exactly. With fewer tokens than codes,
 * two idle codes can get the same token: one of them then stays idle, and moves again later.
 *
 * The clock counts steps, not hits per batch: a threshold of hits kills every code as soon as a batch has
 * fewer tokens than codes.
 */
export function reviveCodes(
  { codes, counts, sums, idle }: CodebookState & { readonly idle: tf.Variable },
  { z, rows, used }: Assignment,
  after: number,
): void {
  const K = codes.shape[0];
  const waited = tf.where(tf.greater(used, 0), tf.zerosLike(idle), tf.add(idle, 1)); // [K]
  const isDead = tf.greaterEqual(waited, after);
  const tokens = tf.gather(z, worstTokens(z, rows, K)); // [K, D]
  const deadRows = tf.expandDims(isDead, 1);
  idle.assign(tf.where(isDead, tf.zerosLike(waited), waited));
  codes.assign(tf.where(deadRows, tokens, codes));
  counts?.assign(tf.where(isDead, tf.onesLike(waited), counts));
  sums?.assign(tf.where<tf.Tensor>(deadRows, tokens, sums));
}

/** For each code, the token of its share that lies farthest from its own code: int32 `[K]`. */
function worstTokens(z: tf.Tensor2D, rows: tf.Tensor2D, K: number): tf.Tensor1D {
  const N = z.shape[0];
  const share = Math.floor(N / K);
  if (share < 2) return integers(K, (k) => k % N);
  const errors = tf.sum(tf.squaredDifference(z, rows), 1); // [N]
  const worst = tf.argMax(tf.reshape(tf.slice(errors, 0, share * K), [share, K]), 0); // [K], in [0, share)
  return tf.add(
    tf.mul(worst, tf.scalar(K, "int32")),
    integers(K, (k) => k),
  );
}

function integers(length: number, value: (index: number) => number): tf.Tensor1D {
  return tf.tensor1d(
    Int32Array.from({ length }, (_, k) => value(k)),
    "int32",
  );
}

/** How many tokens chose each code: `[K]`. */
export function countPerCode(indices: tf.Tensor1D, K: number): tf.Tensor1D {
  return tf.scatterND<tf.Rank.R1>(tf.expandDims(indices, 1), tf.ones([indices.shape[0]]), [K]);
}

/**
 * `exp(H)` of the share of tokens that each code got: 1 when one code has all, `K` when all have the same.
 *
 * @param counts tokens per code, accumulated over everything that shall count as one (an epoch, a test set)
 */
export function perplexity(counts: ArrayLike<number>): number {
  let total = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k];
  let entropy = 0;
  for (let k = 0; k < counts.length; k++) {
    const share = counts[k] / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** The share of codes with at least one token, in `[0, 1]`. */
export function usage(counts: ArrayLike<number>): number {
  let used = 0;
  for (let k = 0; k < counts.length; k++) if (counts[k] > 0) used++;
  return used / counts.length;
}
