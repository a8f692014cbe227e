/** Rules that need no more than school algebra: each is one row, tried in order. */
import {
  binary,
  cast as castTo,
  unary,
  type BinaryOperation,
} from "../graph/operations/elementwise.ts";
import { arrayFor, constant, scalar } from "../graph/operations/leaves.ts";
import { reduce } from "../graph/operations/reduce.ts";
import { expand, reshape, transpose } from "../graph/operations/reshape.ts";
import { broadcastShapes, sameShape, sizeOf } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";
import type { Rule } from "./rebuild.ts";

/** The number that a value is everywhere, if that is known. */
export function uniformValue(value: Value): number | undefined {
  const { op, data, inputs } = value.node;
  if (op === "constant") return sizeOf(value.shape) === 1 ? data?.[0] : undefined;
  if (op === "expand" || op === "reshape") return uniformValue(inputs[0]);
  return undefined;
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
};

const functions: Readonly<Record<string, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
};

/** What a binary operation with a known number on one side comes to; adding 0 would make 0 of -0, adding -0 changes nothing. */
const identities: readonly {
  readonly op: string;
  readonly side: 0 | 1;
  readonly number: number;
  readonly gives: "other" | "negated";
}[] = [
  { op: "add", side: 0, number: -0, gives: "other" },
  { op: "add", side: 1, number: -0, gives: "other" },
  { op: "sub", side: 1, number: 0, gives: "other" },
  { op: "mul", side: 0, number: 1, gives: "other" },
  { op: "mul", side: 1, number: 1, gives: "other" },
  { op: "mul", side: 0, number: -1, gives: "negated" },
  { op: "mul", side: 1, number: -1, gives: "negated" },
  { op: "div", side: 1, number: 1, gives: "other" },
];

const result = (node: Node): Value => node.outputs[0];

/** Removes operations that do not change their operand. */
const dropIdentity: Rule = (node) => {
  const { dtype } = result(node);
  for (const { op, side, number, gives } of identities) {
    if (node.op !== op) continue;
    const known = uniformValue(node.inputs[side]);
    if (dtype === "float32" ? !Object.is(known, number) : known !== number) continue;
    const other = node.inputs[1 - side];
    if (!sameShape(other.shape, result(node).shape)) continue;
    return gives === "other" ? other : unary("neg", other);
  }
  return undefined;
};

/** Computes on single numbers at compile time, rounding as float32 does. */
const foldNumbers: Rule = (node) => {
  const { dtype, shape } = result(node);
  if (dtype !== "float32") return undefined;
  const [a, b] = node.inputs.map(uniformValue);
  const two = arithmetic[node.op];
  const one = functions[node.op];
  if (two && a !== undefined && b !== undefined) return expand(scalar(two(a, b)), shape);
  if (one && a !== undefined) return expand(scalar(one(a)), shape);
  return undefined;
};

/** Lets an operation broadcast a single number itself. */
const absorbBroadcast: Rule = (node) => {
  if (
    node.inputs.length !== 2 ||
    !/^(add|sub|mul|div|max|min|equal|less|greater|lessEqual|greaterEqual|pow)$/.test(node.op)
  )
    return undefined;
  const narrowed = node.inputs.map((input) => narrow(input));
  if (narrowed.every((input, i) => input === node.inputs[i])) return undefined;
  const [a, b] = narrowed as [Value, Value];
  const shape = broadcastShapes(a.shape, b.shape);
  const value = binary(node.op as BinaryOperation, a, b);
  return sameShape(shape, result(node).shape) ? value : undefined;
};

/** The value before a broadcast, when broadcasting rules alone give the same alignment. */
function narrow(value: Value): Value {
  if (value.node.op !== "expand") return value;
  const source = value.node.inputs[0];
  return sizeOf(source.shape) === 1 ? reshape(source, []) : source;
}

/** Merges consecutive reshapes, transposes and casts of constants. */
const mergeShapes: Rule = (node) => {
  const input = node.inputs[0];
  if (!input) return undefined;
  const inner = input.node;
  if (node.op === "reshape") {
    if (inner.op === "reshape") return reshape(inner.inputs[0], result(node).shape);
    if (inner.op === "constant" && inner.data) {
      return constant(inner.data, result(node).shape, input.dtype);
    }
    if (inner.op === "expand" && sizeOf(inner.inputs[0].shape) === 1) {
      return expand(reshape(inner.inputs[0], []), result(node).shape);
    }
  }
  if (node.op === "transpose" && inner.op === "transpose") {
    const outerPerm = node.attributes.perm as readonly number[];
    const innerPerm = inner.attributes.perm as readonly number[];
    return transpose(
      inner.inputs[0],
      outerPerm.map((p) => innerPerm[p]),
    );
  }
  return undefined;
};

/** A transpose that only moves dimensions of size 1 is a reshape, which costs nothing. */
const transposeAsReshape: Rule = (node) => {
  if (node.op !== "transpose") return undefined;
  const input = node.inputs[0];
  const perm = node.attributes.perm as readonly number[];
  const moved = perm.filter((p) => input.shape[p] !== 1);
  const ordered = moved.every((p, i) => i === 0 || p > moved[i - 1]);
  return ordered ? reshape(input, result(node).shape) : undefined;
};

/** Casts of known numbers, and casts of a boolean by way of another type. */
const foldCast: Rule = (node) => {
  if (node.op !== "cast") return undefined;
  const input = node.inputs[0];
  const { dtype, shape } = result(node);
  const number = uniformValue(input);
  if (number !== undefined) {
    const cast =
      dtype === "bool" ? Number(number !== 0) : dtype === "int32" ? Math.trunc(number) : number;
    return expand(scalar(cast, dtype), shape);
  }
  if (input.node.op === "cast" && input.node.inputs[0].dtype === "bool") {
    return castTo(input.node.inputs[0], dtype);
  }
  if (input.node.op === "constant" && input.node.data && dtype !== "bool") {
    return constant(arrayFor(dtype, input.node.data), shape, dtype);
  }
  return undefined;
};

/** The sum of one number over and over is a product. */
const foldReduceOfUniform: Rule = (node) => {
  if (node.op !== "reduceSum") return undefined;
  const input = node.inputs[0];
  const number = uniformValue(input);
  if (number === undefined || input.dtype !== "float32") return undefined;
  const count = sizeOf(input.shape) / Math.max(1, sizeOf(result(node).shape));
  return expand(scalar(number * count), result(node).shape);
};

/** Sums over leading axes as a sum over the first axis of a matrix, which runtimes do best. */
const flattenLeadingSum: Rule = (node) => {
  if (node.op !== "reduceSum") return undefined;
  const input = node.inputs[0];
  const axes = [...(node.attributes.axes as readonly number[])].sort((a, b) => a - b);
  const rank = input.shape.length;
  if (axes.length < 2 || axes.length === rank || !axes.every((axis, i) => axis === i))
    return undefined;
  const kept = sizeOf(input.shape.slice(axes.length));
  const matrix = reshape(input, [sizeOf(input.shape.slice(0, axes.length)), kept]);
  return reshape(reduce("reduceSum", matrix, { axes: [0] }), result(node).shape);
};

/** `x + (-y)` and `x - (-y)`. */
const negations: Rule = (node) => {
  const [a, b] = node.inputs;
  if (!a) return undefined;
  if (node.op === "neg" && a.node.op === "neg") return a.node.inputs[0];
  if (!b || b.node.op !== "neg") return undefined;
  const inner = b.node.inputs[0];
  if (node.op === "add") return binary("sub", a, inner);
  if (node.op === "sub") return binary("add", a, inner);
  return undefined;
};

/** The rows, in the order in which they are tried. */
export const algebra: readonly Rule[] = [
  foldNumbers,
  foldCast,
  dropIdentity,
  absorbBroadcast,
  mergeShapes,
  transposeAsReshape,
  foldReduceOfUniform,
  flattenLeadingSum,
  negations,
];
