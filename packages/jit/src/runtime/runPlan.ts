/** Loads plans into a host and runs them. */
import { arrayFor } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Plan } from "../plan/plan.ts";
import type { Into, OutputType } from "./into.ts";
import type { NdArray, TypedArray } from "../types.ts";
import type { KernelHost, LoadedProgram, RunMemory } from "./kernelHost.ts";
import { byteLength, elementsAt, type Block } from "./memory.ts";

/** What of a plan is needed to run it. */
export type RunnablePlan = Omit<Plan, "steps">;

/** A plan in a host's memory. */
export interface LoadedPlan {
  readonly plan: RunnablePlan;
  readonly program: LoadedProgram;
  readonly constants: Block;
}

/** What a run takes. */
export interface PlanInputs {
  readonly feeds: Readonly<Record<string, TypedArray>>;
  /** The variables, by their numbers. */
  readonly states: readonly Block[];
  /** Arrays that take results, checked. */
  readonly into?: Into | undefined;
  /** See {@link RunMemory}. */
  readonly handedOver?: RunMemory["handedOver"] | undefined;
}

const nothing = (): void => undefined;

/** Loads a plan, while no other runs; pair it with {@link releasePlan}. */
export function loadPlan(host: KernelHost, plan: RunnablePlan, isBrief = false): LoadedPlan {
  arenaOf(host, plan.arenaBytes); // while nothing runs in the one that it may take the place of
  const constants = host.memory.allocate(Math.max(1, plan.constants.length));
  constants.bytes().set(plan.constants);
  return { plan, program: host.load(plan.words, isBrief), constants };
}

/** Gives a plan's memory back. */
export function releasePlan({ program, constants }: LoadedPlan): void {
  program.release();
  constants.release();
}

/** Whether all that goes into a plan and comes out of it has memory of its own, so that the next run may begin before this one is over. */
export function standsAlone({ feeds, outputs, states }: RunnablePlan): boolean {
  const apart = 2 + states.length;
  return (
    feeds.every(({ region }) => region >= apart) &&
    outputs.every(({ region }) => region === 1 || region >= apart)
  );
}

/** Runs a loaded plan once: copies the feeds in and the outputs out, but for those that lie apart. */
export async function runLoaded(
  host: KernelHost,
  { plan, program, constants }: LoadedPlan,
  { feeds, states, into, handedOver = nothing }: PlanInputs,
): Promise<Record<string, NdArray>> {
  const blocks = [arenaOf(host, plan.arenaBytes), constants, ...plan.states.map((i) => states[i])];
  const results: Record<string, TypedArray> = {};
  for (const output of plan.outputs) results[output.name] = resultArray(output, into);
  const regions: readonly TypedArray[] = [
    ...blocks.map((block) => block.bytes()),
    ...plan.apart.map((name) => feeds[name]),
    ...plan.kept.map((name) => results[name]),
  ];
  for (const { name, dtype, shape, region, bytes } of plan.feeds) {
    if (region >= blocks.length) continue;
    const place = { offset: bytes, length: sizeOf(shape) };
    elementsAt(regions[region], dtype, place).set(feeds[name]);
  }
  await program.run({ regions, lasting: blocks.length, handedOver });
  const given: Record<string, NdArray> = {};
  for (const { name, dtype, shape, region, bytes } of plan.outputs) {
    const data = results[name];
    const place = { offset: bytes, length: sizeOf(shape) };
    if (!plan.kept.includes(name)) data.set(elementsAt(regions[region], dtype, place));
    given[name] = { data, shape };
  }
  return given;
}

/** Where a result goes; made before the run, since afterwards there is state that has moved on. */
function resultArray({ name, dtype, shape }: OutputType, into: Into | undefined): TypedArray {
  const length = sizeOf(shape);
  try {
    return into?.[name] ?? arrayFor(dtype, length);
  } catch {
    throw new RangeError(
      `jit: results must fit into memory, got "${name}" of ${byteLength(dtype, length)} bytes; use a smaller batch`,
    );
  }
}

/** Loads a plan, runs it once, and forgets it. */
export async function runPlan(
  host: KernelHost,
  plan: RunnablePlan,
  inputs: PlanInputs,
): Promise<Record<string, NdArray>> {
  const loaded = loadPlan(host, plan);
  try {
    return await runLoaded(host, loaded, inputs);
  } finally {
    releasePlan(loaded);
  }
}

const arenas = new WeakMap<KernelHost, Block>();

/** The arena of a host, shared by its programs, which run one after the other; made larger when one needs more. */
function arenaOf(host: KernelHost, bytes: number): Block {
  const known = arenas.get(host);
  if (known && known.bytes().length >= bytes) return known;
  known?.release();
  arenas.delete(host);
  const block = host.memory.allocate(Math.max(64, bytes));
  arenas.set(host, block);
  return block;
}
