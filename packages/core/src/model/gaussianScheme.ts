import * as tf from "@tensorflow/tfjs-core";
import { assertInteger, assertOneOf } from "../arguments.ts";
import { createVariable } from "../createVariable.ts";
import {
  diagonalGaussian,
  gaussianKl,
  reparameterize,
  sumPerExample,
} from "../distributions/index.ts";
import type { Context, LatentScheme } from "./latentScheme.ts";

/** A diagonal Gaussian over latents, `[B, L]` each. */
export interface GaussianPosterior {
  readonly mean: tf.Tensor;
  /** Natural logarithm of the variance. */
  readonly logVar: tf.Tensor;
}

/** Options of {@link gaussianScheme}. */
export interface GaussianSchemeOptions {
  /** Number of latent dimensions L. */
  readonly latent: number;
  /** `"standard"` (default): N(0, I). `"conditional"`: mean and variance are affine in the condition and start at N(0, I). */
  readonly prior?: "standard" | "conditional";
  /** Size E of the condition vector; required by the conditional prior. */
  readonly condition?: number;
}

/**
 * Gaussian latents: q(z|x) = N(mean, diag(exp(logVar))), with `[mean, logVar] = features`, and the closed-form term
 *
 * `kl = KL(q(z|x) || p(z)) = 1/2 sum_d (exp(logVar) + mean^2 - 1 - logVar)` for p = N(0, I), in nats per example.
 *
 * `code` is the mean. Source: Kingma and Welling 2014, appendix B (arXiv:1312.6114).
 *
 * @throws RangeError when `latent` is not a positive integer, or a conditional prior has no condition
 */
export function gaussianScheme(options: GaussianSchemeOptions): LatentScheme<GaussianPosterior> {
  const fn = "gaussianScheme";
  const { latent, prior = "standard", condition } = options;
  assertInteger({ fn, name: "latent" }, latent, { min: 1 });
  assertOneOf({ fn, name: "prior" }, prior, ["standard", "conditional"]);
  let conditional: ConditionalPrior | undefined;
  if (prior === "conditional") {
    assertInteger({ fn, name: "condition of a conditional prior" }, condition, { min: 1 });
    conditional = conditionalPrior(latent, condition);
  }

  const priorOf = (context: Context): GaussianPosterior | undefined => conditional?.given(context);

  return {
    kind: "gaussian",
    featureShape: [2 * latent],
    latentShape: [latent],
    codeShape: [latent],
    codeType: "float32",
    variables: conditional?.variables ?? [],
    state: [],
    noise: { z: { kind: "normal", shape: [latent] } },
    posterior: (features) => ({
      mean: tf.slice(features, [0, 0], [-1, latent]), // [B, L]
      logVar: tf.slice(features, [0, latent], [-1, latent]), // [B, L]
    }),
    latents: (posterior, noise) => reparameterize({ ...posterior, noise: noise["z"] }),
    mode: (posterior) => posterior.mean,
    code: (posterior) => posterior.mean,
    fromCode: (code) => code,
    terms: (posterior, context) => ({
      kl: sumPerExample(gaussianKl(posterior, priorOf(context))), // [B]
    }),
    rate: "kl",
    logRatio: (posterior, z, context) => {
      const p = priorOf(context) ?? { mean: tf.zerosLike(z), logVar: tf.zerosLike(z) };
      const logP = diagonalGaussian(p).logProb(z);
      return sumPerExample(tf.sub(logP, diagonalGaussian(posterior).logProb(z))); // [B]
    },
    prior: {
      noise: { z: { kind: "normal", shape: [latent] } },
      sample: (noise, context) => {
        const p = priorOf(context);
        return p === undefined ? noise["z"] : reparameterize({ ...p, noise: noise["z"] });
      },
    },
  };
}

interface ConditionalPrior {
  readonly variables: readonly tf.Variable[];
  given(context: Context): GaussianPosterior;
}

/** p(z|y) = N(m, diag(exp(s))) with `[m, s] = condition . kernel + bias`, zero at the start. */
function conditionalPrior(latent: number, size: number): ConditionalPrior {
  const kernel = createVariable([size, 2 * latent]);
  const bias = createVariable([2 * latent]);
  return {
    variables: [kernel, bias],
    given({ condition }) {
      if (condition === undefined) {
        throw new Error("internal: a conditional prior was asked without a condition");
      }
      const both = tf.add(tf.matMul(condition as tf.Tensor2D, kernel as tf.Tensor2D), bias); // [B, 2L]
      return {
        mean: tf.slice(both, [0, 0], [-1, latent]),
        logVar: tf.slice(both, [0, latent], [-1, latent]),
      };
    },
  };
}
