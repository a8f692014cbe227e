import type { NdArray } from "@elbo/jit";
import type { Random } from "../random/random.ts";
import { programOver, programsOf } from "../runner/program.ts";
import { scalarValues } from "../runner/feeds.ts";
import { runRows } from "../runner/rows.ts";
import { readVariables, assignValues } from "../runner/variables.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Trainable } from "../step/trainable.ts";
import type { RowSet } from "./trainingData.ts";

/** What a start that depends on the data is computed from. */
interface InitializeOptions {
  readonly random: Random;
  readonly compute: ComputeOptions;
  /** What may not be trained keeps its values here too. */
  readonly trains: (name: string) => boolean;
}

/** Lets a trainable start its variables from training examples, if it wants to. */
export async function initialize(
  trainable: Trainable,
  { rows, indices }: RowSet,
  { random, compute, trains }: InitializeOptions,
): Promise<void> {
  const start = trainable.initialize;
  if (start === undefined) return;
  const { columns, schedules = {} } = trainable;
  const chosen = random
    .fork("examples")
    .permutation(indices.length)
    .slice(0, start.examples)
    .map((position) => indices[position]);
  const gathered = await runRows(trainable, {
    name: "initialize",
    program: () =>
      programOver(trainable, { noise: {} }, (batch, context) => ({
        ...start.gather(batch, context),
      })),
    compute,
    count: chosen.length,
    indices: chosen,
    sources: [{ rows, columns, random: random.fork("prepare") }],
    scalars: scalarValues(schedules, trainable.step ?? 0),
  });
  await withoutMoving(trainable, trains, () => {
    start.from(gathered, random.fork("values"));
  });
  await programsOf(trainable).push();
}

/** Runs something that assigns to variables, and puts back those that may not move. */
async function withoutMoving(
  { variables, state }: Trainable,
  trains: (name: string) => boolean,
  assign: () => void,
): Promise<void> {
  const all = { ...variables, ...state };
  const fixed = Object.fromEntries(Object.entries(all).filter(([name]) => !trains(name)));
  const values: Record<string, NdArray> = await readVariables(fixed);
  assign();
  for (const [name, variable] of Object.entries(fixed)) assignValues(variable, values[name].data);
}
