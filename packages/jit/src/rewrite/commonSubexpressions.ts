import type { Graph, Node, Value } from "../graph/value.ts";
import type { Rule } from "./rebuild.ts";

/** A rule that lets nodes of equal operation, inputs, attributes and small data share one; make one per pass. */
export function shareEqualNodes(graph: Graph): Rule {
  const numbers = new Map<Value, number>();
  const known = new Map<string, Value>();
  const leaves = new Set([...graph.feeds.map((f) => f.value), ...graph.state]);
  const number = (value: Value): number => {
    const existing = numbers.get(value);
    if (existing !== undefined) return existing;
    numbers.set(value, numbers.size);
    return numbers.size - 1;
  };
  return (node) => {
    const value = node.outputs[0];
    if (leaves.has(value)) return undefined;
    const key = keyOf(node, number);
    if (key === undefined) return undefined;
    const first = known.get(key);
    if (first === undefined) {
      known.set(key, value);
      return undefined;
    }
    return first === value ? undefined : first;
  };
}

/** Constants of more elements than this are told apart by identity. */
const largestCompared = 64;

function keyOf(node: Node, number: (value: Value) => number): string | undefined {
  const { op, inputs, attributes, data, outputs } = node;
  if (data && data.length > largestCompared) return undefined;
  const { dtype, shape } = outputs[0];
  const values = data ? Array.from(data, (v) => (Object.is(v, -0) ? "-0" : String(v))).join() : "";
  return `${op}|${inputs.map(number).join()}|${JSON.stringify(attributes)}|${dtype}[${shape.join()}]|${values}`;
}
