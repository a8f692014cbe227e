import * as tf from "@tensorflow/tfjs-core";
import {
  computeOptions,
  createVariable,
  readOptions,
  registerModel,
  rules,
  type Columns,
  type ComputeOptions,
  type LearnedCodePrior,
  type OptionTable,
} from "@elbo/core";
import { codeGrid, codesTable, type CodesOptions } from "./codeGrid.ts";
import { conditioningTable } from "./conditioning.ts";
import { priorOf } from "./priorOf.ts";

/** Options of {@link unigram}. */
export interface UnigramOptions extends CodesOptions, ComputeOptions {
  /** Number of classes, each with frequencies of its own; default: none. */
  readonly classes?: number | undefined;
  /** Added to every count, above 0, so that no code is impossible; default 0.5 (Krichevsky and Trofimov 1981). */
  readonly smoothing?: number;
}

/** {@link UnigramOptions} as a table. */
export const unigramTable = {
  ...codesTable,
  classes: conditioningTable.classes,
  smoothing: { rule: rules.number({ above: 0 }), default: 0.5, doc: "added to every count" },
  ...computeOptions,
} satisfies OptionTable<UnigramOptions>;

/** A {@link unigram}, which counts instead of being trained by gradients. */
export interface Unigram extends LearnedCodePrior {
  /**
   * Sets the probabilities in closed form: `p(k) = (count of k + smoothing) / (codes + K smoothing)`, per codebook and class.
   *
   * @param codes what `train` takes: codes `[n, ...positions]`, with labels where there are classes
   */
  count(codes: unknown): Promise<void>;
}

/**
 * All codes independent of one another, each by its frequency (per depth or head, where there are several): what any
 * better prior is measured by. Uniform before `count`.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function unigram(options: UnigramOptions): Unigram {
  const fn = "unigram";
  const checked = readOptions(fn, unigramTable, options);
  const { positions, codebookSize, classes, smoothing } = checked;
  const { sizes, largest: K } = codeGrid(fn, { positions, codebookSize });
  const tables = classes ?? 1;
  const logProbs = createVariable([tables, sizes.length * K]);
  const cells = positions.reduce((a, b) => a * b, 1) / sizes.length;
  const prior = priorOf(checked, {
    kind: "unigram",
    ...(classes === undefined ? {} : { given: { label: { shape: [], limit: classes } } }),
    variables: { logProbs },
    logits(codes, _, columns: Columns) {
      const [batch] = codes.shape;
      const which = columns["label"] ?? tf.zeros([batch], "int32");
      const own = tf.reshape(tf.gather(logProbs, which), [batch, 1, sizes.length, K]);
      return tf.reshape(tf.tile(own, [1, cells, 1, 1]), [batch, cells * sizes.length, K]);
    },
  });
  return Object.assign(prior, {
    async count(codes: unknown): Promise<void> {
      const rows = await prior.rows("count", codes);
      const length = cells * sizes.length;
      const buffers = { codes: new Int32Array(length), label: new Int32Array(1) };
      const counts = new Float64Array(tables * sizes.length * K);
      for (let i = 0; i < rows.count; i++) {
        await rows.fillInto(classes === undefined ? { codes: buffers.codes } : buffers, {
          indices: [i],
        });
        const start = buffers.label[0] * sizes.length * K;
        buffers.codes.forEach((code, t) => counts[start + (t % sizes.length) * K + code]++);
      }
      const data = logFrequencies(counts, { sizes, K, smoothing });
      await prior.writeWeights({ logProbs: { data, shape: [tables, sizes.length * K] } });
    },
  });
}

interface Counting {
  readonly sizes: readonly number[];
  readonly K: number;
  readonly smoothing: number;
}

/** Natural logarithms of smoothed frequencies; codes that a smaller codebook lacks are masked by the prior. */
function logFrequencies(counts: Float64Array, { sizes, K, smoothing }: Counting): Float32Array {
  const out = new Float32Array(counts.length);
  for (let start = 0, book = 0; start < counts.length; start += K, book++) {
    const size = sizes[book % sizes.length];
    const own = counts.subarray(start, start + size);
    const total = own.reduce((a, b) => a + b, 0) + size * smoothing;
    own.forEach((count, k) => (out[start + k] = Math.log((count + smoothing) / total)));
  }
  return out;
}

registerModel({
  kind: "unigram",
  build: (options) => unigram(options as unknown as UnigramOptions),
});
