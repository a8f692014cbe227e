import { createVariable, Random, type LatentScheme } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import {
  countPerCode,
  moveCodes,
  perplexity,
  reviveCodes,
  usage,
  type CodebookState,
} from "./codebook.ts";
import {
  codebookLoss,
  commitmentLoss,
  finiteTokens,
  nearestCode,
  straightThrough,
} from "./vectorQuantizer.ts";

/** Encoder outputs and the codes they chose. */
export interface QuantizedPosterior {
  /** Encoder outputs `[B, h, w, D]`. */
  readonly z: tf.Tensor;
  /** Index of the nearest code, int32 `[B, h, w]`. */
  readonly indices: tf.Tensor;
  /** That code `[B, h, w, D]`. */
  readonly rows: tf.Tensor;
}

/** Options of {@link vectorQuantizedScheme}; meanings as in {@link VqVaeOptions}. */
export interface VectorQuantizedSchemeOptions {
  /** Positions of the latent grid, `[h, w]`. */
  readonly grid: readonly [number, number];
  readonly codes: number;
  readonly codeSize: number;
  readonly codebook: "ema" | "gradient";
  readonly decay: number;
  readonly reviveAfter: number | false;
  readonly seed: number;
}

/**
 * Latents on a grid, each one of `K` codes: `q(k | x) = 1` for the nearest code, `p(k) = 1 / K`.
 *
 * Terms, per example, summed over positions and dimensions:
 * - `rate = h w log K` nats: the KL divergence of the choice from the uniform prior, a constant;
 * - `commitment = sum |z - stop(e)|^2`, `codebook = sum |stop(z) - e|^2` (gradient codebook only): squared
 *   distances between latents, so their weights carry the scale on which they add to a distortion in nats.
 */
export function vectorQuantizedScheme(
  options: VectorQuantizedSchemeOptions,
): LatentScheme<QuantizedPosterior> {
  const { grid, codes: K, codeSize: D, codebook, decay, reviveAfter } = options;
  const [h, w] = grid;
  const book = createCodebook(options);
  const { codes, counts, sums, idle } = book;
  const isEma = codebook === "ema";

  return {
    kind: "vector-quantized",
    featureShape: [h, w, D],
    latentShape: [h, w, D],
    codeShape: [h, w],
    codeType: "int32",
    codeCount: K,
    variables: isEma ? [] : [codes],
    state: Object.values(book).filter((variable) => isEma || variable !== codes),
    stateParameters: isEma ? K * D : 0,
    noise: {},

    posterior(z) {
      const indices = tf.reshape(nearestCode(tf.reshape(z, [-1, D]), codes), [-1, h, w]); // [B, h, w]
      return { z, indices, rows: tf.gather(codes, indices) };
    },
    latents: ({ z, rows }) => straightThrough(z, rows),
    mode: ({ rows }) => rows,
    code: ({ z, indices }) => tf.where(finiteTokens(z), indices, tf.scalar(-1, "int32")),
    fromCode: (code) => tf.gather(codes, code),

    terms({ z, rows, indices }) {
      const terms = {
        rate: tf.fill([z.shape[0]], h * w * Math.log(K)),
        commitment: commitmentLoss(z, rows),
      };
      return isEma ? terms : { ...terms, codebook: codebookLoss({ z, codes, indices }) };
    },
    rate: "rate",
    noPrior:
      "sample: a prior over codes is required, got a VQ-VAE without one (its codes can be encoded and decoded)",

    afterStep(posterior) {
      const z = tf.reshape<tf.Rank.R2>(posterior.z, [-1, D]); // [N, D]
      const indices = tf.reshape<tf.Rank.R1>(posterior.indices, [-1]); // [N]
      const rows = tf.reshape<tf.Rank.R2>(posterior.rows, [-1, D]);
      const assignment = { z, rows, indices, used: countPerCode(indices, K) };
      if (counts !== undefined && sums !== undefined)
        moveCodes({ codes, counts, sums }, assignment, decay);
      if (idle !== undefined && reviveAfter !== false)
        reviveCodes({ ...book, idle }, assignment, reviveAfter);
    },

    metrics: {
      sums: ({ indices }) => ({
        codeCounts: tf.sum(tf.cast(tf.oneHot(tf.reshape(indices, [-1, h * w]), K), "float32"), 1), // [B, K]
      }),
      finish: ({ codeCounts }) => ({
        perplexity: perplexity(codeCounts),
        usage: usage(codeCounts),
      }),
    },
  };
}

/**
 * The codebook before any data: codes uniform in `[-1/K, 1/K]`, all waiting to be revived, so that the first
 * step moves those that no token chose onto tokens of the first batch.
 */
function createCodebook(options: VectorQuantizedSchemeOptions): CodebookState {
  const { codes: K, codeSize: D, codebook, reviveAfter, seed } = options;
  const uniform = (values: Float32Array): void => {
    new Random(seed).fork("codebook").fillUniformInto(values);
    for (let i = 0; i < values.length; i++) values[i] = (2 * values[i] - 1) / K;
  };
  const filled = (value: number): tf.Variable =>
    createVariable([K], (values) => values.fill(value));
  return {
    codes: createVariable<tf.Rank.R2>([K, D], uniform),
    ...(codebook === "ema" ? { counts: filled(1), sums: createVariable([K, D], uniform) } : {}),
    ...(reviveAfter === false ? {} : { idle: filled(reviveAfter) }),
  };
}
