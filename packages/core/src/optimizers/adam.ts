import * as tf from "@tensorflow/tfjs-core";
import { constant, scheduleRule } from "../objective/schedule.ts";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable, OptionValues } from "@elbo/common";
import type { Optimizer, UpdateArguments } from "../step/optimizer.ts";
import type { Schedule } from "../step/schedule.ts";

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Step size, default 0.001. */
  readonly learningRate?: number | Schedule;
  /** Decay of the mean of gradients, in [0, 1), default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1), default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment, default 1e-8. */
  readonly epsilon?: number;
}

/** Options of {@link adamW}. */
export interface AdamWOptions extends AdamOptions {
  /** Part of a value that each step takes away, times the learning rate; default 0.01. */
  readonly weightDecay?: number;
}

const decay = rules.number({ min: 0, below: 1 });

const adamTable = {
  learningRate: { rule: scheduleRule({ min: 0 }), default: constant(0.001), doc: "step size" },
  beta1: { rule: decay, default: 0.9, doc: "decay of the mean of gradients" },
  beta2: { rule: decay, default: 0.999, doc: "decay of the mean of squared gradients" },
  epsilon: {
    rule: rules.number({ above: 0 }),
    default: 1e-8,
    doc: "added to the root of the second moment",
  },
} satisfies OptionTable<AdamOptions>;

const adamWTable = {
  ...adamTable,
  weightDecay: {
    rule: rules.number({ min: 0 }),
    default: 0.01,
    doc: "part of a value that each step takes away, times the learning rate",
  },
} satisfies OptionTable<AdamWOptions>;

/**
 * Adam: `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`, `p = p - rate m / (sqrt(v) + eps)`, where the two scalars
 * `rate = learningRate sqrt(1 - beta2^t) / (1 - beta1^t)` and `eps = epsilon sqrt(1 - beta2^t)` hold the bias correction.
 *
 * Equal to algorithm 1 of Kingma and Ba 2015 (arXiv:1412.6980): both moments are divided by their corrections there, here the scalars are.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const values = readOptions("adam", adamTable, options);
  const { learningRate, beta1, beta2, epsilon } = values;
  return {
    kind: "adam",
    options: { learningRate: learningRate.toJSON(), beta1, beta2, epsilon },
    slots: ["m", "v"],
    scalars: adamScalars(values),
    update(from) {
      const { step, ...moments } = adamStep(from, values);
      return { variable: tf.sub(from.variable, step), ...moments };
    },
  };
}

/**
 * AdamW: {@link adam} whose step also takes `learningRate weightDecay p` away from every value p, apart from the moments.
 *
 * Source: Loshchilov and Hutter 2019, algorithm 2 (arXiv:1711.05101), with the decay times the learning rate as PyTorch has it.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const values = readOptions("adamW", adamWTable, options);
  const { learningRate, beta1, beta2, epsilon, weightDecay } = values;
  const scalars = adamScalars(values);
  return {
    kind: "adamW",
    options: { learningRate: learningRate.toJSON(), beta1, beta2, epsilon, weightDecay },
    slots: ["m", "v"],
    scalars: (step, updates) => ({
      ...scalars(step, updates),
      shrinkage: learningRate(step) * weightDecay,
    }),
    update(from) {
      const { step, ...moments } = adamStep(from, values);
      const shrunk = tf.mul(from.variable, from.scalars["shrinkage"]);
      return { variable: tf.sub(from.variable, tf.add(step, shrunk)), ...moments };
    },
  };
}

type AdamValues = OptionValues<typeof adamTable>;

/** The numbers of a step, with the bias correction in them. */
const adamScalars =
  ({ learningRate, beta1, beta2, epsilon }: AdamValues) =>
  (step: number, updates: number): { readonly rate: number; readonly epsilon: number } => {
    const t = updates + 1;
    const root = Math.sqrt(1 - beta2 ** t);
    return { rate: (learningRate(step) * root) / (1 - beta1 ** t), epsilon: epsilon * root };
  };

/** What a value moves by, and the new moments. */
function adamStep(
  { gradient, slots, scalars }: UpdateArguments,
  { beta1, beta2 }: AdamValues,
): { readonly step: tf.Tensor; readonly m: tf.Tensor; readonly v: tf.Tensor } {
  const m = tf.add(tf.mul(slots["m"], beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add(tf.mul(slots["v"], beta2), tf.mul(tf.mul(gradient, gradient), 1 - beta2));
  const step = tf.div(tf.mul(m, scalars["rate"]), tf.add(tf.sqrt(v), scalars["epsilon"]));
  return { step, m, v };
}
