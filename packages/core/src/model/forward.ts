/**
 * The way of a batch through a model, in tensors: encoder, posterior, latents, decoder, likelihood, named terms. These
 * functions are traced by `@elbo/jit`; training, evaluation and the model's own methods are made of them.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../distributions/distribution.ts";
import { sumPerExample } from "../distributions/index.ts";
import type { LatentModel } from "./latentModel.ts";
import type { Context } from "./latentScheme.ts";
import type { InputForm } from "./networkShapes.ts";

/** What the compiled functions of a model are fed; `B` is the batch. */
export interface ForwardInput {
  /** `[B, h, w, c]`, prepared. */
  readonly x: tf.Tensor;
  readonly context: Context;
  /** Noise of the scheme by name, `[B, ...shape]`. */
  readonly noise: Readonly<Record<string, tf.Tensor>>;
}

/** What one pass gives. */
export interface ForwardResult<P> {
  readonly posterior: P;
  readonly latents: tf.Tensor;
  /** `distortion` and the scheme's terms, `[B]`, nats. */
  readonly terms: Record<string, tf.Tensor>;
}

/** Joins the condition `[B, E]` to an input as further values or as constant maps. */
function joinCondition(
  input: tf.Tensor,
  { form, condition }: { form: InputForm; condition: tf.Tensor | undefined },
): tf.Tensor {
  const batch = input.shape[0];
  if (form === "vector") {
    const flat = input.rank === 2 ? input : tf.reshape(input, [batch, input.size / batch]);
    return condition === undefined ? flat : tf.concat([flat, condition], 1);
  }
  if (condition === undefined) return input;
  if (input.rank === 2) return tf.concat([input, condition], 1);
  const [, height, width] = input.shape;
  const size = condition.shape[1] as number;
  const maps = tf.tile(tf.reshape(condition, [batch, 1, 1, size]), [1, height, width, 1]);
  return tf.concat([input, maps], input.rank - 1); // [B, h, w, c + E]
}

/** Encoder outputs `[B, ...featureShape]` of prepared images. */
export function encodeFeatures(model: LatentModel, x: tf.Tensor, context: Context): tf.Tensor {
  const input = joinCondition(x, { form: model.encoderInput, condition: context.condition });
  const features = model.encoder.apply(input, { training: context.training }) as tf.Tensor;
  return tf.reshape(features, [x.shape[0], ...model.scheme.featureShape]);
}

/** The distribution of images given latents `[B, ...latentShape]`. */
export function decodeDistribution(
  model: LatentModel,
  z: tf.Tensor,
  context: Context,
): Distribution {
  const input = joinCondition(z, { form: model.decoderInput, condition: context.condition });
  const decoded = model.decoder.apply(input, { training: context.training }) as tf.Tensor;
  const [height, width, channels] = model.image;
  const outputs = channels * model.likelihood.parametersPerChannel;
  return model.likelihood.distribution(tf.reshape(decoded, [z.shape[0], height, width, outputs]));
}

/** Distortion `-sum log p(x|z)` over all values of an image, `[B]`, nats. */
export function distortionOf(
  model: LatentModel,
  x: tf.Tensor,
  { z, context }: { z: tf.Tensor; context: Context },
): tf.Tensor {
  return tf.neg(sumPerExample(decodeDistribution(model, z, context).logProb(x)));
}

/** One pass: every named term of the objective for every example. */
export function forward<P>(model: LatentModel<P>, input: ForwardInput): ForwardResult<P> {
  const { x, context, noise } = input;
  const { scheme } = model;
  const posterior = scheme.posterior(encodeFeatures(model, x, context), context);
  const latents = scheme.latents(posterior, noise);
  const distortion = distortionOf(model, x, { z: latents, context });
  const penalties = scheme.terms(posterior, { ...context, latents });
  return { posterior, latents, terms: { distortion, ...penalties } };
}
