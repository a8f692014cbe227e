import type { FeedValue, NdArray } from "@elbo/jit";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { StepProgram } from "../priors/prior.ts";
import { programsOf, stateOf } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { readCall } from "./call.ts";

/** What {@link callProgram} runs. */
export interface ProgramCall {
  /** Tells the program from others of the same model: it is compiled once per name. */
  readonly name: string;
  readonly program: () => StepProgram;
  readonly feeds: Readonly<Record<string, FeedValue>>;
}

/**
 * Runs a traced function of feeds and of a model's variables: one step of a search or a chain, whose state goes from call to call.
 *
 * @returns its outputs
 * @throws Error after `dispose()`, TypeError or RangeError for an option that is unknown or out of range
 */
export async function callProgram(
  model: LatentVariableModel,
  { name, program, feeds }: ProgramCall,
  options: ComputeOptions = {},
): Promise<Readonly<Record<string, NdArray>>> {
  const { compute } = readCall({ model, fn: "callProgram" }, {}, options);
  const make = (): Program => {
    const own = program();
    const state = [...stateOf(model), ...(own.caches ?? [])];
    return { feeds: own.feeds, state, run: (fed) => own.run(fed) };
  };
  return programsOf(model).get(`call ${name}`, make, compute)(feeds);
}
