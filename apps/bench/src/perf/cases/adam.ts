import * as tf from "@tensorflow/tfjs-core";
import type { WorkFunction } from "./work.ts";

const learningRate = 1e-3;
const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/**
 * The scalars of one step of Adam, with the bias corrections folded in: `rate = lr sqrt(1 - b2^t) / (1 - b1^t)` and
 * `epsilon_t = epsilon sqrt(1 - b2^t)`, so that `p -= rate m / (sqrt(v) + epsilon_t)` is the update of Kingma and Ba (2015,
 * https://arxiv.org/abs/1412.6980, algorithm 1) and of `torch.optim.Adam`.
 *
 * @param index number of the step, from 0 on
 */
export function adamScalars(index: number): Record<string, number> {
  const correction = Math.sqrt(1 - beta2 ** (index + 1));
  return {
    rate: (learningRate * correction) / (1 - beta1 ** (index + 1)),
    epsilon: epsilon * correction,
  };
}

/** A loss as a function of the feeds, and the variables that it is to be minimized over. */
export interface Training {
  readonly loss: (feeds: Record<string, tf.Tensor>) => tf.Scalar;
  readonly trained: readonly tf.Variable[];
  /** Further variables that the loss reads or assigns. */
  readonly state?: readonly tf.Variable[];
  readonly feeds: WorkFunction["feeds"];
}

/** A training step with Adam: the output `loss` is the loss before the update. */
export function adamStep({ loss, trained, state = [], feeds }: Training): {
  step: WorkFunction;
  slots: tf.Variable[];
} {
  const first = trained.map((variable) => tf.variable(tf.zeros(variable.shape), false));
  const second = trained.map((variable) => tf.variable(tf.zeros(variable.shape), false));
  const slots = [...first, ...second];
  const step: WorkFunction = {
    feeds: { ...feeds, rate: { shape: [] }, epsilon: { shape: [] } },
    state: [...trained, ...state, ...slots],
    fn: ({ rate, epsilon, ...arrays }) => {
      const { value, grads } = tf.variableGrads(() => loss(arrays), [...trained]);
      trained.forEach((variable, i) => {
        const gradient = grads[variable.name];
        const m = tf.add(tf.mul(first[i], beta1), tf.mul(gradient, 1 - beta1));
        const v = tf.add(tf.mul(second[i], beta2), tf.mul(tf.square(gradient), 1 - beta2));
        first[i].assign(m);
        second[i].assign(v);
        const move = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon));
        variable.assign(tf.sub(variable, move));
      });
      return { loss: value };
    },
  };
  return { step, slots };
}
