/**
 * A traced function on our own kernels.
 *
 * The graph is simplified once; for every set of outputs that is asked for, a plan is made of what those outputs and the
 * update need. The arena is shared by all programs of a host, since they run one after the other.
 */
import { arrayFor } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Graph } from "../graph/value.ts";
import { plan, type Plan } from "../plan/plan.ts";
import { simplify } from "../rewrite/simplify.ts";
import type { NdArray, TypedArray } from "../types.ts";
import { unknownOutput, type Program, type ProgramRequest } from "./engine.ts";
import type { KernelHost, LoadedProgram } from "./kernelHost.ts";
import { elementsAt, type Block } from "./memory.ts";
import { acquireSlot, moveSlot, releaseSlot, settle, type Slot } from "./state.ts";

interface Place {
  readonly host: KernelHost;
  readonly threads: number;
}

interface Loaded {
  readonly plan: Plan;
  readonly program: LoadedProgram;
  readonly constants: Block;
}

/** Makes a program of a request. */
export async function kernelProgram(request: ProgramRequest, place: Place): Promise<Program> {
  const graph = simplify(request.graph(), { convolutions: "keep" });
  const slots: Slot[] = [];
  for (const variable of request.state) slots.push(await acquireSlot(variable, place.host.memory));
  return new KernelProgram(graph, slots, place);
}

class KernelProgram implements Program {
  readonly #graph: Graph;
  readonly #slots: readonly Slot[];
  readonly #place: Place;
  readonly #names: readonly string[];
  readonly #loaded = new Map<string, Loaded>();

  constructor(graph: Graph, slots: readonly Slot[], place: Place) {
    this.#graph = graph;
    this.#slots = slots;
    this.#place = place;
    this.#names = graph.outputs.map(({ name }) => name);
  }

  async run(
    feeds: Readonly<Record<string, TypedArray>>,
    outputs: readonly string[] = this.#names,
  ): Promise<Record<string, NdArray>> {
    const { host, threads } = this.#place;
    const { plan: made, program, constants } = this.#load(outputs);
    for (const slot of this.#slots) {
      await settle(slot);
      if (!host.anyMemory) moveSlot(slot, host.memory);
    }
    const arena = arenaOf(host, made.arenaBytes);
    for (const { name, dtype, shape, bytes } of made.feeds) {
      elementsAt(arena.bytes(), dtype, { offset: bytes, length: sizeOf(shape) }).set(feeds[name]);
    }
    const regions = [
      arena,
      constants,
      ...made.states.map((i) => this.#slots[i].region.block),
    ].map((block) => block.bytes());
    host.useThreads(threads);
    await program.run(regions);
    return resultsOf(made, regions);
  }

  dispose(): void {
    for (const { program, constants } of this.#loaded.values()) {
      program.release();
      constants.release();
    }
    this.#loaded.clear();
    this.#slots.forEach(releaseSlot);
  }

  /** The program for a set of outputs. */
  #load(outputs: readonly string[]): Loaded {
    const key = outputs.join("\n");
    const known = this.#loaded.get(key);
    if (known) return known;
    const { host } = this.#place;
    const made = plan({ ...this.#graph, outputs: this.#wanted(outputs) });
    const constants = host.memory.allocate(Math.max(1, made.constants.length));
    constants.bytes().set(made.constants);
    const loaded = { plan: made, program: host.load(made.words), constants };
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

function resultsOf(made: Plan, regions: readonly Uint8Array[]): Record<string, NdArray> {
  return Object.fromEntries(
    made.outputs.map(({ name, dtype, shape, region, bytes }) => {
      const place = { offset: bytes, length: sizeOf(shape) };
      return [name, { data: arrayFor(dtype, elementsAt(regions[region], dtype, place)), shape }];
    }),
  );
}

const arenas = new WeakMap<KernelHost, Block>();

/** The arena of a host, made larger when a program needs more. */
function arenaOf(host: KernelHost, bytes: number): Block {
  const known = arenas.get(host);
  if (known && known.bytes().length >= bytes) return known;
  known?.release();
  arenas.delete(host);
  const block = host.memory.allocate(Math.max(64, bytes));
  arenas.set(host, block);
  return block;
}

