/** What an evaluation needs besides scores: reconstructions, latents without noise, sums of the schemes' own figures. */
import * as tf from "@tensorflow/tfjs-core";
import { sumPerExample } from "../distributions/distribution.ts";
import { parametersByColumn } from "../model/decodedColumns.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { Level } from "../model/operations.ts";
import { withCondition } from "../model/tracedOperations.ts";
import { scalarValues } from "../runner/feeds.ts";
import { programOver } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { forEachChunk } from "../runner/rows.ts";
import { sizeOf } from "../shape.ts";
import type { Random } from "../random/random.ts";
import type { Columns, ColumnSpecs } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import type { Rows } from "../step/rows.ts";
import { activeUnits, Jackknife } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";

/** Which rows are measured, and what binarization depends on. */
export interface MeasureOptions {
  readonly indices: Int32Array;
  readonly random: Random;
  readonly compute: ComputeOptions;
  readonly batchSize: number;
}

/** What {@link measureRows} gives. */
export interface Measured {
  /** Per example, over values; absent where nothing is measured in numbers. */
  readonly squaredError?: Float64Array;
  /** Absent without latent vectors. */
  readonly activeUnits?: Estimate;
  /** The schemes' own figures; of several levels by `<level>.<name>`. */
  readonly metrics: Readonly<Record<string, Estimate>>;
}

const undrawn = "undrawn_";
const outputs = { error: "squaredError", mode: "mode_", sum: "sum_" } as const;

/** Runs the model without noise: over prepared values for its latents, over values as they are for reconstructions and codes. */
export async function measureRows(
  model: LatentVariableModel,
  rows: Rows,
  { indices, random, compute, batchSize }: MeasureOptions,
): Promise<Measured> {
  const count = indices.length;
  const gathered = new Gathered(model, count);
  await forEachChunk(
    model,
    {
      name: "measure",
      program: () => measureProgram(model),
      compute,
      count,
      indices,
      sources: [
        { rows, columns: model.columns, random: random.fork("prepare") },
        { rows, columns: model.columns, prefix: undrawn },
      ],
      scalars: scalarValues(model.schedules ?? {}, model.step),
      batchSize: Math.min(batchSize, count),
    },
    (chunk, results) => {
      for (let row = 0; row < chunk.count; row++) gathered.add(chunk.start + row, row, results);
    },
  );
  return gathered.measured();
}

function measureProgram(model: LatentVariableModel): Program {
  const { columns } = model;
  const both = { ...columns, ...prefixed(columns) };
  return programOver(model, { columns: both, noise: {} }, (batch, given) => {
    const drawn = pick(batch, columns, "");
    const grey = pick(batch, columns, undrawn);
    return {
      ...modes(model, inferWithout(model, drawn, given).levels),
      ...reconstruction(model, grey, given),
    };
  });
}

const prefixed = (columns: ColumnSpecs): ColumnSpecs =>
  Object.fromEntries(Object.entries(columns).map(([name, spec]) => [undrawn + name, spec]));

const pick = (batch: Columns, columns: ColumnSpecs, prefix: string): Columns =>
  Object.fromEntries(Object.keys(columns).map((name) => [name, batch[prefix + name]]));

/** Levels without noise, and the context that has the condition. */
function inferWithout(
  { condition, operations }: LatentVariableModel,
  batch: Columns,
  given: StepContext,
): { readonly levels: Readonly<Record<string, Level>>; readonly context: StepContext } {
  const context = withCondition(condition, batch, { ...given, useMode: true });
  return { levels: operations.inferLevels(batch, context), context };
}

/** Latent vectors `[B, L]` by level. */
function modes(
  model: LatentVariableModel,
  levels: Readonly<Record<string, Level>>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    vectorLevels(model).map((name) => [outputs.mode + name, tf.squeeze(levels[name].z, [0])]),
  );
}

const vectorLevels = ({ levels }: LatentVariableModel): string[] =>
  Object.keys(levels).filter((name) => levels[name].latent.length === 1);

/** `squaredError` `[B]`, the mean over the values of all columns of numbers, and the sums of the schemes' figures. */
function reconstruction(
  model: LatentVariableModel,
  batch: Columns,
  given: StepContext,
): Record<string, tf.Tensor> {
  const { example, operations } = model;
  const { levels, context } = inferWithout(model, batch, given);
  const z = Object.entries(levels).map(([name, level]) => [name, tf.squeeze(level.z, [0])]);
  const decoded = parametersByColumn(
    example,
    operations.generate(Object.fromEntries(z) as Columns, context, batch),
  );
  const numeric = numericColumns(model);
  const errors = numeric.map((name) => squaredErrors(example[name], decoded[name], batch[name]));
  return {
    ...(errors.length > 0 && {
      [outputs.error]: tf.div(
        tf.addN(errors.map(({ sum }) => sum)),
        tf.maximum(tf.addN(errors.map(({ count }) => count)), 1),
      ),
    }),
    ...sumsOf(model, levels),
  };
}

/** Sums over the values of a column that are there, and how many these are, `[B]` or one number for all. */
function squaredErrors(
  likelihood: Likelihood,
  decoded: tf.Tensor,
  values: tf.Tensor,
): { readonly sum: tf.Tensor; readonly count: tf.Tensor } {
  const mean = likelihood.distribution(decoded).mean();
  const observed = likelihood.observed?.(values);
  if (observed === undefined) {
    const count = tf.scalar(sizeOf(likelihood.column.shape));
    return { sum: sumPerExample(tf.squaredDifference(mean, values)), count };
  }
  const error = tf.square(tf.mul(tf.sub(mean, tf.mul(values, observed)), observed));
  return { sum: sumPerExample(error), count: sumPerExample(observed) };
}

/** The columns whose mean has their own shape. */
const numericColumns = ({ example }: LatentVariableModel): string[] =>
  Object.keys(example).filter((name) => {
    const { column, meanShape } = example[name];
    return column.dtype === "float32" && meanShape === undefined;
  });

function sumsOf(
  model: LatentVariableModel,
  levels: Readonly<Record<string, Level>>,
): Record<string, tf.Tensor> {
  const sums = Object.entries(levels).flatMap(([level, { posterior }]) =>
    Object.entries(model.levels[level].metrics?.sums(posterior) ?? {}).map(
      ([name, sum]) => [`${outputs.sum}${level}/${name}`, sum] as const,
    ),
  );
  return Object.fromEntries(sums);
}

type Results = Parameters<Parameters<typeof forEachChunk>[2]>[1];

/** Everything about every example. */
class Gathered {
  private readonly model: LatentVariableModel;
  private readonly errors: Float64Array | undefined;
  private readonly latents: Float32Array;
  private readonly dimensions: number;
  private readonly sums = new Map<string, Jackknife>();

  constructor(model: LatentVariableModel, count: number) {
    this.model = model;
    this.dimensions = vectorLevels(model).reduce(
      (sum, name) => sum + model.levels[name].latent[0],
      0,
    );
    this.errors = numericColumns(model).length === 0 ? undefined : new Float64Array(count);
    this.latents = new Float32Array(count * this.dimensions);
    for (const [name, { metrics }] of Object.entries(model.levels)) {
      if (metrics !== undefined) this.sums.set(name, new Jackknife());
    }
  }

  add(index: number, row: number, results: Results): void {
    if (this.errors !== undefined) this.errors[index] = results[outputs.error].data[row];
    let at = index * this.dimensions;
    for (const name of vectorLevels(this.model)) {
      const mode = rowOf(results, outputs.mode + name, row);
      this.latents.set(mode, at);
      at += mode.length;
    }
    for (const [level, jackknife] of this.sums) {
      const prefix = `${outputs.sum}${level}/`;
      const own = Object.keys(results).filter((name) => name.startsWith(prefix));
      jackknife.add(
        index,
        Object.fromEntries(
          own.map((name) => [name.slice(prefix.length), rowOf(results, name, row)]),
        ),
      );
    }
  }

  measured(): Measured {
    const isOne = Object.keys(this.model.levels).length === 1;
    const metrics = [...this.sums].flatMap(([level, jackknife]) =>
      Object.entries(
        jackknife.estimates(
          (sums, examples) => this.model.levels[level].metrics?.finish(sums, examples) ?? {},
        ),
      ).map(([name, estimate]) => [isOne ? name : `${level}.${name}`, estimate] as const),
    );
    return {
      ...(this.errors && { squaredError: this.errors }),
      ...(this.dimensions > 0 && {
        activeUnits: activeUnits({
          data: this.latents,
          shape: [this.latents.length / this.dimensions, this.dimensions],
        }),
      }),
      metrics: Object.fromEntries(metrics),
    };
  }
}

function rowOf(
  results: Results,
  name: string,
  row: number,
): Float32Array | Int32Array | Uint8Array {
  const { data, shape } = results[name];
  const size = sizeOf(shape.slice(1));
  return data.subarray(row * size, (row + 1) * size);
}
