import * as tf from "@tensorflow/tfjs";
import { expectClose } from "@elbo/test-utils";
import type { Tolerance } from "@elbo/test-utils";
import { Random } from "../../src/random/random.ts";

/** Values with a shape, exact in float32, so that a float64 reference sees the same numbers as TF.js. */
export interface Values {
  readonly data: readonly number[];
  readonly shape: readonly number[];
}

export const values = (
  data: readonly number[],
  shape: readonly number[] = [data.length],
): Values => ({
  data: data.map((x) => Math.fround(x)),
  shape,
});

/** Seeded normal values of a scale. */
export const normals = (seed: number, shape: readonly number[], scale = 1): Values => {
  const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
  new Random(seed).fillNormalInto(out);
  return values(
    [...out].map((x) => x * scale),
    shape,
  );
};

export const toTensor = ({ data, shape }: Values): tf.Tensor => tf.tensor([...data], [...shape]);

/** What a function of tensors gives, as plain numbers. */
export const compute = (fn: () => tf.Tensor): Float32Array => tf.tidy(fn).dataSync<"float32">();

/** A function under test, its float64 reference, and where to compare them. */
export interface GradientCase {
  readonly inputs: readonly Values[];
  readonly fn: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** The sum of what `fn` gives, from plain numbers. */
  readonly reference: (...inputs: readonly (readonly number[])[]) => number;
  readonly tolerance?: Tolerance;
}

/**
 * Compares the gradient that TF.js derives for `sum(fn(inputs))` with central differences of the reference in float64.
 *
 * A step of 1e-5 leaves a truncation error of about 1e-10 and a rounding error of 1e-11, so the tolerance is for float32.
 */
export function expectGradient({
  inputs,
  fn,
  reference,
  tolerance = { rtol: 1e-4, atol: 1e-5 },
}: GradientCase): void {
  const tensors = inputs.map(toTensor);
  const gradients = tf.grads((...args: tf.Tensor[]) => tf.sum(fn(...args)))(tensors);
  const step = 1e-5;
  inputs.forEach((input, i) => {
    const expected = input.data.map((value, k) => {
      const at = (x: number): number =>
        reference(...inputs.map(({ data }, j) => (j === i ? data.with(k, x) : data)));
      return (at(value + step) - at(value - step)) / (2 * step);
    });
    expectClose(gradients[i].dataSync(), expected, tolerance);
  });
  tf.dispose([tensors, gradients]);
}

/** The sum of a function over parallel lists. */
export const sumOver = (
  fn: (...at: number[]) => number,
  ...lists: readonly (readonly number[])[]
): number => lists[0].reduce((total, _, i) => total + fn(...lists.map((list) => list[i])), 0);

/** Mean and its standard error. */
export const meanOf = (sample: ArrayLike<number>): { mean: number; error: number } => {
  const n = sample.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += sample[i] / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (sample[i] - mean) ** 2;
  return { mean, error: Math.sqrt(squares / (n - 1) / n) };
};

/** All combinations of two lists, as two parallel lists. */
export const grid = (a: readonly number[], b: readonly number[]): [number[], number[]] => [
  a.flatMap((x) => b.map(() => x)),
  a.flatMap(() => [...b]),
];
