/**
 * Going through the positions of codes one after the other, with the logits of each given all before it: what drawing,
 * filling in and entropy coding have in common. Who codes must make the very calls that who decodes makes, so both come here.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { programOver, programsOf, stateOf } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { scalarValues } from "../runner/feeds.ts";
import { sizeOf } from "../shape.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { givenColumns } from "./givenColumns.ts";
import type { CodePrior, StepProgram, Walk, WalkStart } from "./prior.ts";

/** What {@link walkCodes} goes through. */
export interface WalkRequest {
  /** Examples at once; few different numbers, since a program is compiled for each. */
  readonly rows: number;
  /** int32 `[rows, T]`; whoever visits a position writes its codes. */
  readonly codes: Int32Array;
  /** What the prior is told, `[rows, ...shape]` by name. */
  readonly given: Readonly<Record<string, Int32Array>>;
  readonly compute: ComputeOptions;
}

/** The walks that are under way, by prior: caches belong to one at a time. */
const underWay = new WeakMap<object, Promise<unknown>>();

/**
 * Visits all positions in order.
 *
 * @param visit gets the position and its logits `[rows, K]`, minus infinity where the position's codebook has no such code;
 *   it writes the codes of that position
 */
export async function walkCodes(
  prior: CodePrior,
  request: WalkRequest,
  visit: (position: number, logits: Float32Array) => void,
): Promise<void> {
  const before = underWay.get(prior);
  const walk = (async () => {
    await before?.catch(() => undefined);
    await walkAlone(prior, request, visit);
  })();
  underWay.set(prior, walk);
  await walk;
}

async function walkAlone(
  prior: CodePrior,
  { rows, codes, given, compute }: WalkRequest,
  visit: (position: number, logits: Float32Array) => void,
): Promise<void> {
  const programs = programsOf(prior);
  const scalars = scalarValues(prior.schedules ?? {}, prior.step ?? 0);
  const start: WalkStart = {
    rows,
    given,
    call: (name, feeds) => {
      const make = (): Program => programFor(prior, prior.stepwise?.program(name, rows), name);
      return programs.get(`walk ${name} ${rows}`, make, compute)({ ...scalars, ...feeds });
    },
  };
  const walk = prior.stepwise?.walk(start) ?? anewForEach(prior, start);
  const { codebookSize: K, codebookSizes = [K] } = prior;
  const length = sizeOf(prior.positions);
  for (let position = 0; position < length; position++) {
    const logits = await walk.logits(position, codes);
    const size = codebookSizes[position % codebookSizes.length];
    if (size < K) for (let r = 0; r < rows; r++) logits.fill(-Infinity, r * K + size, (r + 1) * K);
    visit(position, logits);
  }
}

function programFor(prior: CodePrior, own: StepProgram | undefined, name: string): Program {
  if (own === undefined) return logitsProgram(prior, name);
  return {
    feeds: own.feeds,
    state: [...stateOf(prior), ...(own.caches ?? [])],
    run: (feeds) => own.run(feeds),
  };
}

/** Logits of one position, from those of all. */
function logitsProgram(prior: CodePrior, name: string): Program {
  if (name !== "logits") throw new Error(`internal: no program ${name}`);
  const length = sizeOf(prior.positions);
  const feeds = {
    codes: { shape: [null, length], dtype: "int32" as const },
    position: { shape: [], dtype: "int32" as const },
  };
  const columns = givenColumns(prior.given ?? {});
  return programOver(prior, { columns, noise: {}, feeds }, (batch, context, fed) => ({
    logits: tf.gather(prior.logits(fed["codes"], context, batch), fed["position"], 1), // [B, K]
  }));
}

/** For priors that cannot go step by step. */
const anewForEach = (prior: CodePrior, { given, call }: WalkStart): Walk => ({
  async logits(position, codes) {
    const { logits } = await call("logits", { ...given, codes, position });
    return floats(logits);
  },
});

/** The values of a float output. */
export const floats = ({ data }: NdArray): Float32Array => data as Float32Array;
