/**
 * A traced function on ONNX Runtime.
 *
 * The graph is simplified once; for every set of outputs that is asked for, a session is made of what those outputs and
 * the update need. A step runs the session, then lets new state change places with the old.
 */
import { sizeOf } from "../graph/shape.ts";
import type { Graph, Value } from "../graph/value.ts";
import { topologicalOrder } from "../graph/walk.ts";
import { toModel, type ModelSignature } from "../onnx/toModel.ts";
import { simplify } from "../rewrite/simplify.ts";
import { checkInto, handOver, type OutputType } from "./into.ts";
import type { CallOptions, NdArray, TypedArray } from "../types.ts";
import { discard } from "./discard.ts";
import { unknownOutput, type Program, type ProgramRequest } from "./engine.ts";
import { allocateRegion, heap, type Region } from "./memory.ts";
import type { Ort, OrtSession, OrtTensor } from "./ort.ts";
import type { Turn } from "./queue.ts";
import { acquireSlot, moveSlot, releaseSlot, settle, type Slot } from "./state.ts";

/** Where results go: straight into our memory, into memory of the runtime from which they are copied, or they stay on a device. */
export type ResultPlace = "inPlace" | "copied" | "onDevice";

/** How a program reaches the runtime. */
export interface OnnxHost {
  readonly ort: Ort;
  readonly results: ResultPlace;
  createSession(model: Uint8Array): Promise<OrtSession>;
  releaseSession(session: OrtSession): void;
}

/** Makes a program of a request. */
export async function onnxProgram(request: ProgramRequest, host: OnnxHost): Promise<Program> {
  const graph = simplify(request.graph());
  const slots: Slot[] = [];
  for (const variable of request.state) slots.push(await acquireSlot(variable, heap));
  return new OnnxProgram({ graph, slots, host });
}

interface ProgramParts {
  readonly graph: Graph;
  readonly slots: readonly Slot[];
  readonly host: OnnxHost;
}

class OnnxProgram implements Program {
  readonly #graph: Graph;
  readonly #slots: readonly Slot[];
  readonly #host: OnnxHost;
  readonly #names: readonly string[];
  /** Results that nobody outside sees. */
  readonly #internalNames: readonly string[];
  readonly #sessions = new Map<string, OrtSession | undefined>();
  /** Where new state is written, in the order of the graph's updates. */
  readonly #spares: Region[];
  readonly #tensors = new WeakMap<Region, { view: TypedArray; tensor: OrtTensor }>();

  constructor({ graph, slots, host }: ProgramParts) {
    this.#graph = graph;
    this.#slots = slots;
    this.#host = host;
    this.#names = graph.outputs.map(({ name }) => name);
    this.#spares = graph.updates.map(({ value }) => regionFor(value));
    this.#internalNames = graph.updates.map((_, i) => `new_${i}`);
  }

  async run(
    feeds: Readonly<Record<string, TypedArray>>,
    { outputs = this.#names, into }: CallOptions,
    turn: Turn,
  ): Promise<Record<string, NdArray>> {
    await turn.alone();
    if (into) checkInto("jit", { into, feeds, outputs: this.#types(outputs) });
    if (this.#host.results !== "onDevice") await this.#makeReady();
    const session = await this.#sessionFor(outputs);
    const results = session
      ? await session.run(this.#inputs(session, feeds), this.#fetches(session))
      : {};
    if (this.#host.results === "onDevice") {
      this.#keepOnDevice(results);
    } else {
      if (this.#host.results === "copied") this.#copyResults(results);
      const own = new Set(this.#spares.map((region) => region.view().buffer));
      discard(
        this.#internalNames.flatMap((name) => (name in results ? [results[name]] : [])),
        own,
      );
      this.#swapUpdated();
    }
    const arrays: Record<string, NdArray> = {};
    for (const name of outputs) {
      const tensor = results[outputName(name)];
      const data = (await tensor.getData(true)) as TypedArray;
      arrays[name] = handOver(name, { data, shape: tensor.dims }, into);
    }
    return arrays;
  }

  /** Brings the newest state into memory of JavaScript: the runtime refuses that of WebAssembly. */
  async #makeReady(): Promise<void> {
    for (const slot of this.#slots) {
      await settle(slot);
      moveSlot(slot, heap);
    }
  }

  dispose(): void {
    for (const session of this.#sessions.values()) {
      if (session) this.#host.releaseSession(session);
    }
    this.#sessions.clear();
    for (const { block } of this.#spares) block.release();
    this.#slots.forEach(releaseSlot);
  }

  /** The session for a set of outputs; none when there is nothing for it to compute. */
  async #sessionFor(outputs: readonly string[]): Promise<OrtSession | undefined> {
    const key = outputs.join("\n");
    if (this.#sessions.has(key)) return this.#sessions.get(key);
    const signature = this.#signature(outputs);
    const session =
      signature.outputs.length === 0
        ? undefined
        : await this.#host.createSession(toModel(signature));
    this.#sessions.set(key, session);
    return session;
  }

  #types(outputs: readonly string[]): OutputType[] {
    return this.#graph.outputs
      .filter(({ name }) => outputs.includes(name))
      .map(({ name, value: { shape, dtype } }) => ({ name, shape, dtype }));
  }

  #signature(outputs: readonly string[]): ModelSignature {
    const graph = this.#graph;
    const wanted = outputs.map((name) => {
      const output = graph.outputs.find((candidate) => candidate.name === name);
      if (!output) throw unknownOutput(name, this.#names);
      return { name: outputName(name), value: output.value };
    });
    const results = [
      ...wanted,
      ...graph.updates.map(({ value }, i) => ({ name: `new_${i}`, value })),
    ];
    const reached = new Set(topologicalOrder(results.map(({ value }) => value)));
    const inputs = [
      ...graph.feeds.map(({ name, value }) => ({ name: `feed_${name}`, value })),
      ...graph.state.map((value, i) => ({ name: `state_${i}`, value })),
    ];
    return {
      inputs: inputs.filter(({ value }) => reached.has(value.node)),
      outputs: results,
    };
  }

  #inputs(
    session: OrtSession,
    feeds: Readonly<Record<string, TypedArray>>,
  ): Record<string, OrtTensor> {
    const { Tensor } = this.#host.ort;
    const inputs: Record<string, OrtTensor> = {};
    const used = new Set(session.inputNames);
    for (const { name, value } of this.#graph.feeds) {
      if (!used.has(`feed_${name}`)) continue;
      inputs[`feed_${name}`] = new Tensor(value.dtype, unshared(feeds[name]), value.shape);
    }
    this.#graph.state.forEach((value, i) => {
      if (!used.has(`state_${i}`)) return;
      const { region, remote } = this.#slots[i];
      inputs[`state_${i}`] = remote ?? this.#tensor(region, value);
    });
    return inputs;
  }

  /** Results that the runtime writes into our memory; it makes the others. */
  #fetches(session: OrtSession): Record<string, OrtTensor | null> {
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of session.outputNames) fetches[name] = null;
    if (this.#host.results !== "inPlace") return fetches;
    this.#graph.updates.forEach(({ value }, i) => {
      fetches[`new_${i}`] = this.#tensor(this.#spares[i], value);
    });
    return fetches;
  }

  #tensor(region: Region, { dtype, shape }: Value): OrtTensor {
    const view = region.view();
    const known = this.#tensors.get(region);
    if (known?.view === view) return known.tensor;
    const tensor = new this.#host.ort.Tensor(dtype, view, shape);
    this.#tensors.set(region, { view, tensor });
    return tensor;
  }

  #keepOnDevice(results: Readonly<Record<string, OrtTensor>>): void {
    this.#graph.updates.forEach(({ state }, i) => {
      const slot = this.#slots[state];
      slot.remote?.dispose();
      slot.remote = results[`new_${i}`];
    });
  }

  #copyResults(results: Readonly<Record<string, OrtTensor>>): void {
    this.#spares.forEach((region, i) => {
      region.view().set(results[`new_${i}`].data as TypedArray);
    });
  }

  #swapUpdated(): void {
    this.#graph.updates.forEach(({ state }, i) => {
      const slot = this.#slots[state];
      const old = slot.region;
      slot.region = this.#spares[i];
      this.#spares[i] = old;
    });
  }
}

function regionFor({ dtype, shape }: Value): Region {
  return allocateRegion(heap, dtype, sizeOf(shape));
}

/** An array in memory of its own thread: the runtime refuses other. */
const unshared = (array: TypedArray): TypedArray =>
  array.buffer instanceof ArrayBuffer ? array : array.slice();

function outputName(name: string): string {
  return `out_${name}`;
}
