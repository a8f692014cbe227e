/** Moves reshapes, which cost nothing, behind elementwise operations, so that these stand next to the products they can be fused with. */
import {
  binary,
  unary,
  type BinaryOperation,
  type UnaryOperation,
} from "../graph/operations/elementwise.ts";
import { reshape, slice } from "../graph/operations/reshape.ts";
import { sameShape, sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { Rule } from "./rebuild.ts";

const unaryMoved = new Set(["relu", "sigmoid", "tanh", "exp", "neg", "step"]);
const binaryMoved = new Set(["add", "sub", "mul", "greater"]);

function source(value: Value): Value | undefined {
  return value.node.op === "reshape" ? value.node.inputs[0] : undefined;
}

/** `f(reshape(x)) = reshape(f(x))`. */
const behindUnary: Rule = (node) => {
  if (!unaryMoved.has(node.op)) return undefined;
  const x = source(node.inputs[0]);
  return x && reshape(unary(node.op as UnaryOperation, x, node.attributes), node.outputs[0].shape);
};

/** `f(reshape(x), reshape(y)) = reshape(f(x, y))` when both were reshaped alike, or `y` is a number or one per channel. */
const behindBinary: Rule = (node) => {
  if (!binaryMoved.has(node.op)) return undefined;
  const [a, b] = node.inputs;
  const { shape } = node.outputs[0];
  const op = node.op as BinaryOperation;
  const left = source(a);
  const right = source(b);
  if (left && right && sameShape(left.shape, right.shape) && sameShape(a.shape, b.shape)) {
    return reshape(binary(op, left, right), shape);
  }
  if (left && sameShape(a.shape, shape) && followsLastAxis(b, left, shape)) {
    return reshape(binary(op, left, b), shape);
  }
  return undefined;
};

/** Whether `b` broadcasts against `x` as it does against the reshaped `x`. */
function followsLastAxis(b: Value, x: Value, shape: readonly number[]): boolean {
  if (b.shape.length === 0) return true;
  const channels = shape.at(-1);
  return (
    b.shape.length === 1 &&
    sizeOf(b.shape) === channels &&
    x.shape.at(-1) === channels &&
    x.shape.length >= 1
  );
}

/** A slice of a slice, both without steps, is one slice. */
const mergeSlices: Rule = (node) => {
  const inner = node.inputs.at(0)?.node;
  if (node.op !== "slice" || inner?.op !== "slice") return undefined;
  const steps = [node, inner].map((n) => n.attributes.strides as readonly number[]);
  if (steps.flat().some((step) => step !== 1)) return undefined;
  const [outer, under] = [node, inner].map((n) => n.attributes.begin as readonly number[]);
  const begin = outer.map((b, i) => b + under[i]);
  return slice(inner.inputs[0], { begin, size: node.outputs[0].shape });
};

/** The rows, in the order in which they are tried. */
export const reshapes: readonly Rule[] = [behindUnary, behindBinary, mergeSlices];
