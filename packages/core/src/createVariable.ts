import * as tf from "@tensorflow/tfjs-core";
import { quietTensorflow } from "@elbo/jit";
import { sizeOf } from "./data/ndArray.ts";

/** How many values may still be made while a file is loaded; no limit otherwise. */
let left = Infinity;

/**
 * Runs something that makes variables of sizes that a file declares, and lets it make no more values than that.
 *
 * It must be synchronous: nothing else may make variables in between.
 */
export function withinBudget<T>(values: number, run: () => T): T {
  left = values;
  try {
    return run();
  } finally {
    left = Infinity;
  }
}

/**
 * Refuses a variable that goes beyond the budget, before its values are allocated.
 *
 * @throws RangeError naming the variable and its shape
 */
export function spendBudget(name: string, shape: readonly number[]): void {
  const size = sizeOf(shape);
  if (!(size >= 0 && size <= left)) {
    throw new RangeError(
      `${name} of the shape [${shape.join(", ")}], more values than the file of weights holds`,
    );
  }
  left -= size;
}

/**
 * A variable that a model trains or moves beside its networks: an embedding, a codebook, a scale.
 *
 * Schemes should make theirs with it: loading then refuses one that is larger than the file of weights before it is
 * allocated, and TF.js starts without its banner.
 *
 * @param shape its shape, `[]` for a scalar
 * @param fill writes the values that it starts from, row-major; zeros unless given
 * @throws RangeError while a model is loaded whose file of weights holds less
 */
export function createVariable<R extends tf.Rank = tf.Rank>(
  shape: readonly number[],
  fill?: (values: Float32Array) => void,
): tf.Variable<R> {
  quietTensorflow();
  spendBudget("a variable", shape);
  const values = new Float32Array(sizeOf(shape));
  fill?.(values);
  return tf.tidy(() => tf.variable<tf.Rank>(tf.tensor(values, [...shape]))) as tf.Variable<R>;
}
