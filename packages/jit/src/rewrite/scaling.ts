/**
 * Moves multiplications by known numbers towards the results.
 *
 * A loss is divided by the batch size, so every gradient carries that factor from the first tensor of the backward pass
 * on, where it costs a pass over memory. All of the backward pass is linear, so the factor can wait until the update,
 * where it is one instruction in a loop.
 */
import { binary, unary } from "../graph/operations/elementwise.ts";
import { scalar } from "../graph/operations/leaves.ts";
import { reshape } from "../graph/operations/reshape.ts";
import { sizeOf } from "../graph/shape.ts";
import { makeValue, type Node, type Value } from "../graph/value.ts";
import { uniformValue } from "./algebra.ts";
import type { Rule } from "./rebuild.ts";

interface Scaled {
  readonly value: Value;
  readonly factor: number;
}

/** A value as a known number times another value. */
function scaled(value: Value): Scaled | undefined {
  const { op, inputs } = value.node;
  if (value.dtype !== "float32") return undefined;
  if (op === "neg") return { value: inputs[0], factor: -1 };
  if (op !== "mul") return undefined;
  for (const side of [0, 1]) {
    const factor = uniformValue(inputs[side]);
    const other = inputs[1 - side];
    if (factor !== undefined && sizeOf(other.shape) === sizeOf(value.shape)) {
      return { value: reshape(other, value.shape), factor };
    }
  }
  return undefined;
}

function times(value: Value, factor: number): Value {
  if (factor === 1) return value;
  return factor === -1 ? unary("neg", value) : binary("mul", value, scalar(factor));
}

function withInputs(node: Node, inputs: readonly Value[]): Value {
  return makeValue({ ...node, inputs }, node.outputs[0]);
}

/** Operations linear in their first input alone. */
const linear = new Set(["reduceSum", "reshape", "transpose", "slice", "expand"]);

/** `op(c x) = c op(x)`. */
const throughLinear: Rule = (node) => {
  if (!linear.has(node.op)) return undefined;
  const input = scaled(node.inputs[0]);
  return input && times(withInputs(node, [input.value]), input.factor);
};

/** `pad(c x) = c pad(x)` when it pads with zeros. */
const throughPad: Rule = (node) => {
  if (node.op !== "pad" || node.attributes.mode !== "constant" || node.attributes.value !== 0) {
    return undefined;
  }
  const input = scaled(node.inputs[0]);
  return input && times(withInputs(node, [input.value]), input.factor);
};

/** `(c x) y = c (x y)` for products of matrices, and of elements when neither side is a known number. */
const throughProduct: Rule = (node) => {
  const [a, b] = node.inputs;
  if (node.op === "mul") {
    if (uniformValue(a) !== undefined || uniformValue(b) !== undefined) return undefined;
  } else if (node.op !== "matMul") return undefined;
  const left = scaled(a);
  const right = scaled(b);
  if (!left && !right) return undefined;
  const size = sizeOf(node.outputs[0].shape);
  const small = (side: Scaled | undefined, whole: Value): boolean =>
    side !== undefined && node.op === "mul" && sizeOf(whole.shape) < size;
  if (small(left, a) || small(right, b)) return undefined;
  const factor = Math.fround((left?.factor ?? 1) * (right?.factor ?? 1));
  return times(withInputs(node, [left?.value ?? a, right?.value ?? b]), factor);
};

/** `c x + c y = c (x + y)`, and with opposite signs. */
const throughSum: Rule = (node) => {
  if (node.op !== "add" && node.op !== "sub") return undefined;
  const [a, b] = node.inputs.map(scaled);
  if (!a || !b || Math.abs(a.factor) !== Math.abs(b.factor)) return undefined;
  if (sizeOf(a.value.shape) !== sizeOf(b.value.shape)) return undefined;
  const subtract = (a.factor === b.factor) === (node.op === "sub");
  return times(binary(subtract ? "sub" : "add", a.value, b.value), a.factor);
};

/** `c (d x) = (c d) x`. */
const mergeFactors: Rule = (node) => {
  const outer = scaled(node.outputs[0]);
  const inner = outer && scaled(outer.value);
  if (!inner) return undefined;
  return times(inner.value, Math.fround(outer.factor * inner.factor));
};

/** `select(p, c x, 0) = c select(p, x, 0)`. */
const throughMask: Rule = (node) => {
  if (node.op !== "select" || !Object.is(uniformValue(node.inputs[2]), 0)) return undefined;
  const [condition, chosen, zero] = node.inputs;
  const input = scaled(chosen);
  return input && times(withInputs(node, [condition, input.value, zero]), input.factor);
};

/** The rows, in the order in which they are tried. */
export const scaling: readonly Rule[] = [
  mergeFactors,
  throughLinear,
  throughPad,
  throughProduct,
  throughSum,
  throughMask,
];
