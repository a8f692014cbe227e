import type * as tf from "@tensorflow/tfjs-core";
import type { Examples } from "../data/examples.ts";
import { fillBatchInto } from "../data/fillBatch.ts";
import { sizeOf } from "../data/ndArray.ts";
import { fillRowNoiseInto, noiseBuffers } from "../data/noise.ts";
import type { Random } from "../random/random.ts";
import type { ComputeOptions } from "./definition.ts";
import { forward } from "./forward.ts";
import type { LatentModel } from "./latentModel.ts";
import { contextFeeds, contextOf, noiseFeed, noiseFeeds, noiseOf } from "./programs.ts";
import type { Program } from "./programs.ts";
import { gatherRows, scalarFeeds } from "./rows.ts";
import type { FeedBuffers } from "./rows.ts";

/** Which examples, and what the draws depend on. */
export interface ExampleTermsOptions {
  readonly indices: Int32Array;
  /** Noise and binarization of an example depend on this generator and on its index, not on its neighbours. */
  readonly random: Random;
  /** The step of scheduled scalars. */
  readonly step: number;
  readonly compute: ComputeOptions;
  /** Examples at a time; default 128. */
  readonly batchSize?: number;
}

function termsProgram(model: LatentModel): Program {
  const { scheme } = model;
  return {
    feeds: {
      x: { shape: [null, ...model.image] },
      ...noiseFeeds(scheme.noise),
      ...contextFeeds(model),
    },
    state: model.allVariables,
    run(feeds: Record<string, tf.Tensor>) {
      const context = contextOf(model, feeds, false);
      return forward(model, { x: feeds["x"], context, noise: noiseOf(feeds, scheme.noise) }).terms;
    },
  };
}

/** Every term of every example with one draw of noise, in nats, in the order of the indices. */
export async function exampleTerms(
  model: LatentModel,
  examples: Examples,
  { indices, random, step, compute, batchSize = 128 }: ExampleTermsOptions,
): Promise<Record<string, Float32Array>> {
  const { scheme, likelihood } = model;
  const program = model.programs.get("terms", () => termsProgram(model), compute);
  const size = Math.min(batchSize, indices.length);
  const x = new Float32Array(size * sizeOf(model.image));
  const noise = noiseBuffers(scheme.noise, size);
  const binarization = random.fork("binarize");
  const terms: Record<string, Float32Array> = {};
  for (let start = 0; start < indices.length; start += size) {
    const count = Math.min(size, indices.length - start);
    const rows = Int32Array.from(
      { length: size },
      (_, i) => indices[start + Math.min(i, count - 1)],
    );
    fillBatchInto(x, examples, {
      indices: rows,
      preparation: likelihood.preparation,
      random: (index) => binarization.fork(index),
    });
    fillRowNoiseInto(noise, scheme.noise, { random: random.fork("noise"), indices: rows });
    const feeds: FeedBuffers = { ...scalarFeeds(scheme, step), x };
    for (const [name, buffer] of Object.entries(noise)) feeds[noiseFeed(name)] = buffer;
    if (model.condition !== undefined && examples.labels !== undefined) {
      feeds["y"] = gatherRows(Int32Array.from(examples.labels), 1, rows);
    }
    for (const [name, { data }] of Object.entries(await program(feeds))) {
      terms[name] ??= new Float32Array(indices.length);
      terms[name].set(data.subarray(0, count), start);
    }
  }
  return terms;
}
