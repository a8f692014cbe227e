/** How elementwise operations become tile instructions: one row per operation. */
import type { Node } from "../graph/value.ts";
import type { DType } from "../types.ts";
import { tile } from "./format.ts";
import { floatBits } from "./program.ts";

/** A number per element while a tile program is written; booleans are masks. */
export interface Register {
  readonly id: number;
  readonly dtype: DType;
}

/** Writes instructions. */
export interface Emitter {
  /** Appends an instruction and returns the register of its result. */
  (operation: number, dtype: DType, inputs: readonly Register[]): Register;
  /** A number that is the same everywhere. */
  constant(value: number, dtype: DType): Register;
}

type Lowering = (node: Node, inputs: readonly Register[], emit: Emitter) => Register;

const conversions: Readonly<Record<string, number>> = {
  "float32>int32": tile.floatToInt,
  "float32>bool": tile.floatToMask,
  "int32>float32": tile.intToFloat,
  "int32>bool": tile.intToMask,
  "bool>float32": tile.maskToFloat,
  "bool>int32": tile.maskToInt,
};

function convert(x: Register, dtype: DType, emit: Emitter): Register {
  return x.dtype === dtype ? x : emit(conversions[`${x.dtype}>${dtype}`], dtype, [x]);
}

/** A function of float32; what else comes is converted there and back. */
const float =
  (operation: number): Lowering =>
  (_, [x], emit) => {
    const y = emit(operation, "float32", [convert(x, "float32", emit)]);
    return convert(y, x.dtype, emit);
  };

/** A function with an instruction for integers too. */
const numeric =
  (ofFloat: number, ofInt: number): Lowering =>
  (_, [x], emit) =>
    x.dtype === "float32" ? emit(ofFloat, "float32", [x]) : emit(ofInt, "int32", [x]);

const predicate =
  (operation: number): Lowering =>
  (_, [x], emit) =>
    emit(operation, "bool", [x]);

/** Two numbers of a type; booleans are computed with as integers. */
const arithmetic =
  (ofFloat: number, ofInt: number | undefined): Lowering =>
  (_, inputs, emit) => {
    const { dtype } = inputs[0];
    if (dtype === "float32") return emit(ofFloat, dtype, inputs);
    if (ofInt === undefined) {
      const numbers = inputs.map((x) => convert(x, "float32", emit));
      return convert(emit(ofFloat, "float32", numbers), dtype, emit);
    }
    const numbers = inputs.map((x) => convert(x, "int32", emit));
    return convert(emit(ofInt, "int32", numbers), dtype, emit);
  };

const comparison =
  (ofFloat: number, ofInt: number): Lowering =>
  (_, inputs, emit) => {
    if (inputs[0].dtype === "float32") return emit(ofFloat, "bool", inputs);
    return emit(
      ofInt,
      "bool",
      inputs.map((x) => convert(x, "int32", emit)),
    );
  };

const logic =
  (operation: number): Lowering =>
  (_, inputs, emit) =>
    emit(operation, "bool", inputs);

/** The rows by the names of the graph's operations. */
export const elementwise: Readonly<Record<string, Lowering>> = {
  abs: numeric(tile.abs, tile.intAbs),
  acos: float(tile.acos),
  acosh: float(tile.acosh),
  add: arithmetic(tile.add, tile.intAdd),
  and: logic(tile.and),
  asin: float(tile.asin),
  asinh: float(tile.asinh),
  atan: float(tile.atan),
  atanh: float(tile.atanh),
  cast: ({ attributes }, [x], emit) => convert(x, attributes.dtype as DType, emit),
  ceil: float(tile.ceil),
  clip: ({ attributes }, [x], emit) => {
    const bounds = [attributes.min, attributes.max].map((bound) =>
      emit.constant(bound as number, "float32"),
    );
    const y = emit(tile.clip, "float32", [convert(x, "float32", emit), ...bounds]);
    return convert(y, x.dtype, emit);
  },
  cos: float(tile.cos),
  cosh: float(tile.cosh),
  div: arithmetic(tile.div, undefined),
  elu: float(tile.elu),
  equal: comparison(tile.equal, tile.intEqual),
  erf: float(tile.erf),
  exp: float(tile.exp),
  expm1: float(tile.expm1),
  floor: float(tile.floor),
  floorDiv: (_, inputs, emit) => {
    if (inputs[0].dtype === "float32") return emit(tile.floorDiv, "int32", inputs);
    const numbers = inputs.map((x) => convert(x, "int32", emit));
    return emit(tile.intFloorDiv, "int32", numbers);
  },
  greater: comparison(tile.greater, tile.intGreater),
  greaterEqual: comparison(tile.greaterEqual, tile.intGreaterEqual),
  isInf: predicate(tile.isInf),
  isNan: predicate(tile.isNan),
  leakyRelu: ({ attributes }, [x], emit) =>
    emit(tile.leakyRelu, "float32", [x, emit.constant(attributes.alpha as number, "float32")]),
  less: comparison(tile.less, tile.intLess),
  lessEqual: comparison(tile.lessEqual, tile.intLessEqual),
  log: float(tile.log),
  log1p: float(tile.log1p),
  max: arithmetic(tile.max, tile.intMax),
  min: arithmetic(tile.min, tile.intMin),
  mod: arithmetic(tile.mod, tile.intMod),
  mul: arithmetic(tile.mul, tile.intMul),
  neg: numeric(tile.neg, tile.intNeg),
  not: predicate(tile.not),
  or: logic(tile.or),
  pow: arithmetic(tile.pow, tile.intPow),
  reciprocal: float(tile.reciprocal),
  relu: (_, [x], emit) =>
    x.dtype === "float32"
      ? emit(tile.relu, "float32", [x])
      : emit(tile.intMax, "int32", [x, emit.constant(0, "int32")]),
  round: float(tile.round),
  select: (_, [condition, a, b], emit) => emit(tile.select, a.dtype, [condition, a, b]),
  selu: float(tile.selu),
  sigmoid: float(tile.sigmoid),
  sign: numeric(tile.sign, tile.intSign),
  sin: float(tile.sin),
  sinh: float(tile.sinh),
  softplus: float(tile.softplus),
  sqrt: float(tile.sqrt),
  step: ({ attributes }, [x], emit) =>
    emit(tile.step, "float32", [x, emit.constant(attributes.alpha as number, "float32")]),
  sub: arithmetic(tile.sub, tile.intSub),
  tan: float(tile.tan),
  tanh: float(tile.tanh),
};

/** Whether an operation works element by element. */
export function isElementwise(node: Node): boolean {
  return Object.hasOwn(elementwise, node.op);
}

/** The bits of a number in a register. */
export function bitsOf(value: number, dtype: DType): number {
  if (dtype === "float32") return floatBits(value);
  return dtype === "int32" ? value | 0 : value === 0 ? 0 : -1;
}
