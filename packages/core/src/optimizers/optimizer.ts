import * as tf from "@tensorflow/tfjs-core";
import { describeValue } from "../arguments.ts";
import type { ScheduleJson } from "../objective/schedule.ts";

/** An optimizer as JSON, for checkpoints; `optimizerFromJson` restores it. */
export type OptimizerConfig =
  | { readonly kind: "sgd"; readonly learningRate: ScheduleJson; readonly momentum: number }
  | ({ readonly kind: "adam" } & AdamConfig)
  | ({ readonly kind: "adamW"; readonly weightDecay: number } & AdamConfig);

/** What Adam and AdamW have in common. */
export interface AdamConfig {
  readonly learningRate: ScheduleJson;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What one update works on; the lists are parallel, `slots` is what `slots(variables)` made. */
export interface UpdateArguments {
  readonly variables: readonly tf.Variable[];
  readonly gradients: readonly tf.Tensor[];
  readonly slots: readonly tf.Variable[];
  /** One scalar tensor for each name that `scalars(step)` gives. */
  readonly scalars: Readonly<Record<string, tf.Tensor>>;
}

/** A rule that turns gradients into new values of variables: a pure update that a traced training step contains. */
export interface Optimizer {
  readonly config: OptimizerConfig;
  /** What is kept for each variable beside itself, in the order of `slots`: none, `["momentum"]` or `["m", "v"]`. */
  readonly slotNames: readonly string[];
  /** New slots at their starting values: those of the first variable, then those of the second, ... The caller disposes of them. */
  slots(variables: readonly tf.Variable[]): tf.Variable[];
  /** The numbers to feed at a step, which counts the updates made before, from 0. */
  scalars(step: number): Record<string, number>;
  /** Assigns new values to variables and slots, by elementwise operations on tensors of one shape and scalars only. */
  update(args: UpdateArguments): void;
}

/** A zero slot like a variable. */
export function zeroSlot(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
}

/**
 * Calls `apply` with each variable, its gradient and its slots.
 *
 * @throws RangeError when the lists do not fit together
 */
export function forEachVariable(
  { variables, gradients, slots, scalars }: UpdateArguments,
  slotCount: number,
  apply: (variable: tf.Variable, gradient: tf.Tensor, slots: readonly tf.Variable[]) => void,
): void {
  if (gradients.length !== variables.length || slots.length !== slotCount * variables.length) {
    throw new RangeError(
      `update: gradients must be as many as variables (${variables.length}) and slots ${slotCount} for each, got ${gradients.length} and ${slots.length}`,
    );
  }
  for (const [name, scalar] of Object.entries(scalars)) {
    if (scalar.rank !== 0) {
      throw new RangeError(
        `update: ${name} must be a scalar, got ${describeValue([...scalar.shape])}`,
      );
    }
  }
  variables.forEach((variable, i) => {
    if (!tf.util.arraysEqual(variable.shape, gradients[i].shape)) {
      throw new RangeError(
        `update: gradient ${i} must have the shape of its variable [${variable.shape.join(", ")}], got [${gradients[i].shape.join(", ")}]`,
      );
    }
    apply(variable, gradients[i], slots.slice(i * slotCount, (i + 1) * slotCount));
  });
}
