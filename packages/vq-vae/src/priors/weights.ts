import type * as tf from "@tensorflow/tfjs-core";
import { createVariable, Random, rules } from "@elbo/core";

/** The seed of {@link weightMaker} as an option. */
export const seedOption = {
  rule: rules.integer(),
  default: 0,
  doc: "seed of the first weights",
} as const;

/** Makes the variables of a prior by name, each from its own stream. */
export interface WeightMaker {
  readonly variables: Record<string, tf.Variable>;
  /** N(0, scale^2); default scale `1 / sqrt(inputs)`, inputs being all axes but the last. */
  normal(name: string, shape: readonly number[], scale?: number): void;
  zeros(name: string, shape: readonly number[]): void;
  ones(name: string, shape: readonly number[]): void;
}

/** A maker of weights under a seed. */
export function weightMaker(seed: number): WeightMaker {
  const random = new Random(seed).fork("prior");
  const variables: Record<string, tf.Variable> = {};
  return {
    variables,
    normal(name, shape, scale) {
      const inputs = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const factor = scale ?? 1 / Math.sqrt(inputs);
      variables[name] = createVariable(shape, (values) => {
        random.fork(name).fillNormalInto(values);
        for (let i = 0; i < values.length; i++) values[i] *= factor;
      });
    },
    zeros(name, shape) {
      variables[name] = createVariable(shape);
    },
    ones(name, shape) {
      variables[name] = createVariable(shape, (values) => values.fill(1));
    },
  };
}
