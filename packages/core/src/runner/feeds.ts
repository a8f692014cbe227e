/** Noise and scheduled numbers on their way into a trace: what is fed, and what parts see of it. */
import * as tf from "@tensorflow/tfjs-core";
import type { FeedSpec } from "@elbo/jit";
import { resolveSchedule } from "../objective/schedule.ts";
import { noiseFeed, scalarFeed } from "../step/feeds.ts";
import type { NoiseSpec, NoiseSpecs } from "../step/noise.ts";
import type { Schedules } from "../step/part.ts";

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** Where the examples of a batch are in a noise: first (`[B, ...]`, with the draws `[B, K, ...]`), or nowhere. */
export type NoiseLayout =
  | { readonly per: "example"; readonly shape: readonly number[] }
  | { readonly per: "batch"; readonly shape: readonly number[] };

/** How a noise is fed; a permutation `[count, B]` as `[B, count]`, since the batch is the first axis of every feed. */
export function layoutOf(spec: NoiseSpec, draws: number): NoiseLayout {
  if (spec.kind === "permutation") return { per: "example", shape: [spec.count] };
  const { shape, per = "example" } = spec;
  if (per === "batch") return { per, shape };
  return { per, shape: spec.draws === true ? [draws, ...shape] : shape };
}

/** The feeds of noise. */
export const noiseFeeds = (noise: NoiseSpecs, draws: number): Record<string, FeedSpec> =>
  Object.fromEntries(
    Object.entries(noise).map(([name, spec]) => {
      const { per, shape } = layoutOf(spec, draws);
      const dtype = spec.kind === "permutation" ? "int32" : "float32";
      return [noiseFeed(name), { shape: per === "batch" ? shape : [null, ...shape], dtype }];
    }),
  );

/** The noise among the feeds, as its askers see it: draws first, permutations `[count, B]`. */
export const noiseOf = (
  feeds: Tensors,
  noise: NoiseSpecs,
  draws: number,
): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(noise).map(([name, spec]) => [name, given(feeds[noiseFeed(name)], spec, draws)]),
  );

function given(fed: tf.Tensor, spec: NoiseSpec, draws: number): tf.Tensor {
  if (spec.kind === "permutation") return tf.transpose(fed); // [count, B]
  if (spec.draws !== true || spec.per === "batch") return fed;
  const [batch, , ...shape] = fed.shape;
  if (draws === 1) return tf.reshape(fed, [1, batch, ...shape]);
  return tf.transpose(fed, [1, 0, ...shape.map((_, i) => i + 2)]); // [K, B, ...]
}

/** The names of the schedules that change with the step; the others are constants of a program. */
const changing = (schedules: Schedules): string[] =>
  Object.keys(schedules).filter((name) => !resolveSchedule(schedules[name]).isConstant);

/** The feeds of scheduled numbers. */
export const scalarFeeds = (schedules: Schedules): Record<string, FeedSpec> =>
  Object.fromEntries(changing(schedules).map((name) => [scalarFeed(name), { shape: [] }]));

/** The scheduled numbers of a step, by the names of their feeds. */
export const scalarValues = (schedules: Schedules, step: number): Record<string, number> =>
  Object.fromEntries(
    changing(schedules).map((name) => [scalarFeed(name), resolveSchedule(schedules[name])(step)]),
  );

/** All scheduled numbers inside a trace, by their full names. */
export const scalarsOf = (feeds: Tensors, schedules: Schedules): Record<string, tf.Scalar> =>
  Object.fromEntries(
    Object.entries(schedules).map(([name, given]) => {
      const schedule = resolveSchedule(given);
      const value = schedule.isConstant ? tf.scalar(schedule(0)) : feeds[scalarFeed(name)];
      return [name, value as tf.Scalar];
    }),
  );
