import * as tf from "@tensorflow/tfjs-core";

/**
 * The given rows in the forward pass, the identity in the backward pass: `out = rows`, `d out / d z = 1`, no gradient to the rows.
 *
 * The value is the rows themselves, bit for bit, where the usual `z + stop(rows - z)` is not: so decoding indices repeats
 * the forward pass exactly. Source: Bengio et al. 2013 (arXiv:1308.3432), section 3.
 *
 * @param z what is replaced, `[..., D]`
 * @param rows what replaces it, same shape
 */
export function straightThrough(z: tf.Tensor, rows: tf.Tensor): tf.Tensor {
  return tf.customGrad(() => ({
    value: tf.clone(rows), // a tensor of its own: the tape tells tensors apart by identity
    gradFunc: (dy: tf.Tensor) => dy,
  }))(z);
}
