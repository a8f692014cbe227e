import * as tf from "@tensorflow/tfjs-core";
import {
  createVariable,
  Random,
  readOptions,
  rules,
  type NamedVariables,
  type OptionTable,
  type Quantizer,
} from "@elbo/core";
import { countPerCode, moveCodes, reviveCodes, type CodebookState } from "./codebook.ts";
import { codebookLoss, commitmentLoss, detachedRows, nearestCode } from "./nearestCode.ts";

/** Options of {@link vectorQuantizer}. */
export interface VectorQuantizerOptions {
  /** Number of codes K, at least 2; default 512. */
  readonly codebookSize?: number;
  /** Dimensions D of a code; default 64. */
  readonly codeDim?: number;
  /** What moves the codes: averages of their tokens (`"ema"`, default), or the optimizer and the codebook loss (`"gradient"`). */
  readonly codebook?: "ema" | "gradient";
  /** Share of the old average that an EMA codebook keeps at each step, in [0, 1); default 0.99. */
  readonly decay?: number;
  /** Steps without a token after which a code moves onto the data, or `false` for never; default 10. */
  readonly reviveAfter?: number | false;
  /** Seed of the first codes; default 0. */
  readonly seed?: number;
}

/** {@link VectorQuantizerOptions} as a table. */
export const vectorQuantizerTable = {
  codebookSize: { rule: rules.integer({ min: 2 }), default: 512, doc: "number of codes" },
  codeDim: { rule: rules.integer({ min: 1 }), default: 64, doc: "dimensions of a code" },
  codebook: {
    rule: rules.oneOf(["ema", "gradient"]),
    default: "ema",
    doc: "what moves the codes: averages of their tokens, or the optimizer and the codebook loss",
  },
  decay: {
    rule: rules.number({ min: 0, below: 1 }),
    default: 0.99,
    doc: "share of the old average that an EMA codebook keeps at each step",
  },
  reviveAfter: {
    rule: rules.either(
      rules.integer({ min: 1 }),
      rules.such<false>("false", (value) => value === false),
    ),
    default: 10,
    doc: "steps without a token after which a code moves onto badly served data, or false for never",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the first codes" },
} satisfies OptionTable<VectorQuantizerOptions>;

type Checked = Required<VectorQuantizerOptions>;

/**
 * Vector quantization: the nearest of K codes by Euclidean distance.
 *
 * Losses per example, summed over positions and dimensions: `commitment = sum |z - stop(e)|^2`, and with a gradient codebook
 * `codebook = sum |stop(z) - e|^2`: squared distances, so their weights carry the scale on which they add to a distortion in
 * nats. Source: van den Oord et al. 2017, https://arxiv.org/abs/1711.00937, equation 3 and appendix A.1.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function vectorQuantizer(options: VectorQuantizerOptions = {}): Quantizer {
  const checked: Checked = readOptions("vectorQuantizer", vectorQuantizerTable, options);
  const { codebookSize: K, codeDim: D, codebook, decay, reviveAfter } = checked;
  const book = createCodebook(checked);
  const { codes, counts, sums, idle } = book;
  const isEma = codebook === "ema";
  return {
    kind: "vector",
    options: { ...checked },
    codebookSize: [K],
    codeDim: D,
    variables: isEma ? {} : { codes },
    state: stateOf(book, isEma),
    stateParameters: isEma ? K * D : 0,
    quantize(z) {
      const places = z.shape.slice(0, -1);
      const indices = tf.reshape(nearestCode(tf.reshape(z, [-1, D]), codes), places); // [B, ...]
      const rows = detachedRows(z, codes, indices);
      const commitment = commitmentLoss(z, rows);
      const losses = isEma
        ? { commitment }
        : { commitment, codebook: codebookLoss({ z, codes, indices }) };
      return { rows, indices, losses };
    },
    lookup: (indices) => tf.gather(codes, indices),
    update(result, z) {
      const tokens = tf.reshape<tf.Rank.R2>(z, [-1, D]); // [N, D]
      const indices = tf.reshape<tf.Rank.R1>(result.indices, [-1]); // [N]
      const rows = tf.reshape<tf.Rank.R2>(result.rows, [-1, D]);
      const assignment = { z: tokens, rows, indices, used: countPerCode(indices, K) };
      if (counts !== undefined && sums !== undefined) {
        moveCodes({ codes, counts, sums }, assignment, decay);
      }
      if (idle !== undefined && reviveAfter !== false) {
        reviveCodes({ ...book, idle }, assignment, reviveAfter);
      }
    },
  };
}

const stateOf = ({ codes, counts, sums, idle }: CodebookState, isEma: boolean): NamedVariables => ({
  ...(isEma ? { codes } : {}),
  ...(counts && { counts }),
  ...(sums && { sums }),
  ...(idle && { idle }),
});

/**
 * The codebook before any data: codes uniform in `[-1/K, 1/K]`, all waiting to be revived, so that the first
 * step moves those that no token chose onto tokens of the first batch.
 */
function createCodebook(options: Checked): CodebookState {
  const { codebookSize: K, codeDim: D, codebook, reviveAfter, seed } = options;
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
