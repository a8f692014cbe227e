import type { Graph, Node, Value } from "./value.ts";

/** All nodes that the given values need, inputs before users; no recursion, so depth is not limited. */
export function topologicalOrder(roots: readonly Value[]): Node[] {
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
      for (let i = node.inputs.length - 1; i >= 0; i--) {
        const input = node.inputs[i].node;
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
