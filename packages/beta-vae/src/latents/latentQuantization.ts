import * as tf from "@tensorflow/tfjs-core";
import {
  createVariable,
  readOptions,
  rules,
  stopGradient,
  straightThrough,
  type Distribution,
  type Latents,
  type OptionTable,
} from "@elbo/core";

/** Options of {@link latentQuantization}. */
export interface LatentQuantizationOptions {
  /** Number of latent dimensions L. */
  readonly size: number;
  /** Values V that each dimension can take, at least 2; default 10. */
  readonly values?: number;
}

const table = {
  size: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  values: {
    rule: rules.integer({ min: 2 }),
    default: 10,
    doc: "values that each dimension can take",
  },
} satisfies OptionTable<LatentQuantizationOptions>;

/** What the encoder gave, and the values that it was moved to. */
export interface QuantizedDimensions {
  /** `[B, L]` */
  readonly z: tf.Tensor;
  /** int32 `[B, L]`: which of its values each dimension took. */
  readonly indices: tf.Tensor;
  /** Those values, `[B, L]`, with a gradient to the values. */
  readonly chosen: tf.Tensor;
}

/**
 * Latent quantization: every dimension takes the nearest of V values of its own, which are learned; `L` scalars from a grid of
 * `V^L` points, so that the decoder meets the same value of a dimension in many combinations.
 *
 * Terms per example: `rate = L ln V` nats, the divergence of the choice from uniform ones, a constant;
 * `quantization = sum_j (stop(z_j) - v_j)^2` moves values to what encoders give, `commitment = sum_j (z_j - stop(v_j))^2` the other way
 * around. The decoder's gradient reaches the encoder straight through. Values start evenly over [-1/2, 1/2].
 * Codes are the values, `[n, L]`. Source: Hsu et al. 2023, "Disentanglement via latent quantization" (arXiv:2305.18378), section 3.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function latentQuantization(
  options: LatentQuantizationOptions,
): Latents<QuantizedDimensions> {
  const { size: L, values: V } = readOptions("latentQuantization", table, options);
  const values = createVariable<tf.Rank.R2>([L, V], (out) => {
    for (let i = 0; i < out.length; i++) out[i] = (i % V) / (V - 1) - 0.5;
  });
  /** The values `[B, L]` of indices `[B, L]`. */
  const at = (indices: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(tf.oneHot(indices as tf.Tensor2D, V), values), 2); // [B, L, V] -> [B, L]
  const rate = L * Math.log(V);
  return {
    kind: "latent-quantization",
    options: { size: L, values: V },
    features: [L],
    unbounded: "values of latents",
    latent: [L],
    variables: { values },
    posterior(z) {
      const distances = tf.abs(tf.sub(tf.expandDims(z, 2), values)); // [B, L, V]
      const indices = tf.argMin(distances, 2);
      return { z, indices, chosen: at(indices) };
    },
    draw({ z, chosen }, { draws }) {
      const one = tf.expandDims(straightThrough(z, stopGradient(chosen)), 0); // [1, B, L]
      return draws === 1 ? one : tf.tile(one, [draws, 1, 1]);
    },
    mode: ({ chosen }) => chosen,
    terms: ({ z, chosen }) => ({
      rate: tf.fill([z.shape[0]], rate),
      quantization: tf.sum(tf.square(tf.sub(stopGradient(z), chosen)), 1),
      commitment: tf.sum(tf.square(tf.sub(z, stopGradient(chosen))), 1),
    }),
    logRatio: (_, z) => tf.fill(z.shape.slice(0, 2), -rate),
    prior: () => uniformOver(values, at),
    priorNoise: { kind: "uniform", shape: [L] },
    priorIsLearned: true,
    describe: ({ z, indices }) => ({ z, indices }),
  };
}

/** One of the values of each dimension, all alike. */
function uniformOver(values: tf.Tensor2D, at: (indices: tf.Tensor) => tf.Tensor): Distribution {
  const [L, V] = values.shape;
  return {
    kind: "uniform-over-values",
    noise: "uniform",
    logProb: (z) => tf.fill(z.shape, -Math.log(V)),
    sample: (noise) => at(tf.cast(tf.minimum(tf.floor(tf.mul(noise, V)), V - 1), "int32")),
    mean: () => tf.reshape(tf.mean(values, 1), [1, L]),
  };
}
