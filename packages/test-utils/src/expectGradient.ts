import * as tf from "@tensorflow/tfjs-core";
import { expectClose, type Tolerance } from "./expectClose.ts";

/** A function under test, and where to take its gradient. */
export interface GradientCase {
  /** What it gives is summed. */
  readonly fn: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Where the gradient is taken; a variable that `fn` reads by itself may follow its arguments. */
  readonly inputs: readonly tf.Tensor[];
  /** The same sum in float64, from plain numbers; without it the differences are those of `fn`. */
  readonly reference?: (...inputs: readonly (readonly number[])[]) => number;
  readonly tolerance?: Tolerance;
}

/** Central differences of float64 at a step of 1e-5 are off by about 1e-10, so the tolerance is for a gradient in float32. */
const ofReference = { step: 1e-5, tolerance: { rtol: 1e-4, atol: 1e-5 } };

/** Sums of float32, off by about 1e-6, are divided by a step of 1e-2, whose own error is of the order of 1e-4. */
const ofFunction = { step: 1e-2, tolerance: { rtol: 1e-3, atol: 1e-3 } };

/**
 * Fails unless the gradient that TF.js derives for `sum(fn(inputs))` equals central differences,
 * `(f(x + h) - f(x - h)) / 2h` in every value of every input.
 */
export function expectGradient({ fn, inputs, reference, tolerance }: GradientCase): void {
  const how = reference ? ofReference : ofFunction;
  tf.tidy(() => {
    const gradients = tf.grads((...args: tf.Tensor[]) => tf.sum(fn(...args)))([...inputs]);
    const numbers = inputs.map((input) => [...input.dataSync()]);
    inputs.forEach((input, i) => {
      const at = (values: number[]): number =>
        reference
          ? reference(...numbers.with(i, values))
          : sumWith(fn, inputs, { i, moved: tf.tensor(values, input.shape) });
      expectClose(
        gradients[i].dataSync(),
        differences(at, numbers[i], how.step),
        tolerance ?? how.tolerance,
      );
    });
  });
}

function differences(
  f: (values: number[]) => number,
  at: readonly number[],
  step: number,
): number[] {
  return at.map((x, k) => (f(at.with(k, x + step)) - f(at.with(k, x - step))) / (2 * step));
}

/** The sum of what a function gives when one of its inputs has moved; a variable moves and comes back. */
function sumWith(
  fn: GradientCase["fn"],
  inputs: readonly tf.Tensor[],
  { i, moved }: { readonly i: number; readonly moved: tf.Tensor },
): number {
  const input = inputs[i];
  if (!(input instanceof tf.Variable)) return tf.sum(fn(...inputs.with(i, moved))).dataSync()[0];
  const start = input.clone();
  input.assign(moved);
  const sum = tf.sum(fn(...inputs)).dataSync()[0];
  input.assign(start);
  return sum;
}
