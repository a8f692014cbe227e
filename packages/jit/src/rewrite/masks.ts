import type { Graph, Value } from "../graph/value.ts";
import { results, topologicalOrder } from "../graph/walk.ts";
import { binary, unary } from "../graph/operations/elementwise.ts";
import { uniformValue } from "./algebra.ts";
import type { Rule } from "./rebuild.ts";

/**
 * A rule that asks the result of a relu whether its operand was positive: `x > 0` is `relu(x) > 0`, `step(x)` is `step(relu(x))`.
 *
 * The gradient of relu then needs the operand no more, and the runtime fuses the relu into the product before it.
 */
export function maskFromResult(graph: Graph): Rule {
  const resultOf = new Map<Value, Value>();
  for (const node of topologicalOrder(results(graph))) {
    if (node.op === "relu") resultOf.set(node.inputs[0], node.outputs[0]);
  }
  return (node) => {
    if (node.op === "step") {
      const result = resultOf.get(node.inputs[0]);
      return result && unary("step", result, node.attributes);
    }
    if (node.op !== "greater" || uniformValue(node.inputs[1]) !== 0) return undefined;
    const result = resultOf.get(node.inputs[0]);
    return result && binary("greater", result, node.inputs[1]);
  };
}
