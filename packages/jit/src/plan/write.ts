/** Writes groups as steps over buffers. */
import { arrayFor } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Graph, Node, Value } from "../graph/value.ts";
import type { DType, TypedArray } from "../types.ts";
import { operandUnit } from "./format.ts";
import { isAlias, isReduction, source, underReshapes, type Group } from "./fuse.ts";
import type { KernelCall, KernelRows, KernelWriter } from "./kernels/kernel.ts";
import { moveRows } from "./kernels/moves.ts";
import { otherRows } from "./kernels/rows.ts";
import { productRows } from "./kernels/products.ts";
import { operationsOf } from "./order.ts";
import { at, bytesOf, type OperandRef, type Step, type TileProgram } from "./program.ts";
import { tileProgram } from "./tiles.ts";
import {
  broadcastView,
  chainOf,
  collapse,
  dimsOf,
  isDense,
  mergeChains,
  repeated,
  simplest,
  sliced,
  stridesAlong,
  transposed,
  viewSize,
  wholeView,
  type Buffer,
  type Taken,
  type View,
} from "./view.ts";

const rows: KernelRows = { ...productRows, ...moveRows, ...otherRows };

/** A named array that goes in or out. */
export interface NamedBuffer {
  readonly name: string;
  readonly value: Value;
  readonly buffer: Buffer;
}

/** Collects the steps of a program. */
export class StepWriter implements KernelWriter {
  readonly steps: Step[] = [];
  readonly #graph: Graph;
  readonly #inPlace: ReadonlyMap<Value, number>;
  readonly #buffers = new Map<Value, Buffer>();
  readonly #states: readonly Buffer[];
  readonly #dense = new Map<Value, View>();
  readonly #constants = new Map<string, Buffer>();
  /** Values that operations outside of their group, or results, use. */
  readonly #wanted = new Set<Value>();

  constructor(graph: Graph, inPlace: ReadonlyMap<Value, number>, apartFrom: number) {
    this.#graph = graph;
    this.#inPlace = inPlace;
    this.#states = graph.state.map(({ dtype, shape }, state) => ({
      dtype,
      size: sizeOf(shape),
      place: "state",
      label: `state ${state}`,
      state,
    }));
    graph.state.forEach((value, i) => this.#buffers.set(value, this.#states[i]));
    for (const { name, value } of graph.feeds) {
      this.#buffers.set(value, this.#entry(value, `feed ${name}`, apartFrom));
    }
    for (const { name, value: given } of graph.outputs) {
      const value = underReshapes(given);
      if (this.#buffers.has(value) || this.#inPlace.has(value)) continue;
      this.#buffers.set(value, this.#entry(value, `output ${name}`, apartFrom));
    }
    for (const { value } of [...graph.outputs, ...graph.updates]) {
      this.#wanted.add(underReshapes(value));
    }
  }

  /** Where a feed or a result lies: a large one apart, where the caller has it or keeps it. */
  #entry(value: Value, label: string, apartFrom: number): Buffer {
    const buffer = this.#arena(value, label);
    return buffer.size * bytesOf(buffer) < apartFrom ? buffer : { ...buffer, place: "apart" };
  }

  /** Notes which values need memory; all groups must be known before the first is written. */
  prepare(groups: readonly Group[]): void {
    for (const group of groups) {
      const own = new Set(operationsOf(group));
      for (const node of own) {
        for (const input of node.inputs) this.#want(node, input, own);
      }
    }
  }

  #want(node: Node, input: Value, own: ReadonlySet<Node>): void {
    const value = source(input);
    const flat = underReshapes(input) === value;
    const size = isReduction(node) ? sizeOf(input.shape) : sizeOf(node.outputs[0].shape);
    const inside = own.has(value.node) && flat && sizeOf(value.shape) === size;
    if (!inside || isReduction(value.node)) this.#wanted.add(value);
  }

  /** Writes a group. */
  write({ head, members }: Pick<Group, "head" | "members">): void {
    if (members.length === 0) {
      const node = head as Node;
      const row = Object.hasOwn(rows, node.op) ? rows[node.op] : undefined;
      if (!row) throw new Error(`internal: no kernel for ${node.op}`);
      row(node, this);
      return;
    }
    const program = this.#tileProgram({ head, members });
    if (!program) {
      this.#writeHalves(head, members);
    } else if (head) {
      rows[head.op](head, this, program);
    } else {
      const buffers = program.accesses.map(({ buffer }) => buffer);
      this.step({
        kernel: "tiles",
        arguments: [program],
        reads: buffers,
        writes: buffers,
        scratch: program.scratch ? [program.scratch] : [],
      });
    }
  }

  #tileProgram({ head, members }: Pick<Group, "head" | "members">): TileProgram | undefined {
    const stores = new Map<Value, View>();
    for (const node of operationsOf({ head, members } as Group)) {
      const [value] = node.outputs;
      if (this.#wanted.has(value)) stores.set(value, wholeView(this.result(value)));
    }
    return tileProgram({
      head,
      members,
      stores,
      viewOf: (value) => this.viewOf(value),
      denseViewOf: (value, shape) => this.#denseView(value, shape),
      scratch: (elements) => this.scratch(elements),
    });
  }

  /** A group that is too long for one call. */
  #writeHalves(head: Node | undefined, members: readonly Node[]): void {
    if (members.length < 2 && !head)
      throw new Error("internal: an operation must fit into a program");
    const half = head ? Math.floor(members.length / 2) : Math.ceil(members.length / 2);
    const [first, second] = [members.slice(0, half), members.slice(half)];
    const inFirst = new Set([...first, ...(head ? [head] : [])]);
    for (const node of second) {
      for (const input of node.inputs) {
        const value = underReshapes(input);
        if (inFirst.has(value.node)) this.#wanted.add(value);
      }
    }
    this.write({ head, members: first });
    this.write({ head: undefined, members: second });
  }

  /** Copies new state that could not be written in place; gives what goes in and out. */
  finish(): { feeds: NamedBuffer[]; outputs: NamedBuffer[] } {
    for (const { state, value } of this.#graph.updates) {
      const buffer = this.result(underReshapes(value));
      if (buffer.state !== state) this.copy(wholeView(buffer), wholeView(this.#states[state]));
    }
    const named = ({ name, value }: { name: string; value: Value }): NamedBuffer => ({
      name,
      value,
      buffer: this.result(underReshapes(value)),
    });
    return { feeds: this.#graph.feeds.map(named), outputs: this.#graph.outputs.map(named) };
  }

  viewOf(value: Value): View {
    const { op, inputs, attributes, data } = value.node;
    if (data) return wholeView(this.#constant(value, data));
    if (!isAlias(value.node)) return wholeView(this.result(value));
    const [x] = inputs;
    const list = (name: string): readonly number[] => attributes[name] as readonly number[];
    const seen = (view: View): View | undefined => {
      switch (op) {
        case "reshape":
          return view;
        case "transpose":
          return transposed(view, x.shape, list("perm"));
        case "expand":
          return broadcastView(view, x.shape, value.shape);
        case "tile":
          return repeated(view, x.shape, list("repeats"));
        default:
          return sliced(view, x.shape, attributes as unknown as Taken);
      }
    };
    return seen(this.viewOf(x)) ?? (seen(this.#denseView(x, x.shape)) as View);
  }

  /** A value, broadcast to a shape, with its elements side by side. */
  #denseView(value: Value, shape: readonly number[]): View {
    const view = this.viewOf(value);
    const same = sizeOf(shape) === sizeOf(value.shape);
    if (same && isDense(view)) return simplest(view);
    const known = same ? this.#dense.get(value) : undefined;
    if (known) return known;
    const target = wholeView(
      this.#arena({ dtype: value.dtype, shape }, `copy of ${value.node.op}`),
    );
    const wide = broadcastView(view, value.shape, shape);
    if (wide) this.copy(wide, target);
    else
      this.copy(
        broadcastView(this.#denseView(value, value.shape), value.shape, shape) as View,
        target,
      );
    if (same) this.#dense.set(value, target);
    return target;
  }

  dense(value: Value): OperandRef {
    const view = this.#denseView(value, value.shape);
    const bytes = view.offset * bytesOf(view.buffer);
    if (bytes % operandUnit === 0) return { buffer: view.buffer, bytes };
    const buffer = this.#arena(value, `copy of ${value.node.op}`);
    this.copy(view, wholeView(buffer));
    return { buffer, bytes: 0 };
  }

  result(value: Value): Buffer {
    const known = this.#buffers.get(value);
    if (known) return known;
    const state = this.#inPlace.get(value);
    const buffer = state === undefined ? this.#arena(value, value.node.op) : this.#states[state];
    this.#buffers.set(value, buffer);
    return buffer;
  }

  #arena({ dtype, shape }: { dtype: DType; shape: readonly number[] }, label: string): Buffer {
    return { dtype, size: sizeOf(shape), place: "arena", label };
  }

  #constant(value: Value, data: TypedArray): Buffer {
    const known = this.#buffers.get(value);
    if (known) return known;
    const buffer: Buffer = {
      dtype: value.dtype,
      size: data.length,
      place: "constant",
      label: "constant",
      data,
    };
    this.#buffers.set(value, buffer);
    return buffer;
  }

  scratch(elements: number): Buffer {
    return { dtype: "float32", size: elements, place: "arena", label: "scratch" };
  }

  step({ kernel, arguments: given, reads, writes, scratch = [], work = 0 }: KernelCall): void {
    this.steps.push({ kernel, arguments: given, reads, writes, scratch, work });
  }

  copy(from: View, to: View): void {
    if (viewSize(to) === 0) return;
    const chain = mergeChains(chainOf(from.dims), chainOf(to.dims));
    if (!chain) {
      const between = wholeView(this.#arena({ dtype: to.buffer.dtype, shape: to.dims }, "copy"));
      this.copy(from, between);
      this.copy(between, to);
      return;
    }
    const { dims, lists } = collapse(dimsOf(chain), [
      stridesAlong(to, chain),
      stridesAlong(from, chain),
    ]);
    this.step({
      kernel: "copy",
      arguments: [
        bytesOf(to.buffer),
        dims.length,
        at(to.buffer),
        to.offset,
        at(from.buffer),
        from.offset,
        ...dims,
        ...lists.flat(),
      ],
      reads: [from.buffer],
      writes: [to.buffer],
    });
  }

  fill(number: number, to: View): void {
    const { dtype } = to.buffer;
    const key = `${dtype} ${Object.is(number, -0) ? "-0" : number}`;
    let buffer = this.#constants.get(key);
    if (!buffer) {
      const data = arrayFor(dtype, [number]);
      buffer = { dtype, size: 1, place: "constant", label: `constant ${number}`, data };
      this.#constants.set(key, buffer);
    }
    this.copy({ buffer, offset: 0, dims: to.dims, strides: to.dims.map(() => 0) }, to);
  }
}
