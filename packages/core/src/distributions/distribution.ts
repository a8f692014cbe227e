import * as tf from "@tensorflow/tfjs-core";
import type { NoiseKind } from "../step/noise.ts";

/**
 * Independent distributions, one per element of their parameters.
 *
 * All numbers are in nats and *per dimension*; {@link sumPerExample} makes them per example. Everything is made of plain
 * TF.js operations, so that it can be differentiated and compiled, and nothing draws random numbers by itself.
 */
export interface Distribution {
  readonly kind: string;
  /** The noise that `sample` expects. */
  readonly noise: NoiseKind;
  /** Log density, or log probability of discrete values, with the shape of the parameters broadcast with `x`. */
  logProb(x: tf.Tensor): tf.Tensor;
  /** Draws by transforming noise of kind `noise`, of the shape of the result; more leading axes draw more. */
  sample(noise: tf.Tensor): tf.Tensor;
  /** The expectation, of the shape of the parameters. */
  mean(): tf.Tensor;
  /** The most likely value; absent: the mean. */
  mode?(): tf.Tensor;
  /** Entropy, where it has a closed form. */
  entropy?(): tf.Tensor;
}

/**
 * A kind of distribution before it has parameters: what it is drawn from, and how a network's values become it.
 *
 * `of` bounds what networks give, so that no raw value, however large, makes a density or a draw infinite.
 */
export interface Family<D extends Distribution = Distribution> {
  readonly kind: string;
  readonly noise: NoiseKind;
  /** Raw values that an element needs. */
  readonly parameters: number;
  /** From raw values `[..., parameters * n]` to n elements: the first n are locations or logits, the next n log scales. */
  of(raw: tf.Tensor): D;
  /** The member that a prior is, of a shape; default: that of zeros. */
  standard?(shape: readonly number[]): D;
}

/** The member of a family that a prior is, such as N(0, I), of a shape. */
export function standardOf<D extends Distribution>(family: Family<D>, shape: readonly number[]): D {
  if (family.standard !== undefined) return family.standard(shape);
  const last = shape[shape.length - 1];
  return family.of(tf.zeros([...shape.slice(0, -1), family.parameters * last]));
}

/** A parameter as people write it: a number stands for all elements. */
export type Parameter = number | tf.Tensor;

/** A parameter as a tensor. */
export const asTensor = (parameter: Parameter): tf.Tensor =>
  typeof parameter === "number" ? tf.scalar(parameter) : parameter;

/** Numbers that do not depend on the mean, of the shape that they and the mean broadcast to. */
export const likeMean = (mean: tf.Tensor, values: tf.Tensor): tf.Tensor =>
  tf.util.arraysEqual(mean.shape, values.shape) ? values : tf.add(tf.zerosLike(mean), values);

/** The first and the second half of the last axis. */
export function halves(raw: tf.Tensor): { readonly first: tf.Tensor; readonly second: tf.Tensor } {
  const [first, second] = tf.split(raw, 2, raw.rank - 1);
  return { first, second };
}

/**
 * Holds raw values in `(lowest, highest)`, nearly unchanged within: `lowest + softplus(raw - lowest)`, then the same from above.
 * Beyond a bound the slope falls off but never vanishes abruptly, so a value that went too far comes back.
 */
export function bounded(
  raw: tf.Tensor,
  { lowest, highest }: { readonly lowest: number; readonly highest?: number },
): tf.Tensor {
  const above = tf.add(tf.softplus(tf.sub(raw, lowest)), lowest);
  return highest === undefined ? above : tf.sub(highest, tf.softplus(tf.sub(highest, above)));
}

/**
 * Sums all axes but the first ones: per dimension becomes per example.
 *
 * @param values `[B, ...]`, or `[K, B, ...]` with `leading` 2
 * @param leading how many axes stay, default 1
 */
export function sumPerExample(values: tf.Tensor, leading = 1): tf.Tensor {
  const { rank } = values;
  if (rank < leading) {
    throw new RangeError(
      `sumPerExample: values must have at least ${leading} axes, got [${values.shape.join(", ")}]`,
    );
  }
  if (rank === leading) return values;
  return tf.sum(
    values,
    Array.from({ length: rank - leading }, (_, i) => i + leading),
  );
}
