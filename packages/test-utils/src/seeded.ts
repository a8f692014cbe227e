import * as tf from "@tensorflow/tfjs-core";

/** What core's `Random` does; core's own tests use this package, so it cannot import core. */
interface Source {
  fillNormalInto(out: Float32Array): void;
  fillUniformInto(out: Float32Array): void;
}

/** A tensor of draws of N(0, 1). */
export function normals<R extends tf.Rank>(random: Source, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const out = new Float32Array(tf.util.sizeFromShape(shape));
  random.fillNormalInto(out);
  return tf.tensor(out, shape);
}

/**
 * Images of uniform pixels in [0, 1).
 *
 * @param shape `[count, height, width, channels]`
 */
export function uniformImages(
  random: Source,
  shape: readonly number[],
): { data: Float32Array; shape: readonly number[] } {
  const data = new Float32Array(tf.util.sizeFromShape([...shape]));
  random.fillUniformInto(data);
  return { data, shape };
}
