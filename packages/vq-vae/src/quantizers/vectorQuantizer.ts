import * as tf from "@tensorflow/tfjs-core";
import {
  readOptions,
  rules,
  scheduleRule,
  constant,
  type NamedVariables,
  type OptionTable,
  type OptionValues,
  type Quantized,
  type Quantizer,
  type Random,
  type Schedule,
  type StepContext,
} from "@elbo/core";
import {
  countPerCode,
  createCodebook,
  moveCodes,
  reviveCodes,
  type CodebookState,
} from "./codebook.ts";
import { gumbelOf } from "./gumbelNoise.ts";
import { assigned, kMeans, replacedBy } from "./kMeans.ts";
import { codebookLoss, commitmentLoss, detachedRows } from "./losses.ts";
import { drawnCode, nearestCode, unitVectors } from "./nearestCode.ts";
import { rotatedOnto } from "./rotation.ts";

/** Options of {@link vectorQuantizer}. */
export interface VectorQuantizerOptions {
  /** Number of codes K, at least 2; default 512. */
  readonly codebookSize?: number;
  /** Dimensions D of a code; default 64. */
  readonly codeDim?: number;
  /** What is nearest: the least `|z - e|` (`"euclidean"`, default), or the largest cosine of the angle; then codes have length 1. */
  readonly distance?: "euclidean" | "cosine";
  /** What moves the codes: averages of their tokens (`"ema"`, default), or the optimizer and the codebook loss (`"gradient"`). */
  readonly codebook?: "ema" | "gradient";
  /** Share of the old average that counts and sums keep at each step, in [0, 1); default 0.9. */
  readonly decay?: number;
  /** How gradients pass: copied (`"straight-through"`, default), or turned and stretched with the vector onto its code. */
  readonly estimator?: "straight-through" | "rotation";
  /** In training codes are drawn from `softmax(-|z - e|^2 / temperature)`, a number or a schedule; default 0: the nearest. */
  readonly temperature?: number | Schedule;
  /** Codes used less than this share of even use move onto badly served data, in [0, 1); 0 for never; default 0.1. */
  readonly reviveBelow?: number;
  /** Seed of the codes before training; default 0. */
  readonly seed?: number;
}

/** {@link VectorQuantizerOptions} as a table. */
export const vectorQuantizerTable = {
  codebookSize: { rule: rules.integer({ min: 2 }), default: 512, doc: "number of codes" },
  codeDim: { rule: rules.integer({ min: 1 }), default: 64, doc: "dimensions of a code" },
  distance: {
    rule: rules.oneOf(["euclidean", "cosine"]),
    default: "euclidean",
    doc: "what is nearest: by distance, or by angle, then codes have length 1",
  },
  codebook: {
    rule: rules.oneOf(["ema", "gradient"]),
    default: "ema",
    doc: "what moves the codes: averages of their tokens, or the optimizer and the codebook loss",
  },
  decay: {
    rule: rules.number({ min: 0, below: 1 }),
    default: 0.9,
    doc: "share of the old average that counts and sums keep at each step",
  },
  estimator: {
    rule: rules.oneOf(["straight-through", "rotation"]),
    default: "straight-through",
    doc: "how gradients pass: copied, or turned and stretched with the vector onto its code",
  },
  temperature: {
    rule: scheduleRule({ min: 0 }),
    default: constant(0),
    shown: "0",
    doc: "above 0, codes are drawn in training from softmax(-distance² / temperature)",
  },
  reviveBelow: {
    rule: rules.number({ min: 0, below: 1 }),
    default: 0.1,
    doc: "codes used less than this share of even use move onto badly served data; 0 for never",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the codes before training" },
} satisfies OptionTable<VectorQuantizerOptions>;

type Checked = OptionValues<typeof vectorQuantizerTable>;

/**
 * Vector quantization: the nearest of K codes, by distance or by angle.
 *
 * Losses per example, summed over positions and dimensions: `commitment = sum |z - stop(e)|^2`, and with a gradient codebook
 * `codebook = sum |stop(z) - e|^2`: squared distances, so their weights carry the scale on which they add to a distortion in
 * nats. By angle, `z` is `z / |z|` everywhere, in the losses too. Training starts from k-means++ over encoder outputs.
 * Source: van den Oord et al. 2017, https://arxiv.org/abs/1711.00937, equation 3 and appendix A.1.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range, or two do not go together
 */
export function vectorQuantizer(options: VectorQuantizerOptions = {}): Quantizer {
  const checked = readOptions("vectorQuantizer", vectorQuantizerTable, options);
  const { codebookSize: K, codeDim: D, codebook, distance, temperature, seed } = checked;
  refuseContradictions(checked);
  const isEma = codebook === "ema";
  const book = createCodebook({ K, D, isEma, seed });
  const { codes, ...averages } = book;
  const state: NamedVariables = { ...(isEma ? { codes } : {}), ...averages };
  const isDrawn = temperature.highest > 0;
  return {
    kind: "vector",
    options: { ...checked, temperature: temperature.toJSON() },
    codebookSize: [K],
    codeDim: D,
    variables: isEma ? {} : { codes },
    state,
    stateParameters: isEma ? K * D : 0,
    weights: { commitment: 1, ...(isEma ? {} : { codebook: 1 }) },
    ...(isDrawn && {
      schedules: { temperature },
      vectorNoise: { uniform: { kind: "uniform", shape: [K] } },
    }),
    quantize: (z, context) => quantize({ ...checked, isEma, isDrawn, book }, z, context),
    lookup: (indices) => tf.gather(codesOf(book, checked), indices),
    update(result, given) {
      move(book, checked, { result, z: distance === "cosine" ? unitVectors(given) : given });
    },
    initialize: (vectors, random) => start(book, checked, { vectors, random }),
  };
}

function refuseContradictions({ estimator, temperature, codeDim }: Checked): void {
  if (estimator !== "rotation") return;
  const fn = "vectorQuantizer";
  if (temperature.highest > 0) {
    throw new RangeError(
      `${fn}: temperature must be 0 with the estimator "rotation", which diverges on drawn codes, got up to ${temperature.highest}`,
    );
  }
  if (codeDim < 2) {
    throw new RangeError(
      `${fn}: codeDim must be at least 2 with the estimator "rotation", got ${codeDim}`,
    );
  }
}

/** Codes of length 1 where angles count. Those of an EMA codebook have it; those that gradients move are brought there. */
function codesOf({ codes }: CodebookState, { distance, codebook }: Checked): tf.Tensor2D {
  return distance === "cosine" && codebook === "gradient" ? unitVectors(codes) : codes;
}

interface Parts extends Checked {
  readonly isEma: boolean;
  readonly isDrawn: boolean;
  readonly book: CodebookState;
}

function quantize(parts: Parts, given: tf.Tensor, context: StepContext): Quantized {
  const { codeDim: D, codebookSize: K, distance, estimator, isEma, isDrawn, book } = parts;
  const isCosine = distance === "cosine";
  const z = isCosine ? unitVectors(given) : given;
  const codes = codesOf(book, parts);
  const tokens = tf.reshape<tf.Rank.R2>(z, [-1, D]);
  const drawn = isDrawn && context.training;
  const chosen = drawn
    ? drawnCode(tokens, codes, {
        gumbel: gumbelOf(tf.reshape(context.noise["uniform"], [-1, K])),
        temperature: tf.maximum(context.scalars["temperature"], 1e-12),
      })
    : nearestCode(tokens, codes);
  const indices = tf.reshape(chosen, z.shape.slice(0, -1)); // [B, ...]
  const rows = detachedRows(z, codes, indices);
  const through = estimator === "rotation" ? rotatedOnto(z, rows) : isCosine ? z : undefined;
  const commitment = commitmentLoss(z, rows);
  return {
    rows,
    indices,
    losses: isEma ? { commitment } : { commitment, codebook: codebookLoss({ z, codes, indices }) },
    ...(through && { through }),
    ...(isCosine && { compared: { z, rows } }),
  };
}

function move(
  book: CodebookState,
  { codebookSize: K, codeDim: D, decay, reviveBelow, distance }: Checked,
  { result, z }: { readonly result: Quantized; readonly z: tf.Tensor },
): void {
  const { codes, counts, sums } = book;
  const indices = tf.reshape<tf.Rank.R1>(result.indices, [-1]);
  const assignment = {
    z: tf.reshape<tf.Rank.R2>(z, [-1, D]),
    rows: tf.reshape<tf.Rank.R2>(result.rows, [-1, D]),
    indices,
    used: countPerCode(indices, K),
  };
  if (counts !== undefined && sums !== undefined) {
    moveCodes({ codes, counts, sums }, assignment, decay);
    if (distance === "cosine") codes.assign(unitVectors(codes));
  }
  if (reviveBelow > 0) reviveCodes(book, assignment, reviveBelow);
}

/** Codes, counts and sums from clusters of vectors. */
function start(
  { codes, use, counts, sums }: CodebookState,
  { codebookSize: K, codeDim: D, distance }: Checked,
  { vectors, random }: { readonly vectors: Float32Array; readonly random: Random },
): Float32Array {
  const isCosine = distance === "cosine";
  const tokens = isCosine ? unitRows(vectors, D) : vectors;
  const spread = kMeans(tokens, { D, K, random });
  const clusters =
    isCosine && spread.indices.length > 0 ? assigned(tokens, unitRows(spread.means, D), D) : spread;
  const { means } = clusters;
  const found = Float32Array.from(clusters.counts, (count) => Math.max(count, 1));
  tf.tidy(() => {
    codes.assign(tf.tensor2d(means, [K, D]));
    use.assign(tf.tensor1d(found));
    counts?.assign(tf.tensor1d(found));
    sums?.assign(
      tf.tensor2d(
        means.map((value, i) => value * found[Math.floor(i / D)]),
        [K, D],
      ),
    );
  });
  return replacedBy(tokens, clusters, D);
}

function unitRows(vectors: Float32Array, D: number): Float32Array {
  const out = vectors.slice();
  for (let at = 0; at < out.length; at += D) {
    const row = out.subarray(at, at + D);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) row.forEach((value, d) => (row[d] = value / length));
  }
  return out;
}
