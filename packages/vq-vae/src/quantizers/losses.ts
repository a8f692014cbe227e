import * as tf from "@tensorflow/tfjs-core";
import { sumPerExample } from "@elbo/core";

/**
 * @file The losses of a codebook.
 *
 * `argmin` has no gradient. Two small operators here carry their own: the commitment (encoder only) and the
 * codebook loss (codes only). Each holds its formula and its gradient side by side, and each is exact: nothing leaks where a
 * stop-gradient belongs.
 *
 * Letters: `N` tokens, `K` codes, `D` dimensions of a code, `B` examples.
 * Source: van den Oord, Vinyals, Kavukcuoglu, "Neural Discrete Representation Learning" (2017),
 * https://arxiv.org/abs/1711.00937, equations 1 to 3.
 */

/**
 * The code of every token, out of reach of any gradient: neither tokens nor codes learn through it.
 *
 * A gather on the tape would be differentiated by its indices too, which come from the codes, and TF.js has no answer to that.
 *
 * @param z tokens `[..., D]`
 * @param codes codebook `[K, D]`
 * @param indices int32 `[...]`
 * @returns `[..., D]`
 */
export function detachedRows(z: tf.Tensor, codes: tf.Tensor2D, indices: tf.Tensor): tf.Tensor {
  return tf.customGrad((zIn) => ({
    value: tf.gather(codes, indices),
    gradFunc: () => tf.zerosLike(zIn as tf.Tensor),
  }))(z);
}

/**
 * How far the encoder is from its codes: `sum |z - stop(q)|^2` per example, gradient `2 (z - q)` to `z` only.
 *
 * @param z tokens `[B, ..., D]`
 * @param rows the code of each token, same shape
 * @returns `[B]`, summed over positions and dimensions
 */
export function commitmentLoss(z: tf.Tensor, rows: tf.Tensor): tf.Tensor {
  return tf.customGrad((zIn, save) => {
    const difference = tf.sub(zIn as tf.Tensor, rows);
    (save as tf.GradSaveFunc)([difference]);
    return {
      value: sumPerExample(tf.mul(difference, difference)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(tf.mul(2, perExample(dy, z.rank)), saved[0]),
    };
  })(z);
}

/** What {@link codebookLoss} compares. */
export interface CodebookLossInput {
  /** Tokens `[B, ..., D]`; they get no gradient. */
  readonly z: tf.Tensor;
  /** Codebook `[K, D]`. */
  readonly codes: tf.Tensor2D;
  /** Index of each token's code, int32 `[B, ...]`. */
  readonly indices: tf.Tensor;
}

/**
 * How far the codes are from their tokens: `sum |stop(z) - q|^2` per example.
 *
 * Gradient to code `k`: `2 sum over its tokens of (e_k - z)`; zero for a code without tokens, none to `z`.
 *
 * @returns `[B]`, summed over positions and dimensions
 */
export function codebookLoss({ z, codes, indices }: CodebookLossInput): tf.Tensor {
  const [K, D] = codes.shape;
  return tf.customGrad((codesIn, save) => {
    const difference = tf.sub(tf.gather(codesIn as tf.Tensor, indices), z); // [B, ..., D]
    (save as tf.GradSaveFunc)([difference, indices]);
    return {
      value: sumPerExample(tf.mul(difference, difference)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const perToken = tf.mul(tf.mul(2, perExample(dy, z.rank)), saved[0]);
        return sumPerCode(tf.reshape(perToken, [-1, D]), tf.reshape(saved[1], [-1]), K);
      },
    };
  })(codes);
}

/**
 * Sums the values of the tokens of each code.
 *
 * @param values `[N, D]`
 * @param indices int32 `[N]`
 * @param K number of codes
 * @returns `[K, D]`
 */
export function sumPerCode(values: tf.Tensor2D, indices: tf.Tensor1D, K: number): tf.Tensor2D {
  return tf.scatterND<tf.Rank.R2>(tf.expandDims(indices, 1), values, [K, values.shape[1]]);
}

/** `[B]` with ones appended to the shape until it has `rank` axes. */
function perExample(values: tf.Tensor, rank: number): tf.Tensor {
  return tf.reshape(values, [values.shape[0], ...new Array<number>(rank - 1).fill(1)]);
}
