import * as tf from "@tensorflow/tfjs-core";
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
