import { add, div, equal, less, mul, sub } from "../../graph/operations/arithmetic.ts";
import {
  binary,
  cast,
  select,
  unary,
  type BinaryOperation,
  type UnaryOperation,
} from "../../graph/operations/elementwise.ts";
import { scalar } from "../../graph/operations/leaves.ts";
import { reshape } from "../../graph/operations/reshape.ts";
import type { Value } from "../../graph/value.ts";
import type { DType } from "../../types.ts";
import type { Kernel, KernelTable } from "../kernel.ts";

/** Keeps the type. */
const unaryKernel =
  (op: UnaryOperation): Kernel =>
  ({ input }) =>
    unary(op, input("x"));

/** Computes in float32, whatever comes in. */
const floatKernel =
  (f: UnaryOperation | ((x: Value) => Value)): Kernel =>
  ({ input }) => {
    const x = cast(input("x"), "float32");
    return typeof f === "string" ? unary(f, x) : f(x);
  };

/** For functions that leave integers as they are. */
const roundingKernel =
  (op: UnaryOperation): Kernel =>
  ({ input }) => {
    const x = input("x");
    return x.dtype === "float32" ? unary(op, x) : x;
  };

const binaryKernel =
  (f: BinaryOperation | ((a: Value, b: Value) => Value)): Kernel =>
  ({ input }) => {
    const [a, b] = sameType(input("a"), input("b"));
    return typeof f === "string" ? binary(f, a, b) : f(a, b);
  };

/** Brings two values to the wider of their types. */
function sameType(a: Value, b: Value): [Value, Value] {
  const widest = (["float32", "int32", "bool"] as const).find(
    (dtype) => a.dtype === dtype || b.dtype === dtype,
  ) as DType;
  return [cast(a, widest), cast(b, widest)];
}

/** The angle of (x, y) from the positive x axis, in [-pi, pi], as `Math.atan2`: zeros have signs too, infinities are equal. */
function atan2(y: Value, x: Value): Value {
  const [height, width] = [unary("abs", y), unary("abs", x)];
  // Equal numbers: 1, and 0 where both are.
  const slope = select(equal(height, width), unary("sign", height), div(height, width));
  const angle = unary("atan", slope);
  const turned = select(isBelowZero(x), sub(scalar(Math.PI), angle), angle);
  return select(isBelowZero(y), unary("neg", turned), turned);
}

/** Whether x has a minus sign, which -0 shows by its reciprocal alone. */
function isBelowZero(x: Value): Value {
  return less(add(x, unary("reciprocal", x)), 0);
}

function step(x: Value, alpha: number): Value {
  if (x.dtype === "float32") return unary("step", x, { alpha });
  const above = binary("greater", x, scalar(0, x.dtype));
  if (alpha === 0) return cast(above, x.dtype);
  return select(above, scalar(1, x.dtype), scalar(alpha, x.dtype));
}

/** Kernels that work element by element. */
export const elementwiseKernels: KernelTable = {
  Abs: unaryKernel("abs"),
  Acos: floatKernel("acos"),
  Acosh: floatKernel("acosh"),
  Add: binaryKernel("add"),
  AddN: ({ inputs }) => inputs.reduce((sum, x) => binary("add", sum, x)),
  Asin: floatKernel("asin"),
  Asinh: floatKernel("asinh"),
  Atan: floatKernel("atan"),
  Atan2: binaryKernel(atan2),
  Atanh: floatKernel("atanh"),
  Cast: ({ input, attributes }) => cast(input("x"), castTarget(attributes.dtype)),
  Ceil: roundingKernel("ceil"),
  ClipByValue: ({ input, attributes }) => {
    const x = input("x");
    const [min, max] = [attributes.clipValueMin as number, attributes.clipValueMax as number];
    if (x.dtype === "float32") return unary("clip", x, { min, max });
    const [low, high] = [min, max].map((bound) => scalar(nearestInteger(bound), x.dtype));
    return binary("min", binary("max", x, low), high);
  },
  Cos: floatKernel("cos"),
  Cosh: floatKernel("cosh"),
  Equal: binaryKernel("equal"),
  Erf: floatKernel("erf"),
  Exp: floatKernel("exp"),
  Expm1: floatKernel("expm1"),
  Floor: roundingKernel("floor"),
  FloorDiv: binaryKernel("floorDiv"),
  Greater: binaryKernel("greater"),
  GreaterEqual: binaryKernel("greaterEqual"),
  Identity: ({ input }) => input("x"),
  IsFinite: floatKernel((x) => unary("not", binary("or", unary("isInf", x), unary("isNan", x)))),
  IsInf: floatKernel("isInf"),
  IsNan: floatKernel("isNan"),
  Less: binaryKernel("less"),
  LessEqual: binaryKernel("lessEqual"),
  Log: floatKernel("log"),
  Log1p: floatKernel("log1p"),
  LogicalAnd: binaryKernel("and"),
  LogicalNot: unaryKernel("not"),
  LogicalOr: binaryKernel("or"),
  Maximum: binaryKernel("max"),
  Minimum: binaryKernel("min"),
  Mod: binaryKernel("mod"),
  Multiply: binaryKernel("mul"),
  Neg: unaryKernel("neg"),
  NotEqual: binaryKernel((a, b) => unary("not", binary("equal", a, b))),
  Pow: binaryKernel("pow"),
  RealDiv: binaryKernel((a, b) => div(cast(a, "float32"), cast(b, "float32"))),
  Reciprocal: floatKernel("reciprocal"),
  Round: roundingKernel("round"),
  Rsqrt: floatKernel((x) => unary("reciprocal", unary("sqrt", x))),
  Select: ({ input }) => {
    const condition = input("condition");
    const [t, e] = sameType(input("t"), input("e"));
    const rows = condition.shape.length === 1 && t.shape.length > 1; // one condition per row
    const shape = t.shape.map((d, i) => (i === 0 ? d : 1));
    return select(rows ? reshape(condition, shape) : condition, t, e);
  },
  Sign: unaryKernel("sign"),
  Sin: floatKernel("sin"),
  Sinh: floatKernel("sinh"),
  Sqrt: floatKernel("sqrt"),
  Square: ({ input }) => mul(input("x"), input("x")),
  SquaredDifference: binaryKernel((a, b) => {
    const difference = sub(a, b);
    return mul(difference, difference);
  }),
  Step: ({ input, attributes }) => step(input("x"), (attributes.alpha as number | undefined) ?? 0),
  Sub: binaryKernel("sub"),
  Tan: floatKernel("tan"),
  Tanh: floatKernel("tanh"),
};

/** What int32 has instead of a bound that may be beyond it. */
function nearestInteger(bound: number): number {
  return Math.max(-(2 ** 31), Math.min(bound, 2 ** 31 - 1));
}

function castTarget(dtype: unknown): DType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new TypeError(`jit: cast must be to float32, int32 or bool, got ${String(dtype)}`);
}
