import * as tf from "@tensorflow/tfjs-core";
import { registerSymptom, type Latents, type NoiseSpec, type Quantizer } from "@elbo/core";
import { codeMetrics } from "./measures/codeMetrics.ts";
import { deadCodesSymptom } from "./measures/deadCodesSymptom.ts";
import { finiteTokens } from "./quantizers/nearestCode.ts";
import { passedOn, rateOf } from "./quantizers/parts.ts";
import { quantizerJson } from "./quantizers/quantizerJson.ts";
import type { QuantizedPosterior } from "./quantizedPosterior.ts";

registerSymptom("dead codes", deadCodesSymptom);

/** Options of {@link quantized}. */
export interface QuantizedOptions {
  /** Positions of the latents, `[h, w]`, or `[length]`. */
  readonly grid: readonly number[];
  readonly quantizer: Quantizer;
}

/** How many vectors per code a codebook starts from, and how many at least. */
const startVectors = { perCode: 8, least: 2048 };

/**
 * Latents on a grid, each position quantized: `q(k | x) = 1` for the chosen codes, `p(k)` uniform.
 *
 * Terms, per example: `rate = positions x sum log K` nats, the KL divergence of the choice from the uniform prior, a constant
 * (or the quantizer's own, where its posterior is no single code); and the quantizer's losses. The decoder's gradient reaches the
 * encoder through one straight-through copy. Figures of an evaluation and of every validation: see {@link codeMetrics}.
 *
 * @param options the grid and what quantizes its vectors
 */
export function quantized({ grid, quantizer }: QuantizedOptions): Latents<QuantizedPosterior> {
  const { codeDim, codebookSize } = quantizer;
  const positions = grid.reduce((a, b) => a * b, 1);
  const heads = codebookSize.length === 1 ? [] : [codebookSize.length];
  return {
    kind: "quantized",
    options: { grid: [...grid], quantizer: quantizerJson(quantizer) },
    features: [...grid, codeDim],
    latent: [...grid, codeDim],
    codeSpec: {
      shape: [...grid, ...heads],
      dtype: "int32",
      limit: heads.length === 0 ? codebookSize[0] : codebookSize,
      hasPrefixes: heads.length > 0 && quantizer.hasPrefixes === true,
    },
    variables: quantizer.variables ?? {},
    state: quantizer.state ?? {},
    stateParameters: quantizer.stateParameters ?? 0,
    noise: { ...quantizer.noise, ...onGrid(grid, quantizer) },
    schedules: quantizer.schedules ?? {},
    ...(quantizer.networks && { networks: quantizer.networks }),
    posterior: (z, context) => ({ z, ...quantizer.quantize(z, context) }),
    draw(posterior, context) {
      if (quantizer.draw !== undefined) return quantizer.draw(posterior, context);
      const { z, rows, through = z } = posterior;
      return passedOn(through, rows, context);
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
    terms: (posterior) => ({
      rate: rateOf(quantizer, posterior, posterior.z),
      ...posterior.losses,
    }),
    noPrior:
      "sample: a prior over codes is required, got a VQ-VAE without one; train one on its codes and give it as `prior`",
    describe: ({ z, rows, indices, compared = { z, rows } }) => ({
      indices,
      vectors: rows,
      ...(compared !== "nothing" && {
        distances: tf.sum(tf.squaredDifference(compared.z, compared.rows), -1),
      }),
    }),
    afterStep(posterior, context) {
      quantizer.update?.(posterior, posterior.z, context);
    },
    ...(quantizer.initialize !== undefined && {
      initialize: {
        examples: examplesFor(codebookSize, positions),
        from(features, random) {
          quantizer.initialize?.(features, random);
        },
      },
    }),
    metrics: codeMetrics(codebookSize),
  };
}

/** As many examples as give every code some vectors to start from; no more than 4096. */
function examplesFor(codebookSize: readonly number[], positions: number): number {
  const { perCode, least } = startVectors;
  const vectors = Math.max(least, perCode * Math.max(...codebookSize));
  return Math.min(4096, Math.ceil(vectors / positions));
}

/** Noise of every vector, for the vectors of a grid. */
const onGrid = (
  grid: readonly number[],
  { vectorNoise = {} }: Quantizer,
): Record<string, NoiseSpec> =>
  Object.fromEntries(
    Object.entries(vectorNoise).map(([name, spec]) => [
      name,
      spec.kind === "permutation" ? spec : { ...spec, shape: [...grid, ...spec.shape] },
    ]),
  );
