/** The layers of the transformer, for all positions at once or for one with the keys and values of those before it. */
import * as tf from "@tensorflow/tfjs-core";
import { linear } from "../linear.ts";
import type { WeightMaker } from "./weights.ts";

/** Sizes of the network. */
export interface TransformerSizes {
  /** Values W of a position, a multiple of the heads. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

type Variables = Readonly<Record<string, tf.Variable>>;

/** Makes the weights of all layers. */
export function makeLayers({ width: W, layers }: TransformerSizes, weights: WeightMaker): void {
  const small = 1 / Math.sqrt(2 * layers); // so that the sum over layers does not grow (Radford et al. 2019)
  for (let i = 0; i < layers; i++) {
    for (const part of ["attention", "mlp"]) {
      weights.ones(`layer${i}/${part}Gain`, [W]);
      weights.zeros(`layer${i}/${part}Bias`, [W]);
    }
    weights.normal(`layer${i}/queries`, [W, 3 * W]);
    weights.normal(`layer${i}/values`, [W, W], small / Math.sqrt(W));
    weights.normal(`layer${i}/hidden`, [W, 4 * W]);
    weights.zeros(`layer${i}/hiddenBias`, [4 * W]);
    weights.normal(`layer${i}/out`, [4 * W, W], small / Math.sqrt(4 * W));
    weights.zeros(`layer${i}/outBias`, [W]);
  }
  weights.ones("gain", [W]);
  weights.zeros("bias", [W]);
}

/** Layer normalization over the last axis (Ba et al. 2016, arXiv:1607.06450). */
export function normalized(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), gain), bias);
}

/** Keys and values of all positions that may be looked at, `[B, heads, S, W / heads]`. */
export interface KeysAndValues {
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

/** How a layer looks at positions. */
export interface Looking {
  readonly heads: number;
  /** Added to the scores, `[T, S]`: 0, or very negative where a position must not look. */
  readonly mask: tf.Tensor;
  /** From the keys and values of the positions in `x` to those looked at. */
  readonly remember: (own: KeysAndValues) => KeysAndValues;
}

/**
 * A layer with its residual connections, normalized before each half (GPT-2): attention, then two dense layers.
 *
 * @param x `[B, T, W]`
 */
export function transformerLayer(
  variables: Variables,
  i: number,
  { x, looking }: { readonly x: tf.Tensor; readonly looking: Looking },
): tf.Tensor {
  const of = (name: string): tf.Variable => variables[`layer${i}/${name}`];
  const normal = normalized(x, of("attentionGain"), of("attentionBias"));
  const attended = tf.add(
    x,
    linear(attention(linear(normal, of("queries")), looking), of("values")),
  );
  const second = normalized(attended, of("mlpGain"), of("mlpBias"));
  const hidden = tf.relu(tf.add(linear(second, of("hidden")), of("hiddenBias")));
  return tf.add(attended, tf.add(linear(hidden, of("out")), of("outBias")));
}

/** `softmax(Q K' / sqrt(d) + mask) V` (Vaswani et al. 2017, arXiv:1706.03762, equation 1) of `[B, T, 3 W]`. */
function attention(projected: tf.Tensor, { heads, mask, remember }: Looking): tf.Tensor {
  const [batch, T, triple] = projected.shape;
  const d = triple / 3 / heads;
  const [queries, keys, values] = tf
    .split(projected, 3, 2)
    .map((part) => tf.transpose(tf.reshape(part, [batch, T, heads, d]), [0, 2, 1, 3])); // [B, H, T, d]
  const seen = remember({ keys, values });
  const scores = tf.mul(tf.matMul(queries, seen.keys, false, true), 1 / Math.sqrt(d)); // [B, H, T, S]
  const weights = tf.softmax(tf.add(scores, mask), -1);
  const mixed = tf.matMul(weights, seen.values); // [B, H, T, d]
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, T, heads * d]);
}
