import * as tf from "@tensorflow/tfjs-core";
import { straightThrough, type Latents, type Quantizer } from "@elbo/core";
import { perplexity, usage } from "./codebook.ts";
import { finiteTokens } from "./nearestCode.ts";

/** Encoder outputs and the codes they chose. */
export interface QuantizedPosterior {
  /** Encoder outputs `[B, ...grid, D]`. */
  readonly z: tf.Tensor;
  /** int32 `[B, ...grid]`, or `[B, ...grid, n]` for n indices per position. */
  readonly indices: tf.Tensor;
  /** Their vectors `[B, ...grid, D]`, without gradient to `z`. */
  readonly rows: tf.Tensor;
  /** The quantizer's losses, `[B]` each. */
  readonly losses: Readonly<Record<string, tf.Tensor>>;
}

/** Options of {@link quantized}. */
export interface QuantizedOptions {
  /** Positions of the latents, `[h, w]`, or `[length]`. */
  readonly grid: readonly number[];
  readonly quantizer: Quantizer;
}

/**
 * Latents on a grid, each position quantized: `q(k | x) = 1` for the chosen codes, `p(k)` uniform.
 *
 * Terms, per example: `rate = positions x sum log K` nats, the KL divergence of the choice from the uniform prior, a constant;
 * and the quantizer's losses. The decoder's gradient reaches the encoder through one straight-through copy.
 *
 * @param options the grid and what quantizes its vectors
 */
export function quantized({ grid, quantizer }: QuantizedOptions): Latents<QuantizedPosterior> {
  const { codeDim, codebookSize } = quantizer;
  const positions = grid.reduce((a, b) => a * b, 1);
  const heads = codebookSize.length === 1 ? [] : [codebookSize.length];
  const rate = positions * codebookSize.reduce((sum, K) => sum + Math.log(K), 0);
  return {
    kind: "quantized",
    options: { grid: [...grid], quantizer: { kind: quantizer.kind, ...quantizer.options } },
    features: [...grid, codeDim],
    latent: [...grid, codeDim],
    codeSpec: { shape: [...grid, ...heads], dtype: "int32", limit: Math.min(...codebookSize) },
    variables: quantizer.variables ?? {},
    state: quantizer.state ?? {},
    stateParameters: quantizer.stateParameters ?? 0,
    noise: quantizer.noise ?? {},
    schedules: quantizer.schedules ?? {},
    posterior(z, context) {
      const { rows, indices, losses } = quantizer.quantize(z, context);
      return { z, indices, rows, losses };
    },
    draw({ z, rows }, { draws }) {
      const one = tf.expandDims(straightThrough(z, rows), 0); // [1, B, ...grid, D]
      return draws === 1 ? one : tf.tile(one, [draws, ...z.shape.map(() => 1)]);
    },
    mode: ({ rows }) => rows,
    code({ z, indices }) {
      const finite = finiteTokens(z); // [B, ...grid]
      const known = heads.length === 0 ? finite : tf.expandDims(finite, -1);
      return tf.where(
        tf.broadcastTo(known, indices.shape),
        indices,
        tf.fill(indices.shape, -1, "int32"),
      );
    },
    fromCode: (code) => quantizer.lookup(code),
    terms: ({ z, losses }) => ({ rate: tf.fill([z.shape[0]], rate), ...losses }),
    noPrior:
      "sample: a prior over codes is required, got a VQ-VAE without one; train one on its codes and give it as `prior`",
    describe: ({ z, rows, indices }) => ({
      indices,
      distances: tf.sum(tf.squaredDifference(z, rows), -1),
    }),
    afterStep(posterior, context) {
      quantizer.update?.(posterior, posterior.z, context);
    },
    ...(quantizer.initialize !== undefined && {
      initialize: {
        examples: 256,
        from(features, random) {
          quantizer.initialize?.(features, random);
        },
      },
    }),
    metrics: countMetrics(codebookSize),
  };
}

/** Perplexity and usage of the codes over a whole evaluation; the mean over several codebooks. */
function countMetrics(
  codebookSize: readonly number[],
): NonNullable<Latents<QuantizedPosterior>["metrics"]> {
  return {
    sums({ indices }) {
      const [batch] = indices.shape;
      const perBook = tf.unstack(tf.reshape(indices, [batch, -1, codebookSize.length]), 2); // [B, N] each
      return Object.fromEntries(
        perBook.map((ofBook, i) => [
          `codeCounts${i}`,
          tf.sum(tf.cast(tf.oneHot(ofBook as tf.Tensor2D, codebookSize[i]), "float32"), 1), // [B, K]
        ]),
      );
    },
    finish(sums) {
      const books = Object.values(sums);
      const mean = (figure: (counts: Float64Array) => number): number =>
        books.reduce((sum, counts) => sum + figure(counts), 0) / books.length;
      return { perplexity: mean(perplexity), usage: mean(usage) };
    },
  };
}
