/**
 * Writes a group of elementwise operations and reductions as a tile program.
 *
 * The index space is the coarsest list of dimensions in which every operand has strides. With reductions the reduced
 * dimensions come between those kept before and after them.
 */
import { sizeOf } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";
import { uniformValue } from "../rewrite/algebra.ts";
import { bitsOf, elementwise, type Emitter, type Register } from "./elementwise.ts";
import { limits, reductions, tile } from "./format.ts";
import { isReduction, keepsRows, reducedRanges, underReshapes } from "./fuse.ts";
import type { TileAccess, TileProgram } from "./program.ts";
import type { Draft } from "./draft.ts";
import { fuseInstructions } from "./peephole.ts";
import { numberRegisters } from "./registers.ts";
import { placeStores } from "./stores.ts";
import {
  broadcastView,
  chainOf,
  collapse,
  dimsOf,
  mergeChains,
  stridesAlong,
  type Buffer,
  type View,
} from "./view.ts";

/** What a tile program is written from. */
export interface TileRequest {
  /** The product whose epilogue it is. */
  readonly head?: Node | undefined;
  readonly members: readonly Node[];
  /** Where results go that something outside needs, reductions included. */
  readonly stores: ReadonlyMap<Value, View>;
  /** Where an operand from outside lies. */
  readonly viewOf: (value: Value) => View;
  /** The same with its elements side by side, after a copy if need be. */
  readonly denseViewOf: (value: Value, shape: readonly number[]) => View;
  readonly scratch: (elements: number) => Buffer;
}

/** Kinds of reductions by the graph's names. */
const kinds: Readonly<Record<string, number>> = {
  reduceSum: reductions.sum,
  reduceMax: reductions.max,
  reduceMin: reductions.min,
  reduceProd: reductions.prod,
  reduceMean: reductions.mean,
};

interface Access {
  readonly view: View;
  readonly kind: "load" | "store" | "reduce";
}

/** Writes the program; `undefined` when it is too long for one. */
export function tileProgram(request: TileRequest): TileProgram | undefined {
  const writer = new Writer(request);
  writer.write();
  return writer.finish();
}

class Writer {
  readonly #request: TileRequest;
  readonly #drafts: Draft[] = [];
  readonly #accesses: Access[] = [];
  readonly #registers = new Map<Value, Register>();
  readonly #constants = new Map<string, Register>();
  readonly #loads = new Map<string, Register>();
  readonly #size: number;
  #chain: readonly number[];
  #next = 0;

  constructor(request: TileRequest) {
    this.#request = request;
    const { head, members } = request;
    const first = members[0] ?? head;
    const shape = isReduction(first) ? first.inputs[0].shape : first.outputs[0].shape;
    this.#size = sizeOf(shape);
    const ends = this.#size > 1 ? [this.#size] : [];
    this.#chain = ends;
    for (const node of members) {
      if (isReduction(node)) this.#refine((JSON.parse(reducedRanges(node)) as number[][]).flat());
    }
    if (head) this.#refine([head.outputs[0].shape.at(-1) as number]);
  }

  #refine(blocks: readonly number[]): void {
    const chain = mergeChains(
      this.#chain,
      [...new Set(blocks)].filter((block) => block > 1),
    );
    if (!chain) throw new Error("internal: a group's operations do not share dimensions");
    this.#chain = chain;
  }

  write(): void {
    const { head, members, stores } = this.#request;
    if (head) {
      const [value] = head.outputs;
      this.#registers.set(value, this.#emit(tile.accumulator, value.dtype));
      this.#storeIfWanted(value);
    }
    for (const node of members) {
      const [value] = node.outputs;
      if (isReduction(node)) {
        const operand = this.#operand(node.inputs[0], node.inputs[0].shape);
        const view = stores.get(value) as View;
        this.#drafts.push({
          operation: tile.reduce,
          inputs: [operand.id],
          access: this.#access({ view, kind: "reduce" }),
          immediate: kinds[node.op],
        });
      } else {
        const operands = node.inputs.map((input) => this.#operand(input, value.shape));
        this.#registers.set(value, elementwise[node.op](node, operands, this.#emitter));
        this.#storeIfWanted(value);
      }
    }
  }

  readonly #emitter: Emitter = Object.assign(
    (operation: number, type: Register["dtype"], inputs: readonly Register[]): Register =>
      this.#emit(operation, type, { inputs: inputs.map(({ id }) => id) }),
    {
      constant: (value: number, dtype: Register["dtype"]): Register => this.#constant(value, dtype),
    },
  );

  #emit(
    operation: number,
    dtype: Register["dtype"],
    parts: Partial<Pick<Draft, "inputs" | "access" | "immediate">> = {},
  ): Register {
    const register = { id: this.#next++, dtype };
    this.#drafts.push({ inputs: [], ...parts, operation, result: register.id });
    return register;
  }

  #constant(value: number, dtype: Register["dtype"]): Register {
    const bits = bitsOf(value, dtype);
    const key = `${dtype}${bits}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const register = this.#emit(tile.constant, dtype, { immediate: bits });
    this.#constants.set(key, register);
    return register;
  }

  #operand(input: Value, shape: readonly number[]): Register {
    const computed = this.#registers.get(underReshapes(input));
    if (computed) return computed;
    const number = uniformValue(input);
    if (number !== undefined) return this.#constant(number, input.dtype);
    const view = this.#along(input, shape);
    const key = [bufferKey(view.buffer), view.offset, view.dims.join(), view.strides.join()].join(
      "|",
    );
    const known = this.#loads.get(key);
    if (known) return known;
    const access = this.#access({ view, kind: "load" });
    const register = this.#emit(tile.load, input.dtype, { access });
    this.#loads.set(key, register);
    return register;
  }

  /** An operand as a view over the index space; one that has no strides in it is copied. */
  #along(input: Value, shape: readonly number[]): View {
    const { viewOf, denseViewOf } = this.#request;
    const view = broadcastView(viewOf(input), input.shape, shape);
    const chain = view && mergeChains(this.#chain, chainOf(view.dims));
    // A gap between all elements is slow and a copy knows how to go about it.
    const apart =
      view &&
      this.#size > 4096 &&
      view.dims.length > 0 &&
      Math.abs(view.strides.at(-1) as number) > 1;
    if (view && chain && !apart && this.#suits(chain)) {
      this.#chain = chain;
      return view;
    }
    const dense = broadcastView(denseViewOf(input, input.shape), input.shape, shape) as View;
    const again = mergeChains(this.#chain, chainOf(dense.dims));
    if (!again || !this.#suits(again)) return denseViewOf(input, shape);
    this.#chain = again;
    return dense;
  }

  /** Whether an index space has few enough dimensions and, in an epilogue, whole rows of the product. */
  #suits(chain: readonly number[]): boolean {
    const { head } = this.#request;
    return chain.length <= limits.tileDims && (!head || keepsRows(head, chain));
  }

  #access(access: Access): number {
    this.#accesses.push(access);
    return this.#accesses.length - 1;
  }

  #storeIfWanted(value: Value): void {
    const view = this.#request.stores.get(value);
    const register = this.#registers.get(value);
    if (!view || !register) return;
    const access = this.#access({ view, kind: "store" });
    this.#drafts.push({ operation: tile.store, inputs: [register.id], access });
  }

  finish(): TileProgram | undefined {
    if (this.#accesses.length > limits.accesses) return undefined;
    const space = this.#space();
    const isUniform = (i: number): boolean =>
      space.accesses[i].strides.every((stride, d) => stride === 0 || space.dims[d] === 1);
    const bufferOf = (access: number): Buffer => this.#accesses[access].view.buffer;
    const drafts = placeStores(fuseInstructions(this.#drafts, isUniform), bufferOf);
    if (drafts.length > limits.instructions) return undefined;
    const numbered = numberRegisters(drafts, isUniform);
    if (!numbered) return undefined;
    const reduced = space.accesses.filter((_, i) => this.#accesses[i].kind === "reduce").length;
    return {
      ...space,
      ...numbered,
      ...(reduced > 0
        ? {
            scratch: this.#request.scratch(
              2 * limits.reduceParts * reduced * Math.max(16, space.kept),
            ),
          }
        : {}),
    };
  }

  /** The index space and the accesses in it. */
  #space(): Pick<TileProgram, "dims" | "accesses" | "outer" | "reduced"> & { kept: number } {
    const { head, members } = this.#request;
    const chain = this.#chain;
    const fine = dimsOf(chain);
    const reduction = members.find(isReduction);
    const isReduced = reducedDims(chain, reduction);
    const order = splitOrder(fine, isReduced);
    const kept = order.flatMap((i) => (isReduced[i] ? [] : [i]));
    const lists = this.#accesses.map(({ view, kind }) => {
      const strides = kind === "reduce" ? denseOver(fine, kept) : stridesAlong(view, chain);
      return order.map((i) => strides[i]);
    });
    const segments = order.map((i) => segmentOf(i, isReduced));
    const columns = head ? (head.outputs[0].shape.at(-1) as number) : undefined;
    const merged = collapse(
      order.map((i) => fine[i]),
      lists,
      (i) =>
        segments[i] === segments[i + 1] &&
        !(columns !== undefined && chain[fine.length - 2 - i] === columns),
    );
    const segmentList = merged.dims.map((_, k) => segments[merged.groups.indexOf(k)]);
    const extra = merged.dims.length === 0 || columns === 1;
    return {
      dims: extra ? [...merged.dims, 1] : merged.dims,
      accesses: this.#accesses.map(({ view: { buffer, offset } }, k): TileAccess => ({
        buffer,
        offset,
        strides: extra ? [...merged.lists[k], 1] : merged.lists[k],
      })),
      outer: reduction ? segmentList.filter((segment) => segment === 0).length : 0,
      reduced: reduction ? segmentList.filter((segment) => segment === 1).length : 0,
      kept: sizeOf(kept.map((i) => fine[i])),
    };
  }
}

const bufferNumbers = new WeakMap<Buffer, number>();
let lastBuffer = 0;

function bufferKey(buffer: Buffer): number {
  const known = bufferNumbers.get(buffer);
  if (known !== undefined) return known;
  bufferNumbers.set(buffer, ++lastBuffer);
  return lastBuffer;
}

/** Which dimensions of a chain, outermost first, a reduction removes. */
function reducedDims(chain: readonly number[], reduction: Node | undefined): boolean[] {
  const ranges = reduction ? (JSON.parse(reducedRanges(reduction)) as [number, number][]) : [];
  return chain
    .map((end, i) => {
      const block = chain[i - 1] ?? 1;
      return ranges.some(([from, to]) => from <= block && end <= to);
    })
    .reverse();
}

/** Kept dimensions, reduced ones, and those kept at the end, as numbers of dimensions. */
function splitOrder(fine: readonly number[], isReduced: readonly boolean[]): number[] {
  const all = fine.map((_, i) => i);
  return [0, 1, 2].flatMap((segment) => all.filter((i) => segmentOf(i, isReduced) === segment));
}

/** 0 for what is kept before reduced dimensions, 1 for these, 2 for what is kept at the end. */
function segmentOf(i: number, isReduced: readonly boolean[]): number {
  if (isReduced[i]) return 1;
  return isReduced.includes(true) && isReduced.lastIndexOf(true) < i ? 2 : 0;
}

/** Strides of a dense array over some of the dimensions, 0 over the others. */
function denseOver(dims: readonly number[], kept: readonly number[]): number[] {
  const strides = dims.map(() => 0);
  let block = 1;
  for (const i of [...kept].reverse()) {
    strides[i] = block;
    block *= dims[i];
  }
  return strides;
}
