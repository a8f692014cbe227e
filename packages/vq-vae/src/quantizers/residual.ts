import * as tf from "@tensorflow/tfjs-core";
import { describeValue, readOptions, rules, stopGradient } from "@elbo/core";
import type { OptionTable, Quantized, Quantizer, StepContext } from "@elbo/core";
import { addLosses, broughtBy, joinIndices, partContext, passedOn, splitIndices } from "./parts.ts";
import { quantizerJson } from "./quantizerJson.ts";

/** Options of {@link residual}. */
export interface ResidualOptions {
  /** Share of the examples of a training step that are decoded from a random number of depths, in [0, 1]; default 0. */
  readonly dropout?: number;
}

const options = {
  dropout: {
    rule: rules.number({ min: 0, max: 1 }),
    default: 0,
    doc: "share of training examples that are decoded from a random number of depths",
  },
} satisfies OptionTable<ResidualOptions>;

/**
 * Residual quantization: each part quantizes what those before it left over, `r_0 = z`, `r_(l+1) = r_l - stop(q_l)`; the rows are
 * `sum_l q_l`.
 *
 * Every depth has its own losses (those of one name are added up), which reach the encoder; the gradient of the decoder
 * passes once, through the first part, whatever the number of parts, and to the others' own weights. With `dropout`, some examples
 * of a training step see only their first 1 to L depths, each equally often, so that any prefix of the indices can be decoded:
 * `lookup` and a model's `decode` take `[..., l]` for any `l` up to L.
 * Source: Zeghidour et al. 2021 (arXiv:2107.03312), section III.C; Lee et al. 2022 (arXiv:2203.01941), section 3.1.
 *
 * @param parts quantizers of equal `codeDim`, each with variables of its own
 * @throws TypeError or RangeError when parts do not fit one another, or an option is unknown or out of range
 */
export function residual(parts: readonly Quantizer[], given: ResidualOptions = {}): Quantizer {
  const { dropout } = readOptions("residual", options, given);
  checkParts(parts);
  const brought = broughtBy(parts);
  const depthNoise = dropout > 0 ? { depth: { kind: "uniform" as const, shape: [] } } : {};
  return {
    ...brought,
    kind: "residual",
    options: { parts: parts.map(quantizerJson), dropout },
    codeDim: parts[0].codeDim,
    noise: { ...brought.noise, ...depthNoise },
    hasPrefixes: parts.every(({ codebookSize }) => codebookSize.length === 1),
    quantize(z, context) {
      const results = chain(parts, z, context);
      const rows = tf.addN(results.map(({ result }) => result.rows));
      return {
        rows,
        ...throughOf(parts, { z, results, context }),
        indices: joinIndices(
          parts,
          results.map(({ result }) => result),
        ),
        losses: addLosses(results.map(({ result }) => result)),
        parts: results,
      };
    },
    ...(dropout > 0 && {
      draw({ rows, through, parts: results = [] }: Quantized, context: StepContext) {
        const [{ z }] = results;
        const own = results.map(({ result }) => result.rows);
        const seen = context.training ? tf.addN(masked(own, dropout, context)) : rows;
        return passedOn(through ?? z, seen, context);
      },
    }),
    lookup: (indices) =>
      tf.addN(splitIndices(parts, indices).map((own, l) => parts[l].lookup(own))),
    update(result, _, context) {
      result.parts?.forEach((part, l) => {
        parts[l].update?.(part.result, part.z, partContext(context, l));
      });
    },
    initialize(vectors, random) {
      let rest = vectors;
      const rows = new Float32Array(vectors.length);
      parts.forEach((part, l) => {
        const own = part.initialize?.(rest, random.fork(l)) ?? new Float32Array(vectors.length);
        own.forEach((value, i) => (rows[i] += value));
        rest = vectors.map((value, i) => value - rows[i]);
      });
      return rows;
    },
  };
}

function checkParts(parts: unknown): asserts parts is readonly Quantizer[] {
  const fn = "residual";
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new TypeError(
      `${fn}: parts must be a list of at least one quantizer, got ${describeValue(parts)}`,
    );
  }
  const [first, ...others] = parts as Quantizer[];
  for (const part of [first, ...others]) {
    const { codeDim, kind } = part;
    if (codeDim !== first.codeDim) {
      throw new RangeError(
        `${fn}: parts must have one codeDim (${first.codeDim}), got ${codeDim} of ${kind}`,
      );
    }
    if (part.draw !== undefined) {
      throw new TypeError(`${fn}: parts must choose one code for certain, got ${kind}`);
    }
  }
}

type Results = NonNullable<Quantized["parts"]>;

/** What each part makes of what is left. */
function chain(parts: readonly Quantizer[], z: tf.Tensor, context: StepContext): Results {
  let rest = z;
  return parts.map((part, l) => {
    const result = part.quantize(rest, partContext(context, l));
    const own = { z: rest, result };
    rest = tf.sub(rest, stopGradient(result.rows));
    return own;
  });
}

/** Rows of the depths that an example sees, those beyond its own depth zero. */
function masked(rows: readonly tf.Tensor[], dropout: number, { noise }: StepContext): tf.Tensor[] {
  const uniform = noise["depth"]; // [B]
  const L = rows.length;
  const drawn = tf.add(1, tf.floor(tf.mul(uniform, L / dropout))); // 1 .. L where uniform < dropout
  return rows.map((row, l) => {
    const keeps = tf.logicalOr(tf.greater(drawn, l), tf.greaterEqual(uniform, dropout)); // [B]
    return tf.mul(
      row,
      tf.reshape(tf.cast(keeps, "float32"), [-1, ...row.shape.slice(1).map(() => 1)]),
    );
  });
}

interface Through {
  readonly z: tf.Tensor;
  readonly results: Results;
  readonly context: StepContext;
}

/**
 * What gets the gradient: the first part's, so that it reaches the encoder once; and of later parts with weights of their own
 * (a projection) theirs, fed from a vector without gradient. Only the sum of gradients matters, the value is replaced.
 */
function throughOf(
  parts: readonly Quantizer[],
  { z, results, context }: Through,
): { readonly through?: tf.Tensor } {
  if (results.every(({ result }) => result.through === undefined)) return {};
  const later = results.slice(1).flatMap(({ z: rest, result }, i) => {
    if (result.through === undefined) return [];
    const again = parts[i + 1].quantize(stopGradient(rest), partContext(context, i + 1));
    return again.through === undefined ? [] : [again.through];
  });
  return { through: tf.addN([results[0].result.through ?? z, ...later]) };
}
