import { describeValue } from "@elbo/common";
import * as tf from "@tensorflow/tfjs-core";

/**
 * What a function returned, if it is a record of tensors.
 *
 * @throws TypeError saying what it is instead
 */
export function checkOutputs(results: unknown): Record<string, tf.Tensor> {
  const wrong =
    results instanceof Promise
      ? "a promise (an async function cannot be compiled)"
      : results instanceof tf.Tensor
        ? "a tensor; return { name: tensor }"
        : results === null || typeof results !== "object"
          ? describeValue(results)
          : undefined;
  if (wrong !== undefined) {
    if (results instanceof Promise) results.catch(() => undefined);
    throw new TypeError(`jit: the function must return a record of tensors, got ${wrong}`);
  }
  for (const [name, tensor] of Object.entries(results as Record<string, unknown>)) {
    if (tensor instanceof tf.Tensor) continue;
    throw new TypeError(
      `jit: every output of the function must be a tensor, got ${describeValue(tensor)} for "${name}"`,
    );
  }
  return results as Record<string, tf.Tensor>;
}
