/** @file The figures of codes over a whole evaluation or validation: sums per example, traced, and what follows from them. */
import * as tf from "@tensorflow/tfjs-core";
import { sumPerExample } from "@elbo/core";
import type { Compared, Latents } from "@elbo/core";
import type { QuantizedPosterior } from "../quantizedPosterior.ts";
import { deadCodes, perplexity, perplexityCeiling, usage } from "./codeUse.ts";

type Metrics = NonNullable<Latents<QuantizedPosterior>["metrics"]>;

/**
 * - `perplexity`, `perplexityCeiling`, `usage`: of the codes that `encode` gives; of several codebooks the mean, and `usage0`, `usage1`, ...
 *   of each.
 * - `deadCodes`: codes of all books that no example chose.
 * - `quantizationError`: mean of `(z - q)^2` over examples, positions and dimensions, and `commitmentRatio`: that divided by the
 *   variance of the encoder's outputs: 0 when every output lies on its code, 1 when one code would do as well. Both in the
 *   space where the distance is taken; absent where none is.
 *
 * @param codebookSize codes per index
 */
export function codeMetrics(codebookSize: readonly number[]): Metrics {
  return {
    sums: ({ indices, z, rows, compared = { z, rows } }) => ({
      ...countsOf(indices, codebookSize),
      ...(compared === "nothing" ? {} : distancesOf(compared)),
    }),
    finish: ({ squaredError, squares, values, vectors, ...counts }) => ({
      ...useOf(Object.values(counts)),
      ...(squaredError && errorsOf({ squaredError, squares, values, vectors })),
    }),
  };
}

/** Tokens per code of each example, `[B, K]` for every book, by index: no token is compared with all codes. */
function countsOf(indices: tf.Tensor, codebookSize: readonly number[]): Record<string, tf.Tensor> {
  const [B] = indices.shape;
  const books = codebookSize.length;
  const perBook = tf.reshape(indices, [B, -1, books]); // [B, N, books]
  return Object.fromEntries(
    codebookSize.map((K, i) => {
      const own = tf.reshape(tf.slice(perBook, [0, 0, i], [-1, -1, 1]), [B, -1]); // [B, N]
      const starts = tf.mul(tf.range(0, B, 1, "int32"), tf.scalar(K, "int32"));
      const places = tf.reshape(tf.add(own, tf.expandDims(starts, 1)), [-1, 1]);
      const ones = tf.ones([places.shape[0]]);
      return [`codeCounts${i}`, tf.reshape(tf.scatterND(places, ones, [B * K]), [B, K])];
    }),
  );
}

/** `squaredError` and `squares` `[B]`, and the sum of vectors, `values` `[B, d]`. */
function distancesOf({ z, rows }: Compared): Record<string, tf.Tensor> {
  const d = z.shape[z.rank - 1];
  return {
    squaredError: sumPerExample(tf.squaredDifference(z, rows)),
    squares: sumPerExample(tf.mul(z, z)),
    values: tf.sum(tf.reshape(z, [z.shape[0], -1, d]), 1),
    vectors: tf.fill([z.shape[0]], z.size / z.shape[0] / d),
  };
}

function useOf(books: readonly Float64Array[]): Record<string, number> {
  const mean = (figure: (counts: Float64Array) => number): number =>
    books.reduce((sum, counts) => sum + figure(counts), 0) / books.length;
  const tokens = books[0].reduce((sum, count) => sum + count, 0);
  return {
    perplexity: mean(perplexity),
    perplexityCeiling: mean((counts) => perplexityCeiling(tokens, counts.length)),
    usage: mean(usage),
    ...(books.length > 1 &&
      Object.fromEntries(books.map((counts, i) => [`usage${i}`, usage(counts)]))),
    deadCodes: books.reduce((sum, counts) => sum + deadCodes(counts), 0),
  };
}

interface Distances {
  readonly squaredError: Float64Array;
  readonly squares: Float64Array;
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

function errorsOf({
  squaredError: [error],
  squares: [squares],
  values,
  vectors: [n],
}: Distances): Record<string, number> {
  const d = values.length;
  const spread = squares - values.reduce((sum, value) => sum + value ** 2, 0) / n;
  return { quantizationError: error / (n * d), commitmentRatio: error / spread };
}
