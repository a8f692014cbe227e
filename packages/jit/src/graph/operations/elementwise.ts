import type { DType } from "../../types.ts";
import { broadcastShapes } from "../shape.ts";
import { makeValue, type Attributes, type Value } from "../value.ts";

/**
 * Functions of one number, applied to every element. Names and meaning are those of TF.js.
 *
 * `clip` has the attributes `min` and `max`, `leakyRelu` and `step` (of float32) have `alpha`.
 */
export const unaryOperations = [
  "abs",
  "acos",
  "acosh",
  "asin",
  "asinh",
  "atan",
  "atanh",
  "ceil",
  "clip",
  "cos",
  "cosh",
  "elu",
  "erf",
  "exp",
  "expm1",
  "floor",
  "isInf",
  "isNan",
  "leakyRelu",
  "log",
  "log1p",
  "neg",
  "not",
  "reciprocal",
  "relu",
  "round",
  "selu",
  "sigmoid",
  "sign",
  "sin",
  "sinh",
  "softplus",
  "sqrt",
  "step",
  "tan",
  "tanh",
] as const;

/** A name in {@link unaryOperations}. */
export type UnaryOperation = (typeof unaryOperations)[number];

const predicates = new Set<string>(["isInf", "isNan"]);

/** Applies a function of one number to every element; `isInf` and `isNan` give booleans. */
export function unary(op: UnaryOperation, x: Value, attributes: Attributes = {}): Value {
  return makeValue(
    { op, inputs: [x], attributes },
    { shape: x.shape, dtype: predicates.has(op) ? "bool" : x.dtype },
  );
}

/**
 * Functions of two numbers that keep the type, but for `floorDiv`, whose result is int32.
 *
 * Results of int32 are exact modulo 2^32, those of `floorDiv` and `mod` by 0 are 0. `mod` takes the sign of the divisor
 * (floored), `div` of integers is not defined: cast first.
 */
export const binaryOperations = [
  "add",
  "sub",
  "mul",
  "div",
  "floorDiv",
  "pow",
  "max",
  "min",
  "mod",
] as const;

/** Comparisons and logic: the result is boolean. */
export const comparisonOperations = [
  "equal",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "and",
  "or",
] as const;

/** A name in {@link binaryOperations} or {@link comparisonOperations}. */
export type BinaryOperation =
  (typeof binaryOperations)[number] | (typeof comparisonOperations)[number];

const comparisons = new Set<string>(comparisonOperations);

/** Applies a function of two numbers, broadcasting by NumPy's rules; both sides have the same type. */
export function binary(op: BinaryOperation, a: Value, b: Value): Value {
  if (a.dtype !== b.dtype) {
    throw new TypeError(`internal: ${op} needs equal types, got ${a.dtype} and ${b.dtype}`);
  }
  return makeValue(
    { op, inputs: [a, b] },
    {
      shape: broadcastShapes(a.shape, b.shape),
      dtype: comparisons.has(op) ? "bool" : op === "floorDiv" ? "int32" : a.dtype,
    },
  );
}

/** `condition ? a : b`, element by element, broadcasting all three. */
export function select(condition: Value, a: Value, b: Value): Value {
  const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
  return makeValue({ op: "select", inputs: [condition, a, b] }, { shape, dtype: a.dtype });
}

/** Converts the type: to int32 towards zero, to bool by `!= 0`. The same type returns the value itself. */
export function cast(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  return makeValue({ op: "cast", inputs: [x], attributes: { dtype } }, { shape: x.shape, dtype });
}
