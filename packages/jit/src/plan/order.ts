/**
 * In which order groups run, and which new state can be written where the old one lies.
 *
 * A variable may be overwritten once everything that reads its old value has run. Where the order of the groups allows
 * that, the group that computes the new value writes it in place; else the new value waits in the arena and is copied at
 * the end.
 */
import { sizeOf } from "../graph/shape.ts";
import type { Graph, Node, Value } from "../graph/value.ts";
import { isReduction, source, underReshapes, type Group } from "./fuse.ts";

/** The order of a program's groups. */
export interface Order {
  readonly groups: readonly Group[];
  /** For each new value that is written in place, the number of its variable. */
  readonly inPlace: ReadonlyMap<Value, number>;
}

/** Orders groups. */
export function order(graph: Graph, groups: readonly Group[]): Order {
  const before = new Map<Group, Set<Group>>(groups.map((group) => [group, new Set(group.before)]));
  const groupOf = new Map<Node, Group>();
  for (const group of groups) {
    for (const node of operationsOf(group)) groupOf.set(node, group);
  }
  const readers = readersOf(groups);
  const inPlace = new Map<Value, number>();
  for (const { state, value } of graph.updates) {
    const result = underReshapes(value);
    const group = groupOf.get(result.node);
    const old = graph.state[state];
    const others = [...(readers.get(old) ?? [])].filter((reader) => reader !== group);
    if (!group || !readsInStep(group, old, result)) continue;
    if (leadsTo(before, others, group)) continue;
    for (const reader of others) before.get(group)?.add(reader);
    inPlace.set(result, state);
  }
  return { groups: sort(groups, before), inPlace };
}

/** The operations of a group. */
export function operationsOf({ head, members }: Group): Node[] {
  return head ? [head, ...members] : [...members];
}

function readersOf(groups: readonly Group[]): Map<Value, Set<Group>> {
  const readers = new Map<Value, Set<Group>>();
  for (const group of groups) {
    for (const node of operationsOf(group)) {
      for (const input of node.inputs) {
        const value = source(input);
        if (value.node.op !== "state") continue;
        const known = readers.get(value);
        if (known) known.add(group);
        else readers.set(value, new Set([group]));
      }
    }
  }
  return readers;
}

/** Whether a group reads the old value, if at all, element by element just before it writes the new one. */
function readsInStep(group: Group, old: Value, result: Value): boolean {
  const reads = (node: Node): Value[] => node.inputs.filter((input) => source(input) === old);
  const head = group.head;
  if (head && reads(head).length > 0) return false;
  const all = group.members.flatMap(reads);
  if (all.length === 0) return true;
  if (
    isReduction(result.node) ||
    !group.members.some((node) => node === result.node || node.inputs.length > 0)
  ) {
    return false;
  }
  return all.every(
    (input) => underReshapes(input) === old && sizeOf(input.shape) === sizeOf(result.shape),
  );
}

/** Whether one of some groups must run after another. */
function leadsTo(
  before: ReadonlyMap<Group, ReadonlySet<Group>>,
  from: readonly Group[],
  to: Group,
): boolean {
  const stack = [...from];
  const seen = new Set<Group>();
  for (let group = stack.pop(); group; group = stack.pop()) {
    if (group === to) return true;
    if (seen.has(group)) continue;
    seen.add(group);
    stack.push(...(before.get(group) ?? []));
  }
  return false;
}

/** Groups after those that they need, otherwise as the graph has them. */
function sort(groups: readonly Group[], before: ReadonlyMap<Group, ReadonlySet<Group>>): Group[] {
  const sorted: Group[] = [];
  const state = new Map<Group, "open" | "done">();
  const byPosition = [...groups].sort((a, b) => a.position - b.position);
  for (const start of byPosition) {
    const stack = [start];
    for (let group = stack.at(-1); group; group = stack.at(-1)) {
      const seen = state.get(group);
      if (seen !== undefined) {
        stack.pop();
        if (seen === "open") {
          state.set(group, "done");
          sorted.push(group);
        }
        continue;
      }
      state.set(group, "open");
      const needed = [...(before.get(group) ?? [])].sort((a, b) => b.position - a.position);
      for (const other of needed) {
        if (state.get(other) === "open") throw new Error("internal: groups need one another");
        if (!state.has(other)) stack.push(other);
      }
    }
  }
  return sorted;
}
