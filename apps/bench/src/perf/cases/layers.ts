import * as tf from "@tensorflow/tfjs-core";
import type { ArraySpec, Weights } from "./work.ts";

/** The weights of a dense layer, `NAME.kernel` `[from, to]` and `NAME.bias` `[to]`, uniform as PyTorch starts them. */
export function denseWeights(name: string, from: number, to: number): ArraySpec[] {
  return layerWeights(name, [from, to], to);
}

/** The weights of a square convolution, kernel `[size, size, from, to]`. */
export function convWeights(name: string, size: number, channels: [number, number]): ArraySpec[] {
  return layerWeights(name, [size, size, ...channels], channels[1]);
}

/** The weights of a square transposed convolution from `channels[0]` to `channels[1]`, kernel `[size, size, to, from]`. */
export function transposedWeights(
  name: string,
  size: number,
  channels: [number, number],
): ArraySpec[] {
  const [from, to] = channels;
  return layerWeights(name, [size, size, to, from], to);
}

function layerWeights(name: string, shape: readonly number[], outputs: number): ArraySpec[] {
  const inputs = shape.reduce((product, size) => product * size, 1) / outputs;
  const filling = { kind: "uniform", scale: 1 / Math.sqrt(inputs) } as const;
  return [
    { name: `${name}.kernel`, shape, filling },
    { name: `${name}.bias`, shape: [outputs], filling },
  ];
}

/** `x W + b`. */
export function dense(weights: Weights, name: string, x: tf.Tensor): tf.Tensor2D {
  const product = tf.matMul(x, weights[`${name}.kernel`]);
  return tf.add(product, weights[`${name}.bias`]);
}

/** A convolution with padding "same" and a bias. */
export function conv(
  { weights, stride }: { weights: Weights; stride: number },
  name: string,
  x: tf.Tensor,
): tf.Tensor4D {
  const kernel = weights[`${name}.kernel`] as unknown as tf.Tensor4D;
  return tf.add(tf.conv2d(x as tf.Tensor4D, kernel, stride, "same"), weights[`${name}.bias`]);
}

/** A transposed convolution with stride 2, padding "same" and a bias: height and width double. */
export function transposed(weights: Weights, name: string, x: tf.Tensor): tf.Tensor4D {
  const kernel = weights[`${name}.kernel`] as unknown as tf.Tensor4D;
  const [count, height, width] = x.shape;
  const shape = [count, 2 * height, 2 * width, kernel.shape[2]] as [number, number, number, number];
  const y = tf.conv2dTranspose(x as tf.Tensor4D, kernel, shape, 2, "same");
  return tf.add(y, weights[`${name}.bias`]);
}
