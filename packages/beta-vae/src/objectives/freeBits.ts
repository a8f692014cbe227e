import * as tf from "@tensorflow/tfjs-core";
import {
  gaussian,
  klDivergence,
  readOptions,
  rules,
  type Objective,
  type OptionTable,
} from "@elbo/core";
import { distortionOf, gaussianLevel } from "./gaussianLevel.ts";

/** Options of {@link freeBits}. */
export interface FreeBitsOptions {
  /** Nats that every group of dimensions may have for nothing, at least 0. */
  readonly nats: number;
  /** Groups of dimensions as listed; default: every dimension by itself. */
  readonly groups?: readonly (readonly number[])[];
}

/** The options as a table. */
export const freeBitsTable = {
  nats: { rule: rules.number({ min: 0 }), doc: "nats that are free in every group" },
  groups: {
    rule: rules.list(rules.list(rules.integer({ min: 0 }))),
    default: undefined,
    doc: "groups of dimensions",
  },
} satisfies OptionTable<FreeBitsOptions>;

/**
 * Rates below a floor cost nothing: `distortion + sum over groups of max(nats, mean over the batch of the group's KL)`.
 *
 * The KL divergence is that from N(0, I). `rate` is reported with weight 0.
 * Source: Kingma et al. 2016 (arXiv:1606.04934), appendix C.8, equation 15.
 */
export function freeBits(options: FreeBitsOptions): Objective {
  const fn = "freeBits";
  const { nats, groups } = readOptions(fn, freeBitsTable, options);
  return {
    kind: "free-bits",
    options: {
      nats,
      ...(groups === undefined ? {} : { groups: groups.map((group) => [...group]) }),
    },
    weights: { rate: 0 },
    terms(model, pass) {
      const { mean, logVar, rate } = gaussianLevel(fn, pass);
      const prior = gaussian({ mean: 0, logVar: 0 });
      const kl = klDivergence(gaussian({ mean, logVar }), prior) as tf.Tensor2D; // [B, L]
      const byGroup = tf.matMul(
        tf.mean<tf.Tensor2D>(kl, 0, true),
        membership(fn, groups, mean.shape[1]),
      ); // [1, G]
      return {
        distortion: distortionOf(model, pass),
        rate,
        heldRate: { ofBatch: tf.sum(tf.maximum(byGroup, nats)) },
      };
    },
  };
}

/** `[L, G]`: 1 where a dimension is in a group. */
function membership(fn: string, groups: FreeBitsOptions["groups"], size: number): tf.Tensor2D {
  const given = groups ?? Array.from({ length: size }, (_, d) => [d]);
  const all = given.flat();
  const fits =
    new Set(all).size === all.length &&
    all.length === size &&
    all.every((d) => Number.isInteger(d) && d >= 0 && d < size);
  if (!fits) {
    throw new RangeError(
      `${fn}: groups must hold each of the dimensions 0 to ${size - 1} once, got ${JSON.stringify(given)}`,
    );
  }
  const values = new Float32Array(size * given.length);
  given.forEach((group, g) => {
    for (const d of group) values[d * given.length + g] = 1;
  });
  return tf.tensor2d(values, [size, given.length]);
}
