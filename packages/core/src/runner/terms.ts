import type { NdArray } from "@elbo/jit";
import type * as tf from "@tensorflow/tfjs-core";
import type { Random } from "../random/random.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import type { Rows } from "../step/rows.ts";
import { isOfBatch } from "../step/terms.ts";
import type { Terms } from "../step/terms.ts";
import type { Trainable } from "../step/trainable.ts";
import { scalarValues } from "./feeds.ts";
import { programOver } from "./program.ts";
import type { Program } from "./program.ts";
import { forEachChunk } from "./rows.ts";
import type { Chunk } from "./rows.ts";

/** Which examples, and what the draws depend on. */
export interface ExampleTermsOptions {
  /** Default: all. */
  readonly indices?: ArrayLike<number>;
  /** Noise and preparation of an example depend on this generator and on its index, not on its neighbours. */
  readonly random: Random;
  /** The step at which schedules are read. */
  readonly step: number;
  readonly compute: ComputeOptions;
  /** Examples at a time; default the size trained with, else 128. Terms of the batch depend on it. */
  readonly batchSize?: number;
  /** Whether the sums of the trainable's metrics are wanted; default false. */
  readonly metrics?: boolean;
}

/** Every term of all phases, in nats; those of phases but the first are named `<phase>.<term>`. */
export interface ExampleTerms {
  /** Per example, in the order of the indices. */
  readonly terms: Readonly<Record<string, Float64Array>>;
  /** One figure per whole batch. */
  readonly ofBatch: Readonly<Record<string, Float64Array>>;
  /** Sums over all examples of what the trainable's metrics sum. */
  readonly sums: Readonly<Record<string, Float64Array>>;
}

const batchPrefix = "batch_";
const sumPrefix = "sum_";

/** Every term of every example with one draw of noise (as many latents as the objective draws). */
export async function exampleTerms(
  trainable: Trainable,
  rows: Rows,
  options: ExampleTermsOptions,
): Promise<ExampleTerms> {
  const { indices, random, step, compute, metrics = false } = options;
  const { batchSize = trainable.batchSize ?? 128 } = options;
  const count = indices?.length ?? rows.count;
  const { columns, noise = {}, draws = 1, schedules = {}, dataSize = 1 } = trainable;
  const terms: Record<string, Float64Array> = {};
  const ofBatch: Record<string, number[]> = {};
  const sums: Record<string, Float64Array> = {};
  await forEachChunk(
    trainable,
    {
      name: `terms ${dataSize}${metrics ? " metrics" : ""}`,
      program: () => termsProgram(trainable, metrics),
      compute,
      count,
      ...(indices === undefined ? {} : { indices }),
      sources: [{ rows, columns, random: random.fork("prepare") }],
      noise,
      draws,
      random: random.fork("noise"),
      scalars: scalarValues(schedules, step),
      batchSize,
      ofBatch: true,
    },
    (chunk, outputs) => {
      for (const [name, { data }] of Object.entries(outputs)) {
        if (name.startsWith(sumPrefix)) {
          addRows(sums, name.slice(sumPrefix.length), { data, rows: chunk });
        } else if (!name.startsWith(batchPrefix)) {
          const values = (terms[name] ??= new Float64Array(count));
          values.set(data.subarray(0, chunk.count), chunk.start);
        } else if (chunk.isWhole) {
          (ofBatch[name.slice(batchPrefix.length)] ??= []).push(valueOf(data));
        }
      }
    },
  );
  return {
    terms,
    sums,
    ofBatch: Object.fromEntries(
      Object.entries(ofBatch).map(([name, values]) => [name, Float64Array.from(values)]),
    ),
  };
}

/** Adds the rows that count to the sum of a name. */
function addRows(
  sums: Record<string, Float64Array>,
  name: string,
  { data, rows }: { readonly data: NdArray["data"]; readonly rows: Chunk },
): void {
  const size = data.length / rows.size;
  const sum = (sums[name] ??= new Float64Array(size));
  for (let i = 0; i < rows.count * size; i++) sum[i % size] += data[i];
}

const valueOf = (data: NdArray["data"]): number => data[0];

function termsProgram(trainable: Trainable, metrics: boolean): Program {
  const { draws = 1 } = trainable;
  return programOver(trainable, { draws }, (batch, context) => {
    const outputs: Record<string, tf.Tensor> = {};
    const pass = trainable.pass(batch, context);
    for (const [name, term] of Object.entries(phaseTerms(trainable, pass, context))) {
      if (isOfBatch(term)) outputs[batchPrefix + name] = term.ofBatch;
      else outputs[name] = term;
    }
    const sums = metrics ? (trainable.metrics?.sums(pass) ?? {}) : {};
    for (const [name, sum] of Object.entries(sums)) outputs[sumPrefix + name] = sum;
    return outputs;
  });
}

/** The terms of all phases of one pass, by the names of {@link ExampleTerms}. */
function phaseTerms(trainable: Trainable, pass: unknown, context: StepContext): Terms {
  const named = trainable.phases.flatMap((phase, i) =>
    Object.entries(phase.terms(pass, context)).map(
      ([term, value]) => [i === 0 ? term : `${phase.name}.${term}`, value] as const,
    ),
  );
  return Object.fromEntries(named);
}
