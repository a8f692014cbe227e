/**
 * Dilated causal convolutions: a position sees itself and those before, 1, 2, 4, ... steps apart. A convolution is a dense layer over copies of
 * the sequence that are shifted, which any dilation has. Source: Yang et al. 2017 (arXiv:1702.08139), section 3.2, for text; van den Oord
 * et al. 2016 (arXiv:1609.03499).
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Cell } from "./cell.ts";
import type { SequenceSizes } from "./gru.ts";

/** Sizes of {@link convCell}. */
export interface ConvSizes extends SequenceSizes {
  /** Channels C of every layer. */
  readonly channels: number;
  /** How far apart the places are that each layer looks at. */
  readonly dilations: readonly number[];
  /** Places that a layer looks at. */
  readonly kernel: number;
}

/** `[B, T, C]` moved back by some steps, zeros first. */
function shifted(x: tf.Tensor, steps: number): tf.Tensor {
  const length = x.shape[1] as number;
  if (steps === 0) return x;
  if (steps >= length) return tf.zerosLike(x);
  const kept = tf.slice(x, [0, 0, 0], [-1, length - steps, -1]);
  return tf.pad(kept, [
    [0, 0],
    [steps, 0],
    [0, 0],
  ]);
}

/** Residual layers `x + dense(relu(convolution(x)))`; the latents join every position of the input. */
export function convCell({ classes, latent, channels: C, dilations, kernel }: ConvSizes): Cell {
  const inputs = classes + 2;
  const layers = dilations.map((dilation, i) => ({ name: `layer${i + 1}`, dilation }));
  const taps = Array.from({ length: kernel }, (_, i) => kernel - 1 - i); // the earliest first
  const small = 1 / Math.sqrt(dilations.length); // so that the sum over layers does not grow
  return {
    networks: {
      decoderInput: { inputs, layers: [{ units: C, gain: Math.sqrt(inputs), useBias: false }] },
      decoderLatent: { inputs: latent, layers: [{ units: C }] },
      ...Object.fromEntries(
        layers.map(({ name }) => [
          name,
          {
            inputs: kernel * C,
            layers: [
              { units: C, activation: "relu" as const },
              { units: C, gain: small },
            ],
          },
        ]),
      ),
      decoder: { inputs: C, layers: [{ units: C, activation: "relu" }, { units: classes }] },
    },
    state: {
      told: [C],
      ...Object.fromEntries(
        layers.map(({ name, dilation }) => [name, [(kernel - 1) * dilation, C]]),
      ),
    },
    all(apply, before, z) {
      const told = tf.expandDims(apply("decoderLatent", z), 1); // [B, 1, C]
      let x = tf.add(apply("decoderInput", before), told); // [B, T, C]
      for (const { name, dilation } of layers) {
        const seen = taps.map((tap) => shifted(x, tap * dilation));
        x = tf.add(x, apply(name, tf.concat(seen, 2)));
      }
      return apply("decoder", x); // [B, T, V]
    },
    start: (apply, z) => ({
      told: apply("decoderLatent", z),
      ...Object.fromEntries(
        layers.map(({ name, dilation }) => [
          name,
          tf.zeros([z.shape[0], (kernel - 1) * dilation, C]),
        ]),
      ),
    }),
    step(apply, state, before) {
      let x = tf.add(apply("decoderInput", before), state["told"]); // [B, C]
      const next: Record<string, tf.Tensor> = { told: state["told"] };
      for (const { name, dilation } of layers) {
        const window = tf.concat([state[name], tf.expandDims(x, 1)], 1); // the past and the present
        const seen = taps.map((_, i) =>
          tf.squeeze(tf.slice(window, [0, i * dilation, 0], [-1, 1, -1]), [1]),
        );
        next[name] = tf.slice(window, [0, 1, 0], [-1, -1, -1]);
        x = tf.add(x, apply(name, tf.concat(seen, 1)));
      }
      return { logits: apply("decoder", x), state: next };
    },
  };
}
