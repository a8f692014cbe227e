import * as tf from "@tensorflow/tfjs-core";
import { sumPerExample } from "../distributions/index.ts";
import { decodeDistribution, encodeFeatures } from "../model/forward.ts";
import type { LatentModel } from "../model/latentModel.ts";
import type { Context, LatentScheme } from "../model/latentScheme.ts";
import { contextFeeds, contextOf, noiseFeed, noiseFeeds } from "../model/programs.ts";
import type { Program } from "../model/programs.ts";

/** Prefix of the outputs that are terms of the scheme. */
export const termPrefix = "term_";
/** Prefix of the outputs that are sums of the scheme's metrics. */
export const sumPrefix = "sum_";

/**
 * S draws for each of B examples.
 *
 * Outputs: `logLikelihood`, `logRatio` and every term as `[B, S]`; and, the same for all draws, `latents` `[B, ...]` without
 * noise, `squaredError` `[B]` of the mean reconstruction of the grey image, and the sums of the scheme's metrics.
 */
export function evaluateProgram(model: LatentModel, draws: number): Program {
  const { scheme } = model;
  return {
    feeds: {
      x: { shape: [null, ...model.image] },
      grey: { shape: [null, ...model.image] },
      ...noiseFeeds(scheme.noise, [draws]),
      ...contextFeeds(model),
    },
    state: model.allVariables,
    run(feeds) {
      const context = contextOf(model, feeds, false);
      const x = feeds["x"];
      const posterior = scheme.posterior(encodeFeatures(model, x, context), context);
      const latents = Array.from({ length: draws }, (_, s) =>
        scheme.latents(posterior, noiseOfDraw(model, feeds, s)),
      );
      const terms = latents.map((z) => scheme.terms(posterior, { ...context, latents: z }));
      const columns = Object.keys(terms[0]).map((name) => [
        termPrefix + name,
        tf.stack(
          terms.map((ofDraw) => ofDraw[name]),
          1,
        ), // [B, S]
      ]);
      const { metrics } = scheme;
      const sums = Object.entries(metrics?.sums(posterior) ?? {}).map(([name, sum]) => [
        sumPrefix + name,
        sum,
      ]);
      return {
        logLikelihood: logLikelihoods(model, { x, latents, context }),
        ...logRatios(scheme, { posterior, latents, context }),
        latents: scheme.mode(posterior),
        squaredError: squaredError(model, feeds["grey"], context),
        ...(Object.fromEntries([...columns, ...sums]) as Record<string, tf.Tensor>),
      };
    },
  };
}

/** `log p(z) - log q(z | x)` of every draw, `[B, S]`, for schemes that have it. */
function logRatios(
  scheme: LatentScheme,
  {
    posterior,
    latents,
    context,
  }: { posterior: unknown; latents: readonly tf.Tensor[]; context: Context },
): Record<string, tf.Tensor> {
  if (scheme.logRatio === undefined) return {};
  const ratios: tf.Tensor[] = [];
  for (const z of latents) ratios.push(scheme.logRatio(posterior, z, context));
  return { logRatio: tf.stack(ratios, 1) };
}

function noiseOfDraw(
  model: LatentModel,
  feeds: Readonly<Record<string, tf.Tensor>>,
  draw: number,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(model.scheme.noise).map(([name, { shape }]) => {
      const all = feeds[noiseFeed(name)]; // [B, S, ...shape]
      const rest = shape.map(() => 0);
      const one = tf.slice(all, [0, draw, ...rest], [-1, 1, ...shape]);
      return [name, tf.reshape(one, [-1, ...shape])];
    }),
  );
}

/** `log p(x | z)` of every draw, `[B, S]`, by one pass of the decoder over all of them. */
function logLikelihoods(
  model: LatentModel,
  { x, latents, context }: { x: tf.Tensor; latents: readonly tf.Tensor[]; context: Context },
): tf.Tensor {
  const draws = latents.length;
  const repeat = (tensor: tf.Tensor): tf.Tensor =>
    draws === 1 ? tensor : tf.tile(tensor, [draws, ...tensor.shape.slice(1).map(() => 1)]);
  const { condition } = context;
  const all = condition === undefined ? context : { ...context, condition: repeat(condition) };
  const z = draws === 1 ? latents[0] : tf.concat([...latents], 0); // [S * B, ...]
  const values = sumPerExample(decodeDistribution(model, z, all).logProb(repeat(x)));
  return tf.transpose(tf.reshape(values, [draws, -1])); // [B, S]
}

/** The mean over pixels of the squared difference between a grey image and its reconstruction, `[B]`. */
function squaredError(model: LatentModel, grey: tf.Tensor, context: Context): tf.Tensor {
  const { scheme } = model;
  const posterior = scheme.posterior(encodeFeatures(model, grey, context), context);
  const mean = decodeDistribution(model, scheme.mode(posterior), context).mean();
  return tf.mean(tf.squaredDifference(mean, grey), [1, 2, 3]);
}
