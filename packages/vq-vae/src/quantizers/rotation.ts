import * as tf from "@tensorflow/tfjs-core";

/** The most that a rotation stretches a gradient: without a bound, a vector near the origin would take it to infinity. */
export const mostStretch = 10;

/**
 * The given rows in the forward pass; in the backward pass the rotation and scaling that takes `z` to its row, held constant.
 *
 * ```
 * out = rows = lambda R z     lambda = |q| / |z|     R = I - 2 w w^T + 2 q' z'^T,  w = (z' + q') / |z' + q'|
 * d/dz: g -> lambda R^T g = lambda (g - 2 w (w . g) + 2 z' (q' . g))
 * ```
 *
 * with `'` for length 1: a gradient keeps its angle to the code. Where `z` and its code point in opposite ways, `w` is zero and
 * the rotation becomes a reflection; `lambda` is held below {@link mostStretch}.
 * Source: Fifty et al. 2024 (arXiv:2410.06424), section 4.2.
 *
 * @param z what is replaced, `[..., D]`
 * @param rows what replaces it, same shape
 */
export function rotatedOnto(z: tf.Tensor, rows: tf.Tensor): tf.Tensor {
  return tf.customGrad((given, save) => {
    (save as tf.GradSaveFunc)([given as tf.Tensor, rows]);
    return {
      value: tf.clone(rows),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => rotatedBack(dy, saved[0], saved[1]),
    };
  })(z);
}

const lengthOf = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.mul(x, x), -1, true));
const along = (unit: tf.Tensor, g: tf.Tensor): tf.Tensor => tf.sum(tf.mul(unit, g), -1, true);

function rotatedBack(g: tf.Tensor, z: tf.Tensor, q: tf.Tensor): tf.Tensor {
  const least = 1e-12;
  const [zLength, qLength] = [lengthOf(z), lengthOf(q)];
  const zUnit = tf.div(z, tf.maximum(zLength, least));
  const qUnit = tf.div(q, tf.maximum(qLength, least));
  const sum = tf.add(zUnit, qUnit);
  const w = tf.div(sum, tf.maximum(lengthOf(sum), 1e-6));
  const stretch = tf.minimum(tf.div(qLength, tf.maximum(zLength, least)), mostStretch);
  const reflected = tf.sub(g, tf.mul(tf.mul(2, w), along(w, g)));
  return tf.mul(stretch, tf.add(reflected, tf.mul(tf.mul(2, zUnit), along(qUnit, g))));
}
