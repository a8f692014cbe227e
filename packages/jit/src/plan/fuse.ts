/**
 * Which operations of a graph become one kernel call.
 *
 * Operations are visited in order. An elementwise operation joins the groups that compute its operands when all work on
 * the same elements in the same order; a reduction ends the group that computes what it reduces; what follows a product
 * element by element becomes its epilogue. A group runs as one call, so nothing may lead out of it and back in.
 */
import { sizeOf } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";
import { uniformValue } from "../rewrite/algebra.ts";
import { isElementwise } from "./elementwise.ts";
import { limits } from "./format.ts";
import { chainOf, mergeChains } from "./view.ts";

/** Operations that run as one kernel call. */
export interface Group {
  /** A product or another kernel that cannot be part of a tile program. */
  readonly head: Node | undefined;
  /** Elementwise operations and reductions, operands before users. */
  readonly members: readonly Node[];
  /** Groups that must run before. */
  readonly before: ReadonlySet<Group>;
  /** The last position of its operations in the order of the graph. */
  readonly position: number;
}

/** Operations that are other views of their operand's memory. */
const aliases = new Set(["reshape", "transpose", "expand", "tile", "slice"]);

/** Whether an operation moves nothing by itself. */
export function isAlias(node: Node): boolean {
  return aliases.has(node.op);
}

/** Whether an operation has its values without computing. */
export function isLeaf(node: Node): boolean {
  return node.op === "feed" || node.op === "state" || node.op === "constant";
}

/** Whether a product can hand its result to a tile program. */
const withEpilogue = new Set([
  "matMul",
  "conv2d",
  "conv2dInputGradient",
  "depthwiseConv2d",
  "depthwiseConv2dInputGradient",
]);

const reductions = new Set(["reduceSum", "reduceMax", "reduceMin", "reduceProd", "reduceMean"]);

/** Whether an operation is a reduction that a tile program can end with. */
export function isReduction(node: Node): boolean {
  return reductions.has(node.op);
}

/** What is under reshapes, which keep the elements and their order. */
export function underReshapes(value: Value): Value {
  return value.node.op === "reshape" ? underReshapes(value.node.inputs[0]) : value;
}

/** The computed or given value whose memory an operand is seen through. */
export function source(value: Value): Value {
  return isAlias(value.node) ? source(value.node.inputs[0]) : value;
}

/** A reduction's axes as ranges of its operand's chain: the same text for the same elements, whatever the shape. */
export function reducedRanges(node: Node): string {
  const { shape } = node.inputs[0];
  const axes = new Set(node.attributes.axes as readonly number[]);
  const ranges: [number, number][] = [];
  let block = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const end = block * shape[i];
    const last = ranges.at(-1);
    if (axes.has(i) && end > block) {
      if (last?.[1] === block) last[1] = end;
      else ranges.push([block, end]);
    }
    block = end;
  }
  return JSON.stringify(ranges);
}

/** What costs less to compute where it is used than to store where its operand is: its user's group takes it in. */
const light = new Set([
  "cast",
  "step",
  "equal",
  "greater",
  "greaterEqual",
  "less",
  "lessEqual",
  "not",
  "isNan",
  "isInf",
]);

class Draft implements Group {
  readonly head: Node | undefined;
  members: Node[] = [];
  readonly before = new Set<Draft>();
  /** Those of them whose results must be in memory for this one. */
  readonly hard = new Set<Draft>();
  /** Values from outside. */
  readonly loads = new Set<Value>();
  chain: readonly number[] = [];
  /** What its reductions reduce. */
  split: string | undefined;
  reductions = 0;
  position: number;

  constructor(head: Node | undefined, position: number) {
    this.head = head;
    this.position = position;
  }
}

const mostLoads = 16;
const mostMembers = 40;

/** Groups the operations of a graph, given in an order with operands before users. */
export function fuse(order: readonly Node[]): Group[] {
  const fusion = new Fusion();
  order.forEach((node, position) => {
    if (isLeaf(node) || isAlias(node)) return;
    if (node.outputs.every(({ shape }) => sizeOf(shape) === 0)) return;
    fusion.add(node, position);
  });
  return fusion.groups();
}

class Fusion {
  readonly #groupOf = new Map<Node, Draft>();
  #all: Draft[] = [];

  groups(): Group[] {
    return this.#all;
  }

  add(node: Node, position: number): void {
    if (isElementwise(node)) this.#join(node, position);
    else if (isReduction(node) && !node.inputs[0].shape.includes(0)) this.#reduce(node, position);
    else this.#begin(node, new Draft(node, position), []);
  }

  #begin(node: Node, draft: Draft, chain: readonly number[]): void {
    draft.chain = chain;
    this.#all.push(draft);
    this.#groupOf.set(node, draft);
    if (draft.head !== node) draft.members.push(node);
    this.#depend(draft, node);
  }

  /** Notes what an operation's operands ask of its group. */
  #depend(draft: Draft, node: Node): void {
    const shape = isReduction(node) ? node.inputs[0].shape : node.outputs[0].shape;
    for (const input of node.inputs) {
      if (uniformValue(input) !== undefined) continue;
      const group = this.#groupOf.get(source(input).node);
      if (group === draft) continue;
      draft.loads.add(input);
      if (!group) continue;
      draft.before.add(group);
      if (node === draft.head || !this.#inRegister(input, group, shape)) draft.hard.add(group);
    }
  }

  #join(node: Node, position: number): void {
    const { shape } = node.outputs[0];
    let chain = boundaries(node, shape);
    if (light.has(node.op)) {
      this.#begin(node, new Draft(undefined, position), chain);
      return;
    }
    const needs = new Set<Draft>();
    const candidates = new Set<Draft>();
    for (const input of node.inputs) {
      const group = this.#groupOf.get(source(input).node);
      if (!group) continue;
      if (this.#inRegister(input, group, shape)) candidates.add(group);
      else needs.add(group);
    }
    const chosen = new Set<Draft>();
    for (const group of [...candidates].sort((a, b) => b.position - a.position)) {
      const others = [...candidates].filter((other) => other !== group && !chosen.has(other));
      const merged = mergeChains(chain, group.chain);
      const together = new Set([...chosen, group]);
      if (needs.has(group) || !merged || merged.length > limits.tileDims) continue;
      const head = [...together]
        .map((draft) => draft.head)
        .find((product) => product !== undefined);
      if (!fits(together) || (head && !keepsRows(head, merged))) continue;
      if (this.#leadsBack(together, [...needs, ...others])) continue;
      chosen.add(group);
      chain = merged;
    }
    if (chosen.size === 0) {
      this.#begin(node, new Draft(undefined, position), chain);
      return;
    }
    const draft = this.#merge(chosen);
    draft.chain = chain;
    draft.position = position;
    draft.members.push(node);
    this.#groupOf.set(node, draft);
    this.#depend(draft, node);
  }

  /** Whether an operand can be handed over without memory. */
  #inRegister(input: Value, group: Draft, shape: readonly number[]): boolean {
    const value = underReshapes(input);
    if (sizeOf(value.shape) !== sizeOf(shape) || isReduction(value.node)) return false;
    if (value.node !== group.head) return group.members.includes(value.node);
    return withEpilogue.has(value.node.op) && value.dtype === "float32" && sizeOf(shape) > 0;
  }

  #reduce(node: Node, position: number): void {
    const input = node.inputs[0];
    const value = underReshapes(input);
    const split = reducedRanges(node);
    const group = this.#groupOf.get(value.node);
    const chain = group && mergeChains(group.chain, chainOf(input.shape));
    const suits =
      group !== undefined &&
      group.head === undefined &&
      !isReduction(value.node) &&
      group.reductions < limits.reductions &&
      (group.split ?? split) === split &&
      group.members.length < mostMembers &&
      chain !== undefined &&
      chain.length <= limits.tileDims;
    if (!suits) {
      const draft = new Draft(undefined, position);
      draft.split = split;
      draft.reductions = 1;
      this.#begin(node, draft, chainOf(input.shape));
      return;
    }
    group.chain = chain;
    group.split = split;
    group.reductions++;
    group.position = position;
    group.members.push(node);
    this.#groupOf.set(node, group);
  }

  /** Whether anything that groups need, or that is given, needs one of them. */
  #leadsBack(groups: ReadonlySet<Draft>, more: readonly Draft[]): boolean {
    for (const group of groups) {
      for (const other of group.hard) if (groups.has(other)) return true;
    }
    const stack = [...more];
    for (const group of groups) stack.push(...group.before);
    const seen = new Set<Draft>();
    for (let group = stack.pop(); group; group = stack.pop()) {
      if (groups.has(group)) {
        // An own predecessor inside of the set is merged; one that others need is not.
        continue;
      }
      if (seen.has(group)) continue;
      seen.add(group);
      for (const before of group.before) {
        if (groups.has(before)) return true;
        stack.push(before);
      }
    }
    return more.some((group) => groups.has(group));
  }

  #merge(chosen: ReadonlySet<Draft>): Draft {
    const [first, ...rest] = [...chosen];
    if (rest.length === 0) return first;
    const head = [...chosen].map((group) => group.head).find((node) => node !== undefined);
    const draft = new Draft(head, first.position);
    for (const group of chosen) {
      draft.split ??= group.split;
      draft.reductions += group.reductions;
      for (const value of group.loads) {
        const owner = this.#groupOf.get(source(value).node);
        if (!owner || !chosen.has(owner)) draft.loads.add(value);
      }
      for (const before of group.before) if (!chosen.has(before)) draft.before.add(before);
      for (const before of group.hard) draft.hard.add(before);
    }
    draft.members = inOrder([...chosen].flatMap((group) => group.members));
    for (const node of [...draft.members, ...(head ? [head] : [])]) this.#groupOf.set(node, draft);
    this.#all = this.#all.filter((group) => !chosen.has(group));
    this.#all.push(draft);
    for (const group of this.#all) {
      for (const old of chosen) {
        if (group.before.delete(old)) group.before.add(draft);
        if (group.hard.delete(old)) group.hard.add(draft);
      }
    }
    return draft;
  }
}

/** Operands before users. */
function inOrder(nodes: readonly Node[]): Node[] {
  const set = new Set(nodes);
  const done = new Set<Node>();
  const order: Node[] = [];
  const visit = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    for (const input of node.inputs) {
      const producer = underReshapes(input).node;
      if (set.has(producer)) visit(producer);
    }
    order.push(node);
  };
  nodes.forEach(visit);
  return order;
}

/** Whether no dimension of an index space is finer than the rows of a product, which its epilogue sees as a whole. */
export function keepsRows(head: Node, chain: readonly number[]): boolean {
  const columns = head.outputs[0].shape.at(-1) as number;
  return chain.every((block) => block >= columns);
}

/** Whether groups fit into one call. */
function fits(groups: ReadonlySet<Draft>): boolean {
  const list = [...groups];
  const heads = list.filter((group) => group.head !== undefined);
  const splits = new Set(list.flatMap((group) => (group.split === undefined ? [] : [group.split])));
  const loads = new Set(list.flatMap((group) => [...group.loads]));
  const members = list.reduce((sum, group) => sum + group.members.length, 0);
  const reduced = list.reduce((sum, group) => sum + group.reductions, 0);
  return (
    heads.length <= 1 &&
    splits.size <= 1 &&
    (heads.length === 0 || splits.size === 0) &&
    reduced <= limits.reductions &&
    loads.size <= mostLoads &&
    members < mostMembers
  );
}

/** Where the dimensions of an operation must not be merged: where an operand is broadcast, or is no plain memory. */
function boundaries(node: Node, shape: readonly number[]): number[] {
  const plain = node.inputs.every((input) => {
    const size = sizeOf(input.shape);
    return size === 1 || (size === sizeOf(shape) && !isAlias(underReshapes(input).node));
  });
  return plain ? [] : chainOf(shape);
}
