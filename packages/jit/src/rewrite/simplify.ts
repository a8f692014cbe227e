import type { Graph } from "../graph/value.ts";
import { algebra } from "./algebra.ts";
import { shareEqualNodes } from "./commonSubexpressions.ts";
import { rebuild } from "./rebuild.ts";

/** More passes than any graph seen needs; a bound so that two rules that undo each other cannot hang a compilation. */
const passLimit = 20;

/** Applies all rules until nothing changes. The result computes the same, up to the rounding of reordered sums. */
export function simplify(graph: Graph): Graph {
  let current = graph;
  for (let pass = 0; pass < passLimit; pass++) {
    const { graph: next, changed } = rebuild(current, [...algebra, shareEqualNodes(current)]);
    current = next;
    if (!changed) break;
  }
  return current;
}
