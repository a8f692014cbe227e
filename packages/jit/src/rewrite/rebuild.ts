import { makeNode, type Graph, type Node, type Value } from "../graph/value.ts";
import { results, topologicalOrder } from "../graph/walk.ts";

/** Gives a value to stand for the node's only result, or `undefined` to leave the node as it is. */
export type Rule = (node: Node) => Value | undefined;

/**
 * Walks a graph once from its leaves, applying rules to every node over its already rewritten inputs.
 *
 * A rule's result is not visited again; what it leaves for other rules is found in the next pass.
 */
export function rebuild(graph: Graph, rules: readonly Rule[]): { graph: Graph; changed: boolean } {
  const now = new Map<Value, Value>();
  const map = (value: Value): Value => now.get(value) ?? value;
  let changed = false;
  for (const node of topologicalOrder(results(graph))) {
    const fresh = withInputs(node, node.inputs.map(map));
    const replacement = fresh.outputs.length === 1 ? applyRules(fresh, rules) : undefined;
    if (replacement) changed = true;
    node.outputs.forEach((output, i) => {
      now.set(output, replacement ?? fresh.outputs[i]);
    });
  }
  return {
    changed,
    graph: {
      feeds: graph.feeds,
      state: graph.state,
      outputs: graph.outputs.map(({ name, value }) => ({ name, value: map(value) })),
      updates: graph.updates.map(({ state, value }) => ({ state, value: map(value) })),
    },
  };
}

function withInputs(node: Node, inputs: readonly Value[]): Node {
  if (inputs.every((input, i) => input === node.inputs[i])) return node;
  return makeNode({ ...node, inputs }, node.outputs);
}

function applyRules(node: Node, rules: readonly Rule[]): Value | undefined {
  for (const rule of rules) {
    const value = rule(node);
    if (value) return value;
  }
  return undefined;
}
