import * as tf from "@tensorflow/tfjs-core";
import { describeValue, readOptions, rules, stopGradient } from "@elbo/core";
import type { OptionTable, Quantizer } from "@elbo/core";

/** Options of {@link finiteScalar}. */
export interface FiniteScalarOptions {
  /** Values that each dimension can take, at least 2 each; default `[8, 8, 8]`, 512 codes. */
  readonly levels?: readonly number[];
}

const options = {
  levels: {
    rule: rules.list(rules.integer({ min: 2 })),
    default: [8, 8, 8],
    doc: "values that each dimension can take",
  },
} satisfies OptionTable<FiniteScalarOptions>;

/** How far the bounded values reach beyond the outermost level, so that it can be reached. */
const margin = 1e-3;

/**
 * Finite scalar quantization: every dimension is bounded and rounded to one of L values; no codebook, no losses.
 *
 * ```
 * h = (L - 1)(1 + 1e-3) / 2    o = 1/2 for even L, else 0    s = atanh(o / h)
 * b = h tanh(z + s) - o        out = round(b) / floor(L / 2), with the gradient of b / floor(L / 2)
 * ```
 *
 * For L = 2, where `s` would be 3.8, `s = 0`: the sign of z decides. The index is the mixed-radix number of the digits
 * `round(b) + floor(L / 2)`, the first dimension the lowest, in integers throughout. Features far from zero have a vanishing
 * gradient. A codebook of few dimensions wants layers around it: `projected(finiteScalar(...), D)` gives it a linear one on
 * either side. Source: Mentzer et al. 2023 (arXiv:2309.15505), section 3.1 and appendix A.1.
 *
 * @throws TypeError or RangeError when a level is no integer of at least 2, or there are 2^31 codes or more
 */
export function finiteScalar(given: FiniteScalarOptions = {}): Quantizer {
  const fn = "finiteScalar";
  const { levels } = readOptions(fn, options, given);
  const size = levels.reduce((product, L) => product * L, 1);
  if (size >= 2 ** 31) {
    throw new RangeError(
      `${fn}: levels must have a product below 2^31, got ${size} of ${describeValue(levels)}`,
    );
  }
  const { half, height, offset, shift } = gridOf(levels);
  const row = (values: readonly number[], dtype: "float32" | "int32" = "float32"): tf.Tensor =>
    tf.tensor1d([...values], dtype);
  const places = levels.map((_, d) => levels.slice(0, d).reduce((product, L) => product * L, 1));

  /** `b`, `[..., d]` */
  const bounded = (z: tf.Tensor): tf.Tensor =>
    tf.sub(tf.mul(tf.tanh(tf.add(z, row(shift))), row(height)), row(offset));

  const rowsOf = (digits: tf.Tensor): tf.Tensor =>
    tf.div(tf.sub(tf.cast(digits, "float32"), row(half)), row(half));

  return {
    kind: "fsq",
    options: { levels: [...levels] },
    codebookSize: [size],
    codeDim: levels.length,
    weights: {},
    quantize(z) {
      const b = bounded(z);
      const digits = tf.cast(tf.add(tf.round(stopGradient(b)), row(half)), "int32"); // [B, ..., d]
      const through = tf.div(b, row(half));
      const rows = rowsOf(digits);
      return {
        rows,
        through,
        indices: tf.sum(tf.mul(digits, row(places, "int32")), -1),
        losses: {},
        compared: { z: through, rows },
      };
    },
    lookup(indices) {
      const digits = tf.mod(
        tf.floorDiv(tf.expandDims(indices, -1), row(places, "int32")),
        row(levels, "int32"),
      );
      return rowsOf(digits);
    },
    initialize(vectors) {
      const d = levels.length;
      return vectors.map((value, i) => {
        const at = i % d;
        const b = height[at] * Math.tanh(value + shift[at]) - offset[at];
        return Math.round(b) / half[at];
      });
    },
  };
}

/** What the formula above needs of each dimension. */
function gridOf(levels: readonly number[]): {
  readonly half: number[];
  readonly height: number[];
  readonly offset: number[];
  readonly shift: number[];
} {
  const height = levels.map((L) => ((L - 1) * (1 + margin)) / 2);
  const offset = levels.map((L) => (L % 2 === 0 ? 0.5 : 0));
  return {
    half: levels.map((L) => Math.floor(L / 2)),
    height,
    offset,
    shift: levels.map((L, d) => (L === 2 ? 0 : Math.atanh(offset[d] / height[d]))),
  };
}
