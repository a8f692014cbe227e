import type { Random } from "../random/random.ts";

export const initializerNames = ["he", "glorot", "fan-in"] as const;

/**
 * How a layer's weights start, from the number of inputs that one output sums over (fan-in) and of outputs that one input reaches
 * (fan-out).
 *
 * - `"he"`: kernels before a ReLU are normal with variance `2 / fanIn` (He et al. 2015, arXiv:1502.01852, equation 10), others
 *   as with `"glorot"`; biases are 0.
 * - `"glorot"`: kernels are uniform within `sqrt(6 / (fanIn + fanOut))` (Glorot and Bengio 2010, equation 16); biases are 0.
 *   TensorFlow and Keras start like this.
 * - `"fan-in"`: kernels and biases are uniform within `1 / sqrt(fanIn)`. PyTorch starts like this.
 */
export type Initializer = (typeof initializerNames)[number];

/** What an initializer looks at. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
  /** Whether a ReLU follows. */
  readonly isRelu: boolean;
}

/** Draws a layer's kernel and bias; a bias that is not drawn is 0. */
export function initializeInto(
  { kernel, bias }: { readonly kernel: Float32Array; readonly bias: Float32Array },
  { initializer, fans }: { readonly initializer: Initializer; readonly fans: Fans },
  random: Random,
): void {
  const { fanIn, fanOut, isRelu } = fans;
  switch (initializer) {
    case "he":
      if (!isRelu) {
        fillUniform(kernel, Math.sqrt(6 / (fanIn + fanOut)), random.fork("kernel"));
        return;
      }
      random.fork("kernel").fillNormalInto(kernel);
      for (let i = 0; i < kernel.length; i++) kernel[i] *= Math.sqrt(2 / fanIn);
      return;
    case "glorot":
      fillUniform(kernel, Math.sqrt(6 / (fanIn + fanOut)), random.fork("kernel"));
      return;
    case "fan-in":
      fillUniform(kernel, 1 / Math.sqrt(fanIn), random.fork("kernel"));
      fillUniform(bias, 1 / Math.sqrt(fanIn), random.fork("bias"));
  }
}

/** Uniform draws within plus and minus a bound. */
function fillUniform(out: Float32Array, bound: number, random: Random): void {
  random.fillUniformInto(out);
  for (let i = 0; i < out.length; i++) out[i] = bound * (2 * out[i] - 1);
}
