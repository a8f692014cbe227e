import type { Graph, Node, Value } from "./value.ts";

/**
 * All nodes that the given values need, inputs before users; no recursion, so depth is not limited.
 *
 * @param inputsOf what a node is taken to need; an order that stops somewhere leaves values out
 */
export function topologicalOrder(
  roots: readonly Value[],
  inputsOf: (node: Node) => readonly Value[] = ({ inputs }) => inputs,
): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack: Node[] = [];
  for (const root of roots) {
    stack.push(root.node);
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      const seen = state.get(node);
      if (seen) {
        stack.pop();
        if (seen === "open") {
          state.set(node, "done");
          order.push(node);
        }
        continue;
      }
      state.set(node, "open");
      const inputs = inputsOf(node);
      for (let i = inputs.length - 1; i >= 0; i--) {
        const input = inputs[i].node;
        if (!state.has(input)) stack.push(input);
      }
    }
  }
  return order;
}

/** The values that a graph must compute: its outputs, then its updates. */
export function results(graph: Graph): Value[] {
  return [...graph.outputs.map((o) => o.value), ...graph.updates.map((u) => u.value)];
}
