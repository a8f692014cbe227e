import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { resolveSchedule } from "../objective/schedule.ts";
import { Random } from "../random/random.ts";
import type { StepContext } from "../step/context.ts";
import type { NoiseSpec } from "../step/noise.ts";
import type { Part } from "../step/part.ts";
import type { Suite } from "./suite.ts";

/** What a part is shown of a step. */
export interface ContextSizes {
  readonly batchSize: number;
  readonly draws: number;
  /** Size of a condition, 0 for none. */
  readonly condition: number;
}

/** Feeds of a part's noise, `noise <name>`, and of a condition. */
export function contextFeeds(
  suite: Suite,
  part: Part,
  sizes: ContextSizes,
): Record<string, NdArray> {
  const feeds: Record<string, NdArray> = {};
  for (const [name, spec] of Object.entries(part.noise ?? {})) {
    feeds[`noise ${name}`] = noiseOf(suite, { name, spec }, sizes);
  }
  if (sizes.condition > 0) {
    feeds["condition"] = suite.draw("condition", [sizes.batchSize, sizes.condition]);
  }
  return feeds;
}

function noiseOf(
  suite: Suite,
  { name, spec }: { readonly name: string; readonly spec: NoiseSpec },
  { batchSize, draws }: ContextSizes,
): NdArray {
  if (spec.kind === "permutation") {
    const rows = Array.from({ length: spec.count }, (_, i) => [
      ...new Random(i).fork(name).permutation(batchSize),
    ]);
    return { data: Int32Array.from(rows.flat()), shape: [spec.count, batchSize] };
  }
  const ofExample = spec.draws === true ? [draws, batchSize] : [batchSize];
  const shape = spec.per === "batch" ? spec.shape : [...ofExample, ...spec.shape];
  return suite.draw(name, shape, spec.kind);
}

/** The context of a part in a step 0 of training, from the feeds of {@link contextFeeds}. */
export function contextOf(
  part: Part,
  { batchSize, draws }: ContextSizes,
  feeds: Readonly<Record<string, tf.Tensor>>,
): StepContext {
  const noise = Object.keys(part.noise ?? {}).map((name) => [name, feeds[`noise ${name}`]]);
  const scalars = Object.entries(part.schedules ?? {}).map(([name, schedule]) => [
    name,
    tf.scalar(resolveSchedule(schedule)(0)),
  ]);
  return {
    training: true,
    batchSize,
    draws,
    dataSize: 1000,
    noise: Object.fromEntries(noise) as StepContext["noise"],
    scalars: Object.fromEntries(scalars) as StepContext["scalars"],
    ...(feeds["condition"] === undefined ? {} : { condition: feeds["condition"] }),
  };
}
