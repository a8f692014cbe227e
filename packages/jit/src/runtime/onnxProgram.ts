/**
 * A traced function on ONNX Runtime.
 *
 * The graph is simplified once; for every set of outputs that is asked for, a session is made of what those outputs and
 * the update need. A step runs the session, then the update loops in place, then lets new state that the graph itself
 * computed change places with the old.
 */
import { sizeOf } from "../graph/shape.ts";
import type { Graph, Value } from "../graph/value.ts";
import { topologicalOrder } from "../graph/walk.ts";
import { toModel, type ModelSignature } from "../onnx/toModel.ts";
import { cutUpdates, type Cut, type Loop } from "../rewrite/cut.ts";
import { simplify } from "../rewrite/simplify.ts";
import type { NdArray, TypedArray } from "../types.ts";
import type { LoopFunction } from "../loops/kernel.ts";
import { allocate, release, type Region } from "./arena.ts";
import { compileLoop } from "./compileLoop.ts";
import { discard } from "./discard.ts";
import { unknownOutput, type Program, type ProgramRequest } from "./engine.ts";
import type { Ort, OrtSession, OrtTensor } from "./ort.ts";
import { acquireSlot, releaseSlot, settle, type Slot } from "./state.ts";

/** A model to load and how to try it. */
export interface SessionRequest {
  readonly model: Uint8Array;
  /** Multiplications in matrix products and convolutions of one run. */
  readonly work: number;
  /** Runs a session once without any lasting effect, for timing. */
  readonly trial: (session: OrtSession) => Promise<unknown>;
}

/** Where results go: straight into our memory, into memory of the runtime from which they are copied, or they stay on a device. */
export type ResultPlace = "inPlace" | "copied" | "onDevice";

/** How a program reaches the runtime. */
export interface OnnxHost {
  readonly ort: Ort;
  readonly results: ResultPlace;
  createSession(request: SessionRequest): Promise<OrtSession>;
  releaseSession(session: OrtSession): void;
}

interface PreparedLoop {
  readonly loop: Loop;
  readonly run: LoopFunction;
}

/** Makes a program of a request. */
export async function onnxProgram(request: ProgramRequest, host: OnnxHost): Promise<Program> {
  const graph = simplify(request.graph());
  const cut: Cut =
    request.update === "loop"
      ? cutUpdates(graph)
      : { loops: [], values: [], updates: graph.updates };
  const loops = await Promise.all(
    cut.loops.map(async (loop) => ({ loop, run: await compileLoop(loop.body) })),
  );
  const slots: Slot[] = [];
  for (const variable of request.state) slots.push(await acquireSlot(variable));
  return new OnnxProgram({ graph, cut, loops, slots, host });
}

interface ProgramParts {
  readonly graph: Graph;
  readonly cut: Cut;
  readonly loops: readonly PreparedLoop[];
  readonly slots: readonly Slot[];
  readonly host: OnnxHost;
}

class OnnxProgram implements Program {
  readonly #graph: Graph;
  readonly #cut: Cut;
  readonly #loops: readonly PreparedLoop[];
  readonly #slots: readonly Slot[];
  readonly #host: OnnxHost;
  readonly #names: readonly string[];
  /** Results that nobody outside sees. */
  readonly #internalNames: readonly string[];
  readonly #sessions = new Map<string, OrtSession | undefined>();
  /** Where values for the loops are written. */
  readonly #values = new Map<Value, Region>();
  /** Where new state that the graph computes is written, in the order of `cut.updates`. */
  readonly #spares: Region[];
  readonly #tensors = new WeakMap<Region, { view: TypedArray; tensor: OrtTensor }>();

  constructor({ graph, cut, loops, slots, host }: ProgramParts) {
    this.#graph = graph;
    this.#cut = cut;
    this.#loops = loops;
    this.#slots = slots;
    this.#host = host;
    this.#names = graph.outputs.map(({ name }) => name);
    for (const value of cut.values) this.#values.set(value, regionFor(value));
    this.#spares = cut.updates.map(({ value }) => regionFor(value));
    this.#internalNames = [
      ...cut.values.map((_, i) => `value_${i}`),
      ...cut.updates.map((_, i) => `new_${i}`),
    ];
  }

  async run(
    feeds: Readonly<Record<string, TypedArray>>,
    outputs: readonly string[] = this.#names,
  ): Promise<Record<string, NdArray>> {
    if (this.#host.results !== "onDevice") for (const slot of this.#slots) await settle(slot);
    const session = await this.#sessionFor(outputs, feeds);
    const results = session
      ? await session.run(this.#inputs(session, feeds), this.#fetches(session))
      : {};
    if (this.#host.results === "onDevice") {
      this.#keepOnDevice(results);
    } else {
      if (this.#host.results === "copied") this.#copyResults(results);
      discard(this.#internalNames.flatMap((name) => (name in results ? [results[name]] : [])));
      this.#runLoops(feeds);
      this.#swapUpdated();
    }
    const arrays: Record<string, NdArray> = {};
    for (const name of outputs) {
      const tensor = results[outputName(name)];
      const data = (await tensor.getData(true)) as TypedArray;
      arrays[name] = { data, shape: tensor.dims };
    }
    return arrays;
  }

  dispose(): void {
    for (const session of this.#sessions.values()) {
      if (session) this.#host.releaseSession(session);
    }
    this.#sessions.clear();
    for (const region of this.#values.values()) release(region);
    this.#spares.forEach(release);
    this.#slots.forEach(releaseSlot);
  }

  /** The session for a set of outputs; none when there is nothing for it to compute. */
  async #sessionFor(
    outputs: readonly string[],
    feeds: Readonly<Record<string, TypedArray>>,
  ): Promise<OrtSession | undefined> {
    const key = outputs.join("\n");
    if (this.#sessions.has(key)) return this.#sessions.get(key);
    const signature = this.#signature(outputs);
    const session =
      signature.outputs.length === 0
        ? undefined
        : await this.#host.createSession({
            model: toModel(signature),
            work: matrixWork(signature.outputs.map(({ value }) => value)),
            trial: (candidate) =>
              candidate.run(this.#inputs(candidate, feeds), this.#fetches(candidate)),
          });
    this.#sessions.set(key, session);
    return session;
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
      ...this.#cut.values.map((value, i) => ({ name: `value_${i}`, value })),
      ...this.#cut.updates.map(({ value }, i) => ({ name: `new_${i}`, value })),
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
      inputs[`feed_${name}`] = new Tensor(value.dtype, feeds[name], value.shape);
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
    this.#cut.values.forEach((value, i) => {
      fetches[`value_${i}`] = this.#tensor(this.#values.get(value) as Region, value);
    });
    this.#cut.updates.forEach(({ value }, i) => {
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
    this.#cut.updates.forEach(({ state }, i) => {
      const slot = this.#slots[state];
      slot.remote?.dispose();
      slot.remote = results[`new_${i}`];
    });
  }

  #copyResults(results: Readonly<Record<string, OrtTensor>>): void {
    this.#cut.values.forEach((value, i) => {
      this.#values
        .get(value)
        ?.view()
        .set(results[`value_${i}`].data as TypedArray);
    });
    this.#spares.forEach((region, i) => {
      region.view().set(results[`new_${i}`].data as TypedArray);
    });
  }

  #runLoops(feeds: Readonly<Record<string, TypedArray>>): void {
    const scalars = this.#loops.map(({ loop }) =>
      loop.body.scalars.map((value) => this.#numberOf(value, feeds)),
    );
    this.#loops.forEach(({ loop, run }, i) => {
      const { arrays } = loop.body;
      run(
        Math.ceil(loop.length / 4) * 16,
        ...arrays.map((value) => this.#addressOf(value)),
        ...loop.writes.map((state) => this.#slots[state].region.address),
        ...scalars[i],
      );
    });
  }

  #addressOf(value: Value): number {
    const region =
      value.node.op === "state" ? this.#slots[stateIndex(value)].region : this.#values.get(value);
    if (!region) throw new Error(`internal: no memory for a result of ${value.node.op}`);
    return region.address;
  }

  #numberOf(value: Value, feeds: Readonly<Record<string, TypedArray>>): number {
    const { op, attributes, data } = value.node;
    if (op === "feed") return feeds[attributes.name as string][0];
    if (op === "constant") return data?.[0] as number;
    const region = op === "state" ? this.#slots[stateIndex(value)].region : this.#values.get(value);
    return region?.view()[0] as number;
  }

  #swapUpdated(): void {
    this.#cut.updates.forEach(({ state }, i) => {
      const slot = this.#slots[state];
      const old = slot.region;
      slot.region = this.#spares[i];
      this.#spares[i] = old;
    });
  }
}

function regionFor({ dtype, shape }: Value): Region {
  return allocate(dtype, sizeOf(shape));
}

function outputName(name: string): string {
  return `out_${name}`;
}

function stateIndex(value: Value): number {
  return value.node.attributes.index as number;
}

/** Multiplications in the matrix products and convolutions below the given values: what threads are for. */
function matrixWork(roots: readonly Value[]): number {
  let work = 0;
  for (const { op, inputs, outputs, attributes } of topologicalOrder(roots)) {
    const size = sizeOf(outputs[0].shape);
    if (op === "matMul") {
      work += size * (inputs[0].shape.at(attributes.transposeA ? -2 : -1) as number);
    } else if (op === "conv2d") {
      work += size * sizeOf(inputs[1].shape.slice(0, 3));
    } else if (op === "conv2dInputGradient") {
      work += sizeOf(inputs[0].shape) * sizeOf(inputs[1].shape.slice(0, 3));
    } else if (op === "conv2dFilterGradient") {
      work += sizeOf(inputs[1].shape) * sizeOf(outputs[0].shape.slice(0, 3));
    }
  }
  return work;
}
