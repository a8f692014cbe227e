import * as tf from "@tensorflow/tfjs-core";
import {
  gaussian,
  importanceWeightedBound,
  readOptions,
  rules,
  stopGradient,
  type Objective,
  type Operations,
  type OptionTable,
  type Pass,
} from "@elbo/core";
import { gaussianLevel } from "./gaussianLevel.ts";

/** Options of {@link importanceWeighted}. */
export interface ImportanceWeightedOptions {
  /** Latents per example, k. */
  readonly draws: number;
  /** Whether the encoder gets the doubly reparameterized gradient, whose noise does not grow with k; default false. */
  readonly doublyReparameterized?: boolean;
}

/** The options as a table. */
export const importanceWeightedTable = {
  draws: { rule: rules.integer({ min: 1 }), doc: "latents per example" },
  doublyReparameterized: {
    rule: rules.boolean(),
    default: false,
    doc: "another gradient for the encoder",
  },
} satisfies OptionTable<ImportanceWeightedOptions>;

/**
 * The importance-weighted bound of k draws, negative: `bound = -ln 1/k sum_i p(x, z_i) / q(z_i | x)`, per example in nats.
 *
 * With `doublyReparameterized` the encoder is trained in a phase of its own by `sum_i stop(w_i^2) ln(p(x, z_i) / q_stop(z_i | x))`,
 * w the normalized weights, q_stop the posterior without gradient to its parameters: the same gradient on average.
 * Sources: Burda et al. 2016 (arXiv:1509.00519), equation 8; Tucker et al. 2019 (arXiv:1810.04152), equation 8.
 */
export function importanceWeighted(options: ImportanceWeightedOptions): Objective {
  const { draws, doublyReparameterized } = readOptions(
    "importanceWeighted",
    importanceWeightedTable,
    options,
  );
  return {
    kind: "importance-weighted",
    options: { draws, doublyReparameterized },
    draws,
    terms: (model, pass) => ({ bound: tf.neg(importanceWeightedBound(logWeights(model, pass))) }),
    ...(doublyReparameterized && {
      phases: (model) => [
        {
          name: "encoder",
          trains: (name) => name.startsWith("encoder/"),
          terms: (pass) => ({ surrogate: tf.neg(doublyReparameterizedSum(model, pass)) }),
        },
      ],
    }),
  };
}

/** `ln p(x, z) - ln q(z | x)`, `[K, B]`. */
const logWeights = (model: Operations, pass: Pass): tf.Tensor =>
  tf.add(model.logLikelihood(pass), model.logRatio(pass));

/** Its gradient by what the draws depend on is that of the bound; `[B]`. */
function doublyReparameterizedSum(model: Operations, pass: Pass): tf.Tensor {
  const { mean, logVar } = gaussianLevel("importanceWeighted", pass);
  const [name] = Object.keys(pass.levels);
  const posterior = gaussian({ mean: stopGradient(mean), logVar: stopGradient(logVar) });
  const levels = { [name]: { ...pass.levels[name], posterior } };
  const logs = logWeights(model, { ...pass, levels }); // [K, B]
  const weights = stopGradient(tf.transpose(tf.softmax(tf.transpose(logs)))); // [K, B], over K
  return tf.sum(tf.mul(tf.square(weights), logs), 0);
}
