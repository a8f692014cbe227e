import * as tf from "@tensorflow/tfjs-core";
import { createVariable, Random } from "@elbo/core";
import { sumPerCode } from "./losses.ts";

/** What a codebook holds and remembers between steps. */
export interface CodebookState {
  /** The codes `[K, D]`. */
  readonly codes: tf.Variable<tf.Rank.R2>;
  /** Recent tokens per code `[K]`, by which dead codes are known. */
  readonly use: tf.Variable;
  /** Moving average of tokens per code `[K]` (EMA codebook only). */
  readonly counts?: tf.Variable;
  /** Moving average of the sum of tokens per code `[K, D]` (EMA codebook only). */
  readonly sums?: tf.Variable;
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

/** Share of the old average that recent use keeps at each step: a code that nobody chooses falls to a tenth of even use in 22 steps. */
const useDecay = 0.9;

/** How a codebook starts. */
export interface CodebookOptions {
  readonly K: number;
  readonly D: number;
  readonly isEma: boolean;
  readonly seed: number;
}

/** A codebook before any data: codes uniform in `[-1/K, 1/K]`, counts 1, sums equal to the codes, so that their ratio is the code. */
export function createCodebook({ K, D, isEma, seed }: CodebookOptions): CodebookState {
  const uniform = (values: Float32Array): void => {
    new Random(seed).fork("codebook").fillUniformInto(values);
    for (let i = 0; i < values.length; i++) values[i] = (2 * values[i] - 1) / K;
  };
  const ones = (): tf.Variable => createVariable([K], (values) => values.fill(1));
  return {
    codes: createVariable<tf.Rank.R2>([K, D], uniform),
    use: ones(),
    ...(isEma ? { counts: ones(), sums: createVariable([K, D], uniform) } : {}),
  };
}

/**
 * Moves the codes of an EMA codebook towards the mean of their tokens, by exponential moving averages.
 *
 * ```
 * n_k <- decay n_k + (1 - decay) count_k      m_k <- decay m_k + (1 - decay) sum of its tokens
 * e_k <- m_k / n_k                            only if count_k > 0
 * ```
 *
 * Start with `n_k = 1`, `m_k = e_k` (or a cluster's count, and count times mean): the ratio is the code before any data came.
 * A code that no token chose keeps its value bit for bit, so no smoothing of the counts is needed, and none enters the
 * state. With `decay` 0 a step is one Lloyd step of k-means. (Paper, appendix A.1; there the counts have no stated start.)
 */
export function moveCodes(
  { codes, counts, sums }: Required<Pick<CodebookState, "codes" | "counts" | "sums">>,
  { z, indices, used }: Omit<Assignment, "rows">,
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
 * Moves codes onto badly served tokens whose recent use fell below a share of even use: `use_k < below x mean(use)`.
 *
 * The tokens are dealt out in turn, so that each code has `N / K` of them from different examples; a dead code jumps to the
 * one of its share that lies farthest from its own code, and starts again with even use, the average count, and count times
 * code as its sum: the averages of the next step do not carry it back, and it has time to be found. Batches are shuffled, so
 * this needs no random numbers and repeats exactly. With fewer tokens than codes, two dead codes can get the same token: one
 * of them then stays unused, and moves again later.
 *
 * The threshold is relative: one in hits per batch expires every code at every step once a batch has fewer tokens than
 * codes.
 */
export function reviveCodes(
  { codes, use, counts, sums }: CodebookState,
  { z, rows, used }: Omit<Assignment, "indices">,
  below: number,
): void {
  const isDead = followUse(use, used, below);
  const tokens = tf.gather(z, worstTokens(z, rows, codes.shape[0])); // [K, D]
  const deadRows = tf.expandDims(isDead, 1);
  codes.assign(tf.where(deadRows, tokens, codes));
  if (counts === undefined || sums === undefined) return;
  const average = tf.mean(counts);
  sums.assign(tf.where<tf.Tensor>(deadRows, tf.mul(average, tokens), sums));
  counts.assign(evenWhere(isDead, average, counts));
}

/**
 * Moves recent use on, and says which codes `[K]` fell below a share of even use; those have even use again, so that they have time
 * to be found.
 */
export function followUse(use: tf.Variable, used: tf.Tensor1D, below: number): tf.Tensor {
  const recent = tf.add(tf.mul(useDecay, use), tf.mul(1 - useDecay, used)); // [K]
  const even = tf.mean(recent);
  const isDead = tf.less(recent, tf.mul(below, even));
  use.assign(evenWhere(isDead, even, recent));
  return isDead;
}

const evenWhere = (isDead: tf.Tensor, value: tf.Tensor, others: tf.Tensor): tf.Tensor =>
  tf.where(isDead, tf.mul(value, tf.onesLike(others)), others);

/** For each code, the token of its share that lies farthest from its own code: int32 `[K]`. */
export function worstTokens(z: tf.Tensor2D, rows: tf.Tensor2D, K: number): tf.Tensor1D {
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

/** How many tokens chose each code: `[K]`, without a matrix of tokens and codes. */
export function countPerCode(indices: tf.Tensor1D, K: number): tf.Tensor1D {
  return tf.scatterND<tf.Rank.R1>(tf.expandDims(indices, 1), tf.ones([indices.shape[0]]), [K]);
}
