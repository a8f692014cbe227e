/** @file Trainables without a model: the smallest that show one property of a step each. */
import * as tf from "@tensorflow/tfjs-core";
import type { StepContext } from "../../src/step/context.ts";
import type { Optimizer } from "../../src/step/optimizer.ts";
import type { Terms } from "../../src/step/terms.ts";
import type { Phase, Trainable } from "../../src/step/trainable.ts";
import { Random } from "../../src/random/random.ts";

const variable = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  tf.tidy(() => tf.variable(tf.tensor([...values], [...shape])));

/** What a line `w x + b` gives. */
export interface LinePass {
  readonly x: tf.Tensor;
  readonly error: tf.Tensor;
}

export interface LineOptions {
  readonly size?: number;
  readonly weights?: Phase<LinePass>["weights"];
  readonly terms?: (pass: LinePass, context: StepContext) => Terms;
  readonly noise?: Trainable["noise"];
  readonly afterStep?: Trainable<LinePass>["afterStep"];
  readonly state?: Trainable["state"];
}

/** Squared error of a linear function of `x [size]` for `y`, in two variables `line/w` and `line/b`. */
export function line(options: LineOptions = {}): Trainable<LinePass> & { dispose(): void } {
  const { size = 2, weights, noise, afterStep, state } = options;
  const variables = {
    "line/w": variable(new Array<number>(size).fill(0), [size, 1]),
    "line/b": variable([0]),
  };
  const { terms = ({ error }) => ({ error: tf.mul(0.5, tf.square(error)) }) } = options;
  return {
    kind: "line",
    columns: {
      x: { shape: [size], dtype: "float32" },
      y: { shape: [], dtype: "float32" },
    },
    variables,
    ...(noise === undefined ? {} : { noise }),
    ...(state === undefined ? {} : { state }),
    ...(afterStep === undefined ? {} : { afterStep }),
    compute: { engine: "eager" },
    phases: [{ name: "fit", terms, ...(weights === undefined ? {} : { weights }) }],
    pass({ x, y }) {
      const value = tf.add(
        tf.reshape(
          tf.matMul(x as tf.Tensor2D, variables["line/w"] as unknown as tf.Tensor2D),
          [-1],
        ),
        variables["line/b"],
      );
      return { x, error: tf.sub(value, y) };
    },
    dispose() {
      tf.dispose(Object.values(variables));
    },
  };
}

/** Points on a plane with noise, and the least squares solution of all of them. */
export function points(count: number, seed = 1) {
  const random = new Random(seed);
  const x = new Float32Array(count * 2);
  const noise = new Float32Array(count);
  random.fillNormalInto(x);
  random.fork("noise").fillNormalInto(noise);
  const y = Float32Array.from(noise, (e, i) => 2 * x[2 * i] - x[2 * i + 1] + 0.5 + 0.3 * e);
  return { x: { data: x, shape: [count, 2] }, y: { data: y, shape: [count] } };
}

/** Values of variables by name. */
export const valuesOf = ({ variables, state = {} }: Pick<Trainable, "variables" | "state">) =>
  Object.fromEntries(
    Object.entries({ ...variables, ...state }).map(([name, v]) => [name, [...v.dataSync()]]),
  );

/** Steps of a fixed length against the gradient, by hand. */
export const plainDescent = (learningRate: number): Optimizer => ({
  kind: "plain",
  options: { learningRate },
  slots: [],
  update: ({ variable: value, gradient }) => ({
    variable: tf.sub(value, tf.mul(gradient, learningRate)),
  }),
});
