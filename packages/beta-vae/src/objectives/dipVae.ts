import * as tf from "@tensorflow/tfjs-core";
import { readOptions, rules, type Objective, type OptionTable } from "@elbo/core";
import { distortionOf, gaussianLevel } from "./gaussianLevel.ts";

/** Options of {@link dipVae}. */
export interface DipVaeOptions {
  /** Whose covariance is compared with the identity: that of the posterior means (`"I"`, default), or of the draws (`"II"`). */
  readonly kind?: "I" | "II";
  /** Weight of what lies off the diagonal, default 10. */
  readonly offDiagonal?: number;
  /** Weight of what lies on it; default 10 times `offDiagonal` for I, the same for II. */
  readonly diagonal?: number;
}

/** The options as a table. */
export const dipVaeTable = {
  kind: {
    rule: rules.oneOf(["I", "II"]),
    default: "I",
    doc: "covariance of the means, or of the draws",
  },
  offDiagonal: {
    rule: rules.number({ min: 0 }),
    default: 10,
    doc: "weight of the squared covariances",
  },
  diagonal: {
    rule: rules.number({ min: 0 }),
    default: undefined,
    doc: "weight of the squared distances of variances from 1",
  },
} satisfies OptionTable<DipVaeOptions>;

/**
 * DIP-VAE: the negative ELBO, plus how far the covariance C of the latents over the batch is from the identity:
 * `offDiagonal sum_{i != j} C_ij^2 + diagonal sum_i (C_ii - 1)^2`.
 *
 * I: `C = Cov[mean(x)]`; II: `C = Cov[mean(x)] + E[diag(variance(x))]`. Covariances are over the batch, divided by B.
 * Source: Kumar et al. 2018 (arXiv:1711.00848), equations 6 and 7.
 */
export function dipVae(options: DipVaeOptions = {}): Objective {
  const fn = "dipVae";
  const {
    kind,
    offDiagonal,
    diagonal = kind === "I" ? 10 * offDiagonal : offDiagonal,
  } = readOptions(fn, dipVaeTable, options);
  return {
    kind: "dip-vae",
    options: { kind, offDiagonal, diagonal },
    weights: { offDiagonal, diagonal },
    terms(model, pass, { batchSize }) {
      const { mean, logVar, rate } = gaussianLevel(fn, pass);
      const L = mean.shape[1];
      const centred = tf.sub<tf.Tensor2D>(mean, tf.mean(mean, 0, true));
      const ofMeans = tf.div(tf.matMul(centred, centred, true, false), batchSize); // [L, L]
      const eye = tf.eye(L);
      const C = kind === "I" ? ofMeans : tf.add(ofMeans, tf.mul(eye, tf.mean(tf.exp(logVar), 0)));
      const onDiagonal = tf.sum(tf.mul(C, eye), 1); // [L]
      return {
        distortion: distortionOf(model, pass),
        rate,
        offDiagonal: { ofBatch: tf.sum(tf.square(tf.mul(C, tf.sub(1, eye)))) },
        diagonal: { ofBatch: tf.sum(tf.square(tf.sub(onDiagonal, 1))) },
      };
    },
  };
}
