import * as tf from "@tensorflow/tfjs-core";
import {
  bernoulliLikelihood,
  createModel,
  createVariable,
  gaussian,
  mlp,
  Random,
  reparameterized,
} from "../../src/index.ts";
import type {
  Condition,
  JsonObject,
  LatentModel,
  LatentPrior,
  ModelKind,
  Networks,
} from "../../src/index.ts";
import { labelled } from "./labels.ts";

/** Labels as rows of a trained table `[classes, 3]`. */
function embedded(classes: number): Condition {
  const table = createVariable<tf.Rank.R2>([classes, 3], (values) => {
    new Random(1).fillNormalInto(values);
  });
  return {
    ...labelled(classes),
    size: 3,
    variables: { table },
    vector: ({ y }) => tf.gather(table, tf.cast(y, "int32")),
  };
}

/** A Gaussian whose mean and log variance are moved by a bias and by the condition's sum. */
function learnedPrior(latent: number): LatentPrior {
  const bias = createVariable([2 * latent], (values) => values.fill(0.5));
  return {
    kind: "test-prior",
    variables: { bias },
    distribution: ({ condition }) =>
      gaussian.of(tf.add(bias, tf.sum(condition as tf.Tensor, 1, true))), // [B, 2L]
  };
}

/** A model of labelled 8x8 images whose prior and condition have variables of their own. */
export function conditionalModel({
  latent,
  classes,
  networks,
}: {
  readonly latent: number;
  readonly classes: number;
  readonly networks?: Networks;
}): LatentModel {
  const example = { x: bernoulliLikelihood([8, 8, 1]) };
  const condition = embedded(classes);
  const prior = learnedPrior(latent);
  const latents = reparameterized({ size: latent, posterior: gaussian, prior });
  return createModel({
    kind: "conditional",
    options: { latent, classes },
    example,
    condition,
    latents,
    networks: networks ?? mlp({ example, latents, condition, hidden: [16], seed: 1 }),
    seed: 1,
    compute: { engine: "eager" },
  });
}

export const conditionalKind: ModelKind = {
  kind: "conditional",
  build: (options: JsonObject, networks: Networks) =>
    conditionalModel({ ...(options as { latent: number; classes: number }), networks }),
};
