import * as tf from "@tensorflow/tfjs-core";
import { quietTensorflow } from "@elbo/jit";
import { sizeOf } from "../shape.ts";

/** Told of every variable before its values are allocated; it may throw. */
export type VariableWatcher = (name: string, shape: readonly number[]) => void;

let watcher: VariableWatcher | undefined;

/** Runs something synchronous and lets `watch` see every variable that {@link createVariable} is about to make in it. */
export function watchVariables<T>(watch: VariableWatcher, run: () => T): T {
  const before = watcher;
  watcher = watch;
  try {
    return run();
  } finally {
    watcher = before;
  }
}

/**
 * A variable that a model trains or moves beside its networks: an embedding, a codebook, a scale.
 *
 * Parts make theirs with it: loading then refuses one that is larger than the file of weights before it is allocated.
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
  watcher?.("a variable", shape);
  const values = new Float32Array(sizeOf(shape));
  fill?.(values);
  return tf.tidy(() => tf.variable<tf.Rank>(tf.tensor(values, [...shape]))) as tf.Variable<R>;
}
