/** M2 (Kingma et al. 2014, arXiv:1406.5298): labelled and unlabelled rows in one batch; the unlabelled sum over the classes. */
import * as tf from "@tensorflow/tfjs-core";
import { bernoulliLikelihood, createModel, gaussian, mlp, reparameterized } from "@elbo/core";
import type { Condition, LatentModel, Networks, Objective, StepContext } from "@elbo/core";

/** Labels in `[0, classes)`, or -1 where nobody knows. */
const labelsOrNone = (classes: number): Condition => ({
  kind: "labels-or-none",
  options: { classes },
  columns: { y: { shape: [], dtype: "int32" } },
  size: classes,
  accepts: ["labels"],
  vector: ({ y }) => tf.cast(tf.oneHot(tf.cast(y, "int32"), classes), "float32"), // -1 gives zeros
  readers: (_fn, { labels }) => ({
    y: { fillRow: (out, { at, index }) => void (out[at] = (labels as Int32Array)[index]) },
  }),
});

/**
 * Labelled rows pay `L(x, y) - alpha log q(y|x)`, the others `sum_y q(y|x) (L(x, y) + log q(y|x))`, with
 * `L(x, y) = distortion + rate + log classes` (equations 6, 7 and 9; uniform p(y)).
 */
const m2 = (classes: number, alpha: number, classifier: Networks): Objective => ({
  kind: "m2-by-hand",
  options: { classes, alpha },
  networks: classifier,
  terms(model, pass, context) {
    const { batch } = pass;
    const { batchSize } = context;
    const logits = model.apply("classifier", tf.reshape(batch["x"], [batchSize, -1]), { context }); // [B, C]
    const logQ = tf.logSoftmax(logits);
    const costs = Array.from({ length: classes }, (_, y) => {
      const given = tf.oneHot(tf.fill([batchSize], y, "int32"), classes);
      const ofClass: StepContext = { ...pass.context, condition: tf.cast(given, "float32") };
      const way = model.pass(batch, ofClass);
      return tf.add(
        tf.neg(tf.squeeze(model.logLikelihood(way), [0])),
        way.levels["z"].terms["rate"],
      );
    });
    const cost = tf.add(tf.stack(costs, 1), Math.log(classes)); // [B, C]
    const known = tf.cast(tf.oneHot(tf.cast(batch["y"], "int32"), classes), "float32"); // zeros where nobody knows
    const isKnown = tf.sum(known, 1); // [B]
    const marginal = tf.sum(tf.mul(tf.exp(logQ), tf.add(cost, logQ)), 1);
    return {
      labelled: tf.sum(tf.mul(known, cost), 1),
      unlabelled: tf.mul(tf.sub(1, isKnown), marginal),
      classification: tf.mul(-alpha, tf.sum(tf.mul(known, logQ), 1)),
    };
  },
});

export interface SemiSupervisedOptions {
  readonly image: readonly number[];
  readonly latent: number;
  readonly classes: number;
  readonly alpha: number;
  /** `{ classifier }`: flat images to logits. */
  readonly classifier: Networks;
  readonly seed: number;
}

export function semiSupervised(options: SemiSupervisedOptions): LatentModel {
  const { image, latent, classes, alpha, classifier, seed } = options;
  const example = { x: bernoulliLikelihood(image) };
  const condition = labelsOrNone(classes);
  const latents = reparameterized({ size: latent, posterior: gaussian, prior: gaussian });
  const networks = mlp({ example, latents, condition, hidden: [128], seed });
  const objective = m2(classes, alpha, classifier);
  return createModel({
    kind: "m2",
    options: {},
    example,
    latents,
    networks,
    condition,
    objective,
    seed,
  });
}
