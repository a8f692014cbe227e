/** Brings a graph into the form that kernels take: one row per rule. */
import { argExtreme } from "../graph/operations/reduce.ts";
import { binary, cast, select } from "../graph/operations/elementwise.ts";
import { scalar } from "../graph/operations/leaves.ts";
import { reshape } from "../graph/operations/reshape.ts";
import { makeValue, type Graph, type Value } from "../graph/value.ts";
import { uniformValue } from "../rewrite/algebra.ts";
import { rebuild, type Rule } from "../rewrite/rebuild.ts";
import { nearestCode } from "./nearest.ts";
import { countsOfChoices, sumsByChoice } from "./oneHot.ts";
import { isAlias, isLeaf, isReduction, reducedRanges, underReshapes } from "./fuse.ts";

const floatOnly = new Set(["matMul", "maxPool2d", "averagePool2d", "softmax"]);

/** Products and the like are float32; integers go there and back. */
const throughFloat: Rule = (node) => {
  const [result] = node.outputs;
  if (!floatOnly.has(node.op) || result.dtype === "float32") return undefined;
  const inputs = node.inputs.map((input) => cast(input, "float32"));
  const { shape } = result;
  return cast(makeValue({ ...node, inputs }, { shape, dtype: "float32" }), result.dtype);
};

/** A reduction of single elements is the element. */
const trivialReduction: Rule = (node) =>
  isReduction(node) && reducedRanges(node) === "[]"
    ? reshape(node.inputs[0], node.outputs[0].shape)
    : undefined;

/** Booleans are compared as integers. */
const extremeOfBooleans: Rule = (node) =>
  (node.op === "argMin" || node.op === "argMax") && node.inputs[0].dtype === "bool"
    ? argExtreme(node.op, cast(node.inputs[0], "int32"), node.attributes.axis as number)
    : undefined;

/** The gradient of relu, `dy` times 1 or 0, chooses instead; where the relu is 0 an infinite or undefined `dy` gives 0, and so does any where the relu is NaN. */
const reluGradient: Rule = (node) => {
  if (node.op !== "mul" || node.outputs[0].dtype !== "float32") return undefined;
  for (const side of [0, 1]) {
    const mask = node.inputs[side].node;
    if (mask.op !== "step" || mask.attributes.alpha !== 0) continue;
    if (underReshapes(mask.inputs[0]).node.op !== "relu") continue;
    return select(binary("greater", mask.inputs[0], scalar(0)), node.inputs[1 - side], scalar(0));
  }
  return undefined;
};

const rules: readonly Rule[] = [
  throughFloat,
  trivialReduction,
  extremeOfBooleans,
  reluGradient,
  nearestCode,
  sumsByChoice,
  countsOfChoices,
];

/** A value of its own memory for everything that the program gives. */
function withCopies(graph: Graph): Graph {
  const taken = new Set<Value>();
  const own = (value: Value, once: boolean): Value => {
    const under = underReshapes(value);
    const computed =
      !isLeaf(under.node) && !isAlias(under.node) && uniformValue(value) === undefined;
    if (computed && !(once && taken.has(under))) {
      if (once) taken.add(under);
      return value;
    }
    return copyOf(value);
  };
  return {
    ...graph,
    updates: graph.updates.map(({ state, value }) => ({ state, value: own(value, true) })),
    outputs: graph.outputs.map(({ name, value }) => ({ name, value: own(value, false) })),
  };
}

function copyOf(value: Value): Value {
  return makeValue({ op: "copy", inputs: [value] }, value);
}

/** Applies the rules; the graph computes the same. */
export function legalize(graph: Graph): Graph {
  return withCopies(rebuild(graph, rules).graph);
}
