/**
 * Gated recurrent units, written out token by token, so that a sequence compiles into one program. Source: Cho et al. 2014
 * (arXiv:1406.1078), with the reset gate after the product and a second bias, as PyTorch and cuDNN have it.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Apply, Cell } from "./cell.ts";
import type { DenseNetworks } from "./dense.ts";
import { endToken } from "./tokens.ts";

/** Sizes of what a sequence model is made of. */
export interface SequenceSizes {
  /** Number of tokens V, the end among them. */
  readonly classes: number;
  readonly latent: number;
}

/**
 * `r = sigmoid(x_r + h_r)`, `u = sigmoid(x_u + h_u)`, `n = tanh(x_n + r h_n)`, `h' = n + u (h - n)`.
 *
 * @param x gates of the input `[B, 3 H]`: r, u, n
 * @param recurrent those of the state, `[B, 3 H]`
 * @param h `[B, H]`
 */
function gated(x: tf.Tensor, recurrent: tf.Tensor, h: tf.Tensor): tf.Tensor {
  const units = h.shape[1] as number;
  const [xGates, xNew] = tf.split(x, [2 * units, units], 1);
  const [hGates, hNew] = tf.split(recurrent, [2 * units, units], 1);
  const [reset, update] = tf.split(tf.sigmoid(tf.add(xGates, hGates)), 2, 1);
  const candidate = tf.tanh(tf.add(xNew, tf.mul(reset, hNew)));
  return tf.add(candidate, tf.mul(update, tf.sub(h, candidate)));
}

/** Networks of an encoder that reads a sequence from its end to its start. */
export const gruEncoder = ({
  classes,
  units,
  features,
}: {
  readonly classes: number;
  readonly units: number;
  readonly features: number;
}): DenseNetworks => ({
  encoderInput: { inputs: classes, layers: [{ units: 3 * units, gain: Math.sqrt(classes) / 2 }] },
  encoderRecurrent: { inputs: units, layers: [{ units: 3 * units }] },
  encoder: { inputs: units, layers: [{ units: features }] },
});

/**
 * Features `[B, F]` of tokens. They are read backwards (Sutskever et al. 2014, arXiv:1409.3215, section 3.3), so that what was read last is
 * what is to be said first; padding leaves the state as it is.
 *
 * @param tokens int32 `[B, T]`
 * @param oneHot `[B, T, V]`
 */
export function encodeTokens(apply: Apply, tokens: tf.Tensor, oneHot: tf.Tensor): tf.Tensor {
  const inputs = tf.unstack(apply("encoderInput", oneHot), 1); // T of [B, 3 H]
  const isToken = tf.unstack(
    tf.expandDims(tf.cast(tf.notEqual(tokens, endToken), "float32"), 2),
    1,
  ); // T of [B, 1]
  const units = (inputs[0].shape[1] as number) / 3;
  let h: tf.Tensor = tf.zeros([tokens.shape[0], units]);
  for (let t = inputs.length - 1; t >= 0; t--) {
    const next = gated(inputs[t], apply("encoderRecurrent", h), h);
    h = tf.add(h, tf.mul(isToken[t], tf.sub(next, h)));
  }
  return apply("encoder", h);
}

/** A GRU whose first state comes from the latents, which also join every input. */
export function gruCell({
  classes,
  latent,
  units,
}: SequenceSizes & { readonly units: number }): Cell {
  const inputs = classes + 2;
  return {
    networks: {
      decoderInput: {
        inputs,
        layers: [{ units: 3 * units, gain: Math.sqrt(inputs) / 2, useBias: false }],
      },
      decoderLatent: { inputs: latent, layers: [{ units: 3 * units }] },
      decoderStart: { inputs: latent, layers: [{ units, activation: "tanh" }] },
      decoderRecurrent: { inputs: units, layers: [{ units: 3 * units }] },
      decoder: { inputs: units, layers: [{ units: classes }] },
    },
    state: { hidden: [units], told: [3 * units] },
    all(apply, before, z) {
      const told = tf.expandDims(apply("decoderLatent", z), 1); // [B, 1, 3 H]
      const gates = tf.unstack(tf.add(apply("decoderInput", before), told), 1);
      let h = apply("decoderStart", z);
      const states = gates.map((x) => (h = gated(x, apply("decoderRecurrent", h), h)));
      return apply("decoder", tf.stack(states, 1)); // [B, T, V]
    },
    start: (apply, z) => ({ hidden: apply("decoderStart", z), told: apply("decoderLatent", z) }),
    step(apply, { hidden: h, told }, before) {
      const x = tf.add(apply("decoderInput", before), told);
      const hidden = gated(x, apply("decoderRecurrent", h), h);
      return { logits: apply("decoder", hidden), state: { hidden, told } };
    },
  };
}
