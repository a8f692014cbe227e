import * as tf from "@tensorflow/tfjs-core";
import type { PhaseLoss } from "./phaseLoss.ts";

/** A loss with its gradients. */
export interface LossGradients extends PhaseLoss {
  /** By the names of the variables. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

/**
 * The gradients of a phase's loss; zero where the loss does not depend on a variable.
 *
 * TF.js frees everything but the loss when the gradients are there, so the means leave the tape as kept clones, which the
 * surrounding scope takes over.
 *
 * @throws Error when the loss depends on none of the variables
 */
export function lossGradients(
  phase: string,
  variables: ReadonlyMap<string, tf.Variable>,
  run: () => PhaseLoss,
): LossGradients {
  if (variables.size === 0) return { ...run(), gradients: new Map() };
  let kept: [string, tf.Scalar][] = [];
  const forward = (): tf.Scalar => {
    const { loss, means } = run();
    kept = Object.entries(means).map(([name, mean]) => [name, tf.keep(tf.clone(mean))]);
    return loss;
  };
  const { value, grads } = gradientsOf(phase, forward, [...variables.values()]);
  const means = Object.fromEntries(kept.map(([name, mean]) => [name, tf.clone(mean)]));
  for (const [, mean] of kept) mean.dispose();
  const gradients = new Map(
    [...variables].map(([name, variable]) => [
      name,
      (grads[variable.name] as tf.Tensor | undefined) ?? tf.zerosLike(variable),
    ]),
  );
  return { loss: value, means, gradients };
}

function gradientsOf(
  phase: string,
  forward: () => tf.Scalar,
  variables: tf.Variable[],
): ReturnType<typeof tf.variableGrads> {
  try {
    return tf.variableGrads(forward, variables);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot find a connection between")) {
      throw new Error(
        `train: the loss of phase ${phase} must depend on one of its variables, got one that depends on none`,
        { cause: error },
      );
    }
    throw error;
  }
}
