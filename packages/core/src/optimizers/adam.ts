import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions, assertNumber } from "../arguments.ts";
import type { Schedule } from "../objective/schedule.ts";
import { learningRateSchedule } from "./learningRate.ts";
import { forEachVariable, zeroSlot } from "./optimizer.ts";
import type { AdamConfig, Optimizer } from "./optimizer.ts";

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

const adamKeys = ["learningRate", "beta1", "beta2", "epsilon"];

/**
 * Adam: `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`, `p = p - rate m / (sqrt(v) + eps)`, where the two scalars
 * `rate = learningRate sqrt(1 - beta2^t) / (1 - beta1^t)` and `eps = epsilon sqrt(1 - beta2^t)` hold the bias correction.
 *
 * Equal to algorithm 1 of Kingma and Ba 2015 (arXiv:1412.6980): both moments are divided by their corrections there, here the scalars are.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function adam(options: AdamOptions = {}): Optimizer {
  assertKnownOptions("adam", options, adamKeys);
  const rule = adamRule("adam", options);
  return {
    ...rule,
    config: { kind: "adam", ...rule.config },
    update: (args) => {
      rule.update(args, () => undefined);
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
  const fn = "adamW";
  assertKnownOptions(fn, options, [...adamKeys, "weightDecay"]);
  const { weightDecay = 0.01 } = options;
  assertNumber({ fn, name: "weightDecay" }, weightDecay, { min: 0 });
  const rule = adamRule(fn, options);
  return {
    ...rule,
    config: { kind: "adamW", ...rule.config, weightDecay },
    scalars: (step) => ({
      ...rule.scalars(step),
      shrinkage: rule.learningRate(step) * weightDecay,
    }),
    update: (args) => {
      rule.update(args, (variable) => tf.mul(variable, args.scalars["shrinkage"]));
    },
  };
}

interface AdamRule extends Omit<Optimizer, "config" | "update"> {
  readonly config: AdamConfig;
  readonly learningRate: Schedule;
  /** `extra` gives what else to subtract from a variable, if anything. */
  update(
    args: Parameters<Optimizer["update"]>[0],
    extra: (variable: tf.Variable) => tf.Tensor | undefined,
  ): void;
}

function adamRule(fn: string, options: AdamOptions): AdamRule {
  const { learningRate: given = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const learningRate = learningRateSchedule(fn, given);
  assertNumber({ fn, name: "beta1" }, beta1, { min: 0, below: 1 });
  assertNumber({ fn, name: "beta2" }, beta2, { min: 0, below: 1 });
  assertNumber({ fn, name: "epsilon" }, epsilon, { above: 0 });
  return {
    config: { learningRate: learningRate.toJSON(), beta1, beta2, epsilon },
    learningRate,
    slotNames: ["m", "v"],
    slots: (variables) => variables.flatMap((variable) => [zeroSlot(variable), zeroSlot(variable)]),
    scalars(step) {
      const t = step + 1;
      const root = Math.sqrt(1 - beta2 ** t);
      return {
        learningRate: (learningRate(step) * root) / (1 - beta1 ** t),
        epsilon: epsilon * root,
      };
    },
    update(args, extra) {
      const { learningRate: rate, epsilon: eps } = args.scalars;
      forEachVariable(args, 2, (variable, gradient, [m, v]) => {
        const newM = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
        const newV = tf.add(tf.mul(v, beta2), tf.mul(tf.mul(gradient, gradient), 1 - beta2));
        const step = tf.div(tf.mul(newM, rate), tf.add(tf.sqrt(newV), eps));
        const other = extra(variable);
        const newValue = tf.sub(variable, other === undefined ? step : tf.add(step, other));
        m.assign(newM);
        v.assign(newV);
        variable.assign(newValue);
      });
    },
  };
}
