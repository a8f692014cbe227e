import type { DType } from "../../types.ts";
import {
  castTo,
  scalarOf,
  throughInt32,
  type Emitter,
  type Operator,
  type OperatorTable,
} from "./emitter.ts";

const one =
  (opType: string): Operator =>
  (_, inputs, emit) =>
    emit.node(opType, inputs);

/** Comparisons of booleans are made on integers, and so yield booleans by themselves. */
const comparison =
  (opType: string): Operator =>
  (node, inputs, emit) => {
    const numbers = inputs.map((name, i) =>
      node.inputs[i].dtype === "bool" ? castTo(emit, name, "int32") : name,
    );
    return emit.node(opType, numbers);
  };

/** 1 for 0, which ends the process, and for -1, which does so below the least integer; remainders stay 0. */
function harmlessDivisor(divisor: string, emit: Emitter): string {
  const isOne = (value: number): string =>
    emit.node("Equal", [divisor, scalarOf(emit, value, "int32")]);
  const harmful = emit.node("Or", [isOne(0), isOne(-1)]);
  return emit.node("Where", [harmful, scalarOf(emit, 1, "int32"), divisor]);
}

/** ONNX cuts quotients: one less where a remainder has another sign than the divisor. */
const floorOfIntegers = throughInt32((_, [a, b], emit) => {
  const zero = scalarOf(emit, 0, "int32");
  const divisor = harmlessDivisor(b, emit);
  const quotient = emit.node("Div", [a, divisor]);
  const rest = emit.node("Sub", [a, emit.node("Mul", [quotient, divisor])]);
  const isBelow = (x: string): string => emit.node("Less", [x, zero]);
  const differ = emit.node("Xor", [isBelow(rest), isBelow(divisor)]);
  const inexact = emit.node("Not", [emit.node("Equal", [rest, zero])]);
  const less = castTo(emit, emit.node("And", [differ, inexact]), "int32");
  const floor = emit.node("Sub", [quotient, less]);
  const minusOne = emit.node("Equal", [b, scalarOf(emit, -1, "int32")]);
  const whole = emit.node("Where", [minusOne, emit.node("Neg", [a]), floor]);
  return emit.node("Where", [emit.node("Equal", [b, zero]), zero, whole]);
});

/** Element by element: most are one ONNX operator. */
export const elementwiseOperators: OperatorTable = {
  abs: one("Abs"),
  acos: one("Acos"),
  acosh: one("Acosh"),
  add: throughInt32(one("Add")),
  and: one("And"),
  asin: one("Asin"),
  asinh: one("Asinh"),
  atan: one("Atan"),
  atanh: one("Atanh"),
  cast: (node, [x], emit) => castTo(emit, x, node.attributes.dtype as DType),
  ceil: one("Ceil"),
  clip: ({ attributes }, [x], emit) =>
    emit.node("Clip", [
      x,
      scalarOf(emit, attributes.min as number),
      scalarOf(emit, attributes.max as number),
    ]),
  cos: one("Cos"),
  cosh: one("Cosh"),
  div: one("Div"),
  elu: one("Elu"),
  equal: one("Equal"),
  erf: one("Erf"),
  exp: one("Exp"),
  // Less exact near 0 than on other engines: ONNX has neither this nor log1p.
  expm1: (_, inputs, emit) => emit.node("Sub", [emit.node("Exp", inputs), scalarOf(emit, 1)]),
  floor: one("Floor"),
  floorDiv: (node, inputs, emit) =>
    node.inputs[0].dtype === "float32"
      ? castTo(emit, emit.node("Floor", [emit.node("Div", inputs)]), "int32")
      : floorOfIntegers(node, inputs, emit),
  greater: comparison("Greater"),
  greaterEqual: comparison("GreaterOrEqual"),
  isInf: one("IsInf"),
  isNan: one("IsNaN"),
  leakyRelu: ({ attributes }, inputs, emit) =>
    emit.node("LeakyRelu", inputs, { alpha: { float: attributes.alpha as number } }),
  less: comparison("Less"),
  lessEqual: comparison("LessOrEqual"),
  log: one("Log"),
  log1p: (_, [x], emit) => emit.node("Log", [emit.node("Add", [x, scalarOf(emit, 1)])]),
  max: throughInt32(one("Max")),
  min: throughInt32(one("Min")),
  // Floored. ONNX has it for integers only; fmod's result has the sign of the dividend and is moved where signs differ.
  mod: (node, [a, b], emit) => {
    const { dtype } = node.inputs[0];
    if (dtype !== "float32") {
      const [x, y] = [a, b].map((name) => (dtype === "bool" ? castTo(emit, name, "int32") : name));
      const rest = emit.node("Mod", [x, harmlessDivisor(y, emit)]);
      return dtype === "bool" ? castTo(emit, rest, "bool") : rest;
    }
    const zero = scalarOf(emit, 0);
    const rest = emit.node("Mod", [a, b], { fmod: 1 });
    const negative = emit.node("Less", [rest, zero]);
    const differ = emit.node("Xor", [negative, emit.node("Less", [b, zero])]);
    const nonzero = emit.node("Not", [emit.node("Equal", [rest, zero])]);
    const moved = emit.node("Add", [rest, b]);
    return emit.node("Where", [emit.node("And", [differ, nonzero]), moved, rest]);
  },
  mul: throughInt32(one("Mul")),
  neg: one("Neg"),
  not: one("Not"),
  or: one("Or"),
  pow: one("Pow"),
  reciprocal: one("Reciprocal"),
  relu: one("Relu"),
  round: one("Round"),
  select: (node, [condition, a, b], emit) => {
    if (node.outputs[0].dtype !== "bool") return emit.node("Where", [condition, a, b]);
    const numbers = [a, b].map((name) => castTo(emit, name, "int32"));
    return castTo(emit, emit.node("Where", [condition, ...numbers]), "bool");
  },
  selu: one("Selu"),
  sigmoid: one("Sigmoid"),
  // ONNX's Sign is missing on WebGPU and slow on CPU; this one also maps NaN to 0, as TF.js does.
  sign: (node, [x], emit) => {
    const { dtype } = node.outputs[0];
    const zero = scalarOf(emit, 0, dtype);
    const above = castTo(emit, emit.node("Greater", [x, zero]), dtype);
    const below = castTo(emit, emit.node("Less", [x, zero]), dtype);
    return emit.node("Sub", [above, below]);
  },
  sin: one("Sin"),
  sinh: one("Sinh"),
  // Softplus itself is 3-4 times slower, its logarithm is not vectorized.
  softplus: (_, [x], emit) => {
    const decayed = emit.node("Exp", [emit.node("Neg", [emit.node("Abs", [x])])]);
    const tail = emit.node("Log", [emit.node("Add", [decayed, scalarOf(emit, 1)])]);
    return emit.node("Add", [emit.node("Relu", [x]), tail]);
  },
  sqrt: one("Sqrt"),
  // NaN gives alpha.
  step: ({ attributes }, [x], emit) => {
    const above = emit.node("Greater", [x, scalarOf(emit, 0)]);
    const alpha = attributes.alpha as number;
    if (alpha === 0) return castTo(emit, above, "float32");
    return emit.node("Where", [above, scalarOf(emit, 1), scalarOf(emit, alpha)]);
  },
  sub: one("Sub"),
  tan: one("Tan"),
  tanh: one("Tanh"),
};
