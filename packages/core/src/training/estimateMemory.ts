import { measureMemory } from "@elbo/jit";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { adam } from "../optimizers/adam.ts";
import { programsOf } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { sizeOf } from "../shape.ts";
import type { Optimizer } from "../step/optimizer.ts";
import type { Trainable } from "../step/trainable.ts";
import { resolvePhases } from "./phases.ts";
import { gradientsProgram } from "./stepProgram.ts";
import { trainTable } from "./trainTable.ts";

/** Options of {@link estimateMemory}: what decides about it among the options of `train`. */
export interface EstimateMemoryOptions {
  /** Examples per update. */
  readonly batchSize: number;
  /** Default `adam()`. */
  readonly optimizer?: Optimizer;
  /** Default 1. */
  readonly microBatches?: number;
  readonly ema?: number;
  readonly trains?: (name: string) => boolean;
}

const table = {
  batchSize: { rule: rules.integer({ min: 1 }), doc: "examples per update" },
  optimizer: trainTable.optimizer,
  microBatches: trainTable.microBatches,
  ema: trainTable.ema,
  trains: trainTable.trains,
} satisfies OptionTable<EstimateMemoryOptions>;

/** What training takes, in bytes. */
export interface MemoryEstimate {
  /** The trainable's variables and state: there already. */
  readonly variables: number;
  /** What the optimizers keep. */
  readonly slots: number;
  /** Averages of weights, and sums of gradients over parts of a batch. */
  readonly others: number;
  /** The batch with its noise. */
  readonly batch: number;
  /** Activations and gradients, at the moment when most of them are needed at once. */
  readonly step: number;
  /** The sum of all. */
  readonly total: number;
}

/**
 * What training would take, without allocating it: variables, slots and averages are counted, and a step is traced to
 * follow its activations and gradients. Copies of weights for checkpoints and early stopping, the data, and what the
 * process takes without any training come on top; a compiled step is within a factor of two of `step`.
 *
 * @throws TypeError or RangeError when an option or a phase is not what it must be
 */
export async function estimateMemory<P>(
  trainable: Trainable<P>,
  options: EstimateMemoryOptions,
): Promise<MemoryEstimate> {
  const given = readOptions("estimateMemory", table, options);
  const { batchSize, optimizer = adam(), microBatches, ema, trains } = given;
  const any = trainable as unknown as Trainable;
  const phases = resolvePhases(any, { optimizer, trains });
  await programsOf(trainable).pull();
  const program = gradientsProgram({ trainable: any, phases });
  const { feeds, state: variables } = program;
  const { state, computed } = await measureMemory(
    (tensors) => program.run(tensors),
    { feeds, state: variables },
    Math.ceil(batchSize / microBatches),
  );
  let moved = 0;
  let slots = 0;
  for (const phase of phases) {
    for (const { size } of phase.variables.values()) {
      moved += 4 * size;
      slots += 4 * size * phase.optimizer.slots.length;
    }
  }
  const others = moved * ((ema === undefined ? 0 : 1) + (microBatches === 1 ? 0 : 1));
  const batch = bytesOf(feeds, batchSize);
  const total = state + slots + others + batch + computed;
  return { variables: state, slots, others, batch, step: computed, total };
}

/** The bytes of the feeds of a batch; single numbers do not count. */
function bytesOf(feeds: Program["feeds"], batchSize: number): number {
  const shapes = Object.values(feeds).map(({ shape }) => shape.map((size) => size ?? batchSize));
  return shapes
    .filter(({ length }) => length > 0)
    .reduce((bytes, shape) => bytes + 4 * sizeOf(shape), 0);
}
