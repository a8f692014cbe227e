import type * as tf from "@tensorflow/tfjs-core";
import type { CompiledFunction, EngineReport } from "@elbo/jit";
import { compile, programsOf, stateOf } from "../runner/program.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { stepProgram, sumProgram, updateProgram } from "./stepProgram.ts";
import type { StepParts } from "./stepVariables.ts";
import type { StepFeeds } from "./stepFeeds.ts";

/** How a step is compiled. */
export interface CompileOptions extends ComputeOptions {
  readonly onMessage?: (message: string) => void;
}

/** A step that moves the trainable's variables and holds them while it does. */
export class CompiledStep {
  private readonly owner: object;
  private readonly microBatches: number;
  private readonly batch: CompiledFunction;
  private readonly update: CompiledFunction | undefined;
  /** What must be up to date after an epoch: all but slots and sums. */
  private readonly seen: readonly tf.Variable[];

  constructor(parts: StepParts, options: CompileOptions) {
    const { trainable, microBatches } = parts;
    this.owner = trainable;
    this.microBatches = microBatches;
    this.batch = compile(microBatches === 1 ? stepProgram(parts) : sumProgram(parts), options);
    this.update = microBatches === 1 ? undefined : compile(updateProgram(parts), options);
    const shared = stateOf(trainable);
    this.seen = [...shared, ...Object.values(parts.average?.variables ?? {})];
    programsOf(trainable).attach(this.batch, shared);
  }

  /** What computes; `undefined` before the first step. */
  get report(): EngineReport | undefined {
    return this.batch.report;
  }

  /**
   * Makes the step that the feeds were filled for. All of it is handed over before this returns: steps run in the order of the calls.
   *
   * @returns the loss and the means of the terms, or nothing unless they are wanted
   */
  async run(feeds: StepFeeds, wanted: boolean): Promise<Record<string, number>> {
    const options = wanted ? {} : { outputs: [] };
    const parts = Array.from({ length: this.microBatches }, (_, part) =>
      this.batch(feeds.batchFeeds(part), options),
    );
    const update = this.update?.(feeds.updateFeeds());
    const [...outputs] = await Promise.all([...parts, update]);
    const means: Record<string, number> = {};
    for (const part of outputs) {
      for (const [name, { data }] of Object.entries(part ?? {})) {
        means[name] = (means[name] ?? 0) + data[0] / this.microBatches;
      }
    }
    return means;
  }

  /** Writes the state that the runtime holds into the variables: all of it, slots included. */
  pull(): Promise<void> {
    return this.batch.pull();
  }

  /** Writes the trainable's variables, and averages. */
  pullSeen(): Promise<void> {
    return this.batch.pull(this.seen);
  }

  /** Frees the programs; what they hold is not written back. */
  dispose(): void {
    programsOf(this.owner).detach(this.batch);
    this.batch.dispose();
    this.update?.dispose();
  }
}
