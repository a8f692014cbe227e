/**
 * A traced function on our own kernels.
 *
 * The graph is simplified once; for every set of outputs that is asked for, a plan is made of what those outputs and the
 * update need. The arena is shared by all programs of a host, since they run one after the other.
 */
import type { Graph } from "../graph/value.ts";
import { describeStep } from "../plan/describe.ts";
import { sizeOf } from "../graph/shape.ts";
import { plan, type Plan } from "../plan/plan.ts";
import { isTileProgram } from "../plan/program.ts";
import { checkInto } from "./into.ts";
import { simplify } from "../rewrite/simplify.ts";
import type { CallOptions, KernelTime, NdArray, TypedArray } from "../types.ts";
import { unknownOutput, type Program, type ProgramRequest } from "./engine.ts";
import type { KernelHost } from "./kernelHost.ts";
import { byteLength } from "./memory.ts";
import { loadPlan, releasePlan, runLoaded, standsAlone, type LoadedPlan } from "./runPlan.ts";
import type { Turn } from "./queue.ts";
import { acquireSlot, moveSlot, releaseSlot, settle, type Slot } from "./state.ts";

interface Place {
  readonly host: KernelHost;
  readonly threads: number;
}

/** Makes a program of a request. */
export async function kernelProgram(request: ProgramRequest, place: Place): Promise<Program> {
  const graph = simplify(request.graph(), { convolutions: "keep" });
  const slots: Slot[] = [];
  for (const variable of request.state) slots.push(await acquireSlot(variable, place.host.memory));
  return new KernelProgram(graph, slots, place);
}

/** A plan that is loaded, and whether its runs may be handed over while others are under way. */
interface LoadedProgramPlan extends LoadedPlan {
  readonly overlaps: boolean;
}

class KernelProgram implements Program {
  readonly #graph: Graph;
  readonly #slots: readonly Slot[];
  readonly #place: Place;
  readonly #names: readonly string[];
  readonly #loaded = new Map<string, LoadedProgramPlan>();
  /** Runs since the measurement of kernels was switched on. */
  readonly #runs = new Map<LoadedPlan, number>();
  #profiling = false;

  constructor(graph: Graph, slots: readonly Slot[], place: Place) {
    this.#graph = graph;
    this.#slots = slots;
    this.#place = place;
    this.#names = graph.outputs.map(({ name }) => name);
  }

  async run(
    feeds: Readonly<Record<string, TypedArray>>,
    { outputs = this.#names, into }: CallOptions,
    turn: Turn,
  ): Promise<Record<string, NdArray>> {
    const key = outputs.join("\n");
    if (!this.#loaded.has(key)) await turn.alone();
    const loaded = this.#load(key, outputs);
    if (into) checkInto("jit", { into, feeds, outputs: loaded.plan.outputs });
    if (!this.#isReady(loaded)) {
      await turn.alone();
      await this.#makeReady();
    }
    const states = this.#slots.map(({ region }) => region.block);
    if (this.#profiling) this.#runs.set(loaded, (this.#runs.get(loaded) ?? 0) + 1);
    const handedOver = loaded.overlaps ? turn.handOn : undefined;
    return runLoaded(this.#place.host, loaded, { feeds, states, into, handedOver });
  }

  /** Whether a run may be handed over while others are under way. */
  #isReady({ overlaps }: LoadedProgramPlan): boolean {
    const { host, threads } = this.#place;
    return overlaps && host.hasThreads(threads) && this.#slots.every(({ remote }) => !remote);
  }

  async #makeReady(): Promise<void> {
    const { host, threads } = this.#place;
    for (const slot of this.#slots) {
      await settle(slot);
      if (!host.anyMemory) moveSlot(slot, host.memory);
    }
    host.useThreads(threads);
  }

  profile(): readonly KernelTime[] {
    const all = [...this.#loaded.values()];
    if (!this.#profiling) {
      for (const { program } of all) program.profile();
      this.#profiling = true;
      return [];
    }
    return all.flatMap((loaded) => {
      const runs = Math.max(1, this.#runs.get(loaded) ?? 0);
      const { steps } = loaded.plan as Plan;
      return loaded.program
        .profile()
        .map((ms, i) => ({ ...describeStep(steps[i]), ms: ms / runs }));
    });
  }

  dispose(): void {
    for (const loaded of this.#loaded.values()) releasePlan(loaded);
    this.#loaded.clear();
    this.#slots.forEach(releaseSlot);
  }

  /** The program for a set of outputs. */
  #load(key: string, outputs: readonly string[]): LoadedProgramPlan {
    const known = this.#loaded.get(key);
    if (known) return known;
    const { host } = this.#place;
    const { made, brief } = planFor({ ...this.#graph, outputs: this.#wanted(outputs) }, host);
    refuseTooLarge(host, made, this.#slots);
    const overlaps = host.anyMemory && !brief && standsAlone(made);
    const loaded = { ...loadPlan(host, made, brief), overlaps };
    if (this.#profiling) loaded.program.profile();
    this.#loaded.set(key, loaded);
    return loaded;
  }

  #wanted(outputs: readonly string[]): Graph["outputs"] {
    return outputs.map((name) => {
      const output = this.#graph.outputs.find((candidate) => candidate.name === name);
      if (!output) throw unknownOutput(name, this.#names);
      return output;
    });
  }
}

/** Bytes from which on copying a feed or a result of a brief step takes longer than telling the kernels where it is. */
const apartFrom = 2 ** 16;

/** Plans for a host: all feeds and results of a long step have memory of their own, so that the next can be handed over. */
function planFor(graph: Graph, { anyMemory }: KernelHost): { made: Plan; brief: boolean } {
  const made = plan(graph, anyMemory ? 0 : Infinity);
  const brief = isBrief(made);
  return { made: brief && anyMemory ? plan(graph, apartFrom) : made, brief };
}

/** Most operations and bytes of a brief step: some 0.3 ms together. */
const briefOperations = 4e6;
const briefBytes = 4e6;

/**
 * Whether a step is so short that waking another thread for it, and the main thread after it, would take
 * longer than it does.
 */
function isBrief({ steps }: Plan): boolean {
  let all = 0;
  let moved = 0;
  for (const step of steps) {
    const { operations, bytes } = describeStep(step);
    const chain = step.arguments.find(isTileProgram);
    all += operations + (chain ? sizeOf(chain.dims) * chain.instructions.length : 0);
    moved += bytes;
  }
  return all <= briefOperations && moved <= briefBytes;
}

/** Refuses what a host cannot hold before anything of it is allocated. */
function refuseTooLarge({ name, memory }: KernelHost, made: Plan, slots: readonly Slot[]): void {
  const state = made.states.reduce((sum, i) => {
    const { dtype, length } = slots[i].region;
    return sum + byteLength(dtype, length);
  }, 0);
  const bytes = made.arenaBytes + made.constants.length + state;
  if (bytes <= memory.most) return;
  throw new RangeError(
    `jit: a program on ${name} must take at most ${gibibytes(memory.most)}, got ${gibibytes(bytes)}; use a smaller batch, or the native engine`,
  );
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
