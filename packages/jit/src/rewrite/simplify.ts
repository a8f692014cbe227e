import type { Graph } from "../graph/value.ts";
import { algebra } from "./algebra.ts";
import { shareEqualNodes } from "./commonSubexpressions.ts";
import { convolutionAsProducts } from "./convolution/products.ts";
import { biasIntoConvolution } from "./bias.ts";
import { maskFromResult } from "./masks.ts";
import { rebuild, type Rule } from "./rebuild.ts";
import { reshapes } from "./reshapes.ts";
import { scaling } from "./scaling.ts";

/** More passes than any graph seen needs; a bound so that two rules that undo each other cannot hang a compilation. */
const passLimit = 20;

/** What {@link simplify} may do. */
export interface SimplifyOptions {
  /** Convolutions as matrix products, which run faster (default), or kept as operators, which others read better. */
  readonly convolutions?: "products" | "keep";
}

/** Applies all rules until nothing changes. The result computes the same, up to the rounding of reordered sums. */
export function simplify(graph: Graph, { convolutions = "products" }: SimplifyOptions = {}): Graph {
  const simple = untilStable(graph, [...algebra, ...scaling]);
  if (convolutions === "keep") return simple;
  const fused = untilStable(simple, [biasIntoConvolution, ...algebra, ...scaling]);
  return untilStable(fused, [convolutionAsProducts(), ...algebra, ...scaling, ...reshapes]);
}

function untilStable(graph: Graph, rules: readonly Rule[]): Graph {
  let current = graph;
  for (let pass = 0; pass < passLimit; pass++) {
    const { graph: next, changed } = rebuild(current, [
      ...rules,
      maskFromResult(current),
      shareEqualNodes(current),
    ]);
    current = next;
    if (!changed) break;
  }
  return current;
}
