/** Loads plans into a host and runs them. */
import { arrayFor } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Plan } from "../plan/plan.ts";
import { handOver, type Into } from "./into.ts";
import type { NdArray, TypedArray } from "../types.ts";
import type { KernelHost, LoadedProgram } from "./kernelHost.ts";
import { elementsAt, type Block } from "./memory.ts";

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
  readonly into?: Into;
}

/** Loads a plan; pair it with {@link releasePlan}. */
export function loadPlan(host: KernelHost, plan: RunnablePlan, isBrief = false): LoadedPlan {
  const constants = host.memory.allocate(Math.max(1, plan.constants.length));
  constants.bytes().set(plan.constants);
  return { plan, program: host.load(plan.words, isBrief), constants };
}

/** Gives a plan's memory back. */
export function releasePlan({ program, constants }: LoadedPlan): void {
  program.release();
  constants.release();
}

/** Runs a loaded plan once: copies the feeds in and the outputs out, but for those that lie apart. */
export async function runLoaded(
  host: KernelHost,
  { plan, program, constants }: LoadedPlan,
  { feeds, states, into }: PlanInputs,
): Promise<Record<string, NdArray>> {
  const blocks = [arenaOf(host, plan.arenaBytes), constants, ...plan.states.map((i) => states[i])];
  const kept = new Map<string, TypedArray>();
  for (const { name, dtype, shape } of plan.outputs) {
    if (plan.kept.includes(name)) kept.set(name, into?.[name] ?? arrayFor(dtype, sizeOf(shape)));
  }
  const regions: readonly TypedArray[] = [
    ...blocks.map((block) => block.bytes()),
    ...plan.apart.map((name) => feeds[name]),
    ...plan.kept.map((name) => kept.get(name) as TypedArray),
  ];
  for (const { name, dtype, shape, region, bytes } of plan.feeds) {
    if (region >= blocks.length) continue;
    const place = { offset: bytes, length: sizeOf(shape) };
    elementsAt(regions[region], dtype, place).set(feeds[name]);
  }
  await program.run(regions);
  return Object.fromEntries(
    plan.outputs.map(({ name, dtype, shape, region, bytes }) => {
      const own = kept.get(name);
      if (own) return [name, { data: own, shape }];
      const place = { offset: bytes, length: sizeOf(shape) };
      const seen = elementsAt(regions[region], dtype, place);
      const isCopied = into?.[name] === undefined;
      return [name, handOver(name, { data: isCopied ? arrayFor(dtype, seen) : seen, shape }, into)];
    }),
  );
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
