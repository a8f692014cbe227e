import * as tf from "@tensorflow/tfjs-core";
import { readOptions, rules, stopGradient, sumPerExample } from "@elbo/core";
import type { OptionTable, Quantizer, Terms } from "@elbo/core";
import { commitmentLoss } from "./losses.ts";
import { unitVectors } from "./nearestCode.ts";
import { createWhitening } from "./whitening.ts";

/** Options of {@link binary}. */
export interface BinaryOptions {
  /** Dimensions, one bit each: `2^bits` codes, 1 to 30; default 9. */
  readonly bits?: number;
  /** Whether vectors and codes lie on the unit sphere (BSQ); default false: codes are ±1 (LFQ). */
  readonly sphere?: boolean;
  /** Softness of the assignment that the entropies are of, in units of squared distance, above 0; default 1. */
  readonly temperature?: number;
}

const options = {
  bits: {
    rule: rules.integer({ min: 1, max: 30 }),
    default: 9,
    doc: "dimensions, one bit each",
  },
  sphere: {
    rule: rules.boolean(),
    default: false,
    doc: "whether vectors and codes lie on the unit sphere",
  },
  temperature: {
    rule: rules.number({ above: 0 }),
    default: 1,
    doc: "softness of the assignment that the entropies are of",
  },
} satisfies OptionTable<BinaryOptions>;

/**
 * One bit per dimension: the sign. Lookup-free quantization, or on the sphere binary spherical quantization.
 *
 * `q = s sign(z)` with `s = 1`, or `s = 1 / sqrt(bits)` for `z / |z|`; a zero counts as negative, bit 0; the first dimension is the
 * lowest bit of the index. Losses in nats per example, summed over positions, for the soft assignment
 * `p(c | z) = softmax(2 z . c / temperature)`:
 *
 * - `entropy`, the mean entropy of a vector's assignment: it falls apart into bits exactly, `p(bit = 1) = sigma(4 s z / temperature)`;
 * - `diversity`, of the batch: `bits ln 2 - H`, where H is the entropy of the mean assignment by the product of the bits' marginals,
 *   an upper bound of it. So neither loss is ever negative, and neither needs the `2^bits` codes.
 * - `commitment = sum |z - stop(q)|^2`.
 *
 * Features are whitened, from the start of training on and by moving averages through all of it (`mean`, `kernel`; not in the papers, whose
 * encoders end in a normalization): bits stay even and uncorrelated, and codes in use. On the sphere a training batch is centred on its own
 * mean: where only directions count, an average that lags behind leaves most codes unused.
 * Source: Yu et al. 2023 (arXiv:2310.05737), section 3.1, equation 5; Zhao et al. 2024 (arXiv:2406.07548), section 4.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function binary(given: BinaryOptions = {}): Quantizer {
  const { bits, sphere, temperature } = readOptions("binary", options, given);
  const scale = sphere ? 1 / Math.sqrt(bits) : 1;
  const places = (): tf.Tensor =>
    tf.tensor1d(
      Array.from({ length: bits }, (_, i) => 2 ** i),
      "int32",
    );
  /** `[..., bits]`, ±s */
  const codesOf = (on: tf.Tensor): tf.Tensor =>
    tf.where(on, tf.fill(on.shape, scale), tf.fill(on.shape, -scale));
  /** The codes of vectors, out of reach of any gradient; on the tape, a comparison would be asked for its own. */
  const signs = (z: tf.Tensor): tf.Tensor =>
    tf.customGrad((zIn) => ({
      value: codesOf(tf.greater(zIn as tf.Tensor, 0)),
      gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
    }))(z);
  const whitening = createWhitening(bits, { ownMean: sphere });
  return {
    kind: "binary",
    options: { bits, sphere, temperature },
    codebookSize: [2 ** bits],
    codeDim: bits,
    state: whitening.state,
    weights: { commitment: 0.25, entropy: 0.3, diversity: 3 },
    quantize(features, context) {
      const white = whitening.apply(features, context);
      const z = sphere ? unitVectors(white) : white;
      const rows = signs(z); // [B, ..., bits]
      return {
        rows,
        through: z,
        indices: tf.sum(tf.mul(tf.cast(tf.greater(stopGradient(z), 0), "int32"), places()), -1),
        losses: {
          commitment: commitmentLoss(z, rows),
          ...entropies(tf.mul(z, (4 * scale) / temperature)),
        },
        compared: { z, rows },
      };
    },
    update(_, features) {
      whitening.follow(features);
    },
    lookup(indices) {
      const digits = tf.mod(
        tf.floorDiv(tf.expandDims(indices, -1), places()),
        tf.scalar(2, "int32"),
      );
      return codesOf(tf.greater(digits, 0));
    },
    initialize(vectors) {
      return whitening.start(vectors).map((value) => (value > 0 ? scale : -scale));
    },
  };
}

/** Both entropy losses of the logits of bits `[B, ..., bits]`. */
function entropies(logits: tf.Tensor): Terms {
  const [batch] = logits.shape;
  const bits = logits.shape[logits.rank - 1];
  const positions = logits.size / batch / bits;
  const entropy = sumPerExample(bitEntropy(logits)); // [B]
  const shares = tf.mean(tf.reshape(tf.sigmoid(logits), [-1, bits]), 0); // [bits]
  const most = bits * Math.LN2;
  const ofMean = tf.sum(shareEntropy(shares));
  return {
    entropy,
    diversity: { ofBatch: tf.mul(positions, tf.sub(most, ofMean)) },
  };
}

/** `H(sigma(l)) = softplus(l) - l sigma(l)` nats. */
const bitEntropy = (logits: tf.Tensor): tf.Tensor =>
  tf.sub(tf.softplus(logits), tf.mul(logits, tf.sigmoid(logits)));

/** `H(p)` nats of shares strictly within (0, 1), which float32 may round to the ends. */
function shareEntropy(shares: tf.Tensor): tf.Tensor {
  const p = tf.clipByValue(shares, 1e-7, 1 - 1e-7);
  const other = tf.sub(1, p);
  return tf.neg(tf.add(tf.mul(p, tf.log(p)), tf.mul(other, tf.log(other))));
}
