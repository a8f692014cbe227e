/**
 * Emits an elementwise expression as one WebAssembly loop over four numbers at a time.
 *
 * Everything is float32 and every operation is rounded once, as the same operation in a graph is, so both give the same
 * bits. Operands are padded to a multiple of four by the arena, so there is no remainder loop.
 */
import type { Node, Value } from "../graph/value.ts";
import { instruction, memory128, name, section, simd, type, unsigned, vector } from "./wasm.ts";

/** The SIMD instruction of each operation with two operands on the stack. */
const binaryCodes: Readonly<Record<string, number>> = {
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  min: 0xe8,
  max: 0xe9,
  equal: 0x41,
  less: 0x43,
  greater: 0x44,
  lessEqual: 0x45,
  greaterEqual: 0x46,
  and: 0x4e,
  or: 0x50,
};

const unaryCodes: Readonly<Record<string, number>> = { abs: 0xe0, neg: 0xe1, sqrt: 0xe3 };

const logic = new Set(["and", "or", "not"]);

const bitselect = 0x52;
const splatF32 = 0x13;
const constant128 = 0x0c;
const not128 = 0x4d;
const and128 = 0x4e;

/** Operations that a loop can hold: float32 arithmetic, comparisons, logic, and a cast of a boolean to float32. */
export function isLoopOperation({ op, inputs, attributes }: Node): boolean {
  const types = inputs.map((input) => input.dtype);
  const float = types.every((dtype) => dtype === "float32");
  if (op === "select") return types[0] === "bool" && types[1] === "float32";
  if (op === "cast") return types[0] === "bool" && attributes.dtype === "float32";
  if (logic.has(op)) return types.every((dtype) => dtype === "bool");
  return (op in binaryCodes || op in unaryCodes) && float;
}

/** An expression to run over arrays of equal length. */
export interface LoopBody {
  /** Values read from memory, one number per element. */
  readonly arrays: readonly Value[];
  /** Values that are one number for the whole loop. */
  readonly scalars: readonly Value[];
  /** What is computed; written to the destinations in this order. */
  readonly results: readonly Value[];
}

/** Runs a loop: number of bytes (a multiple of 16), then addresses of arrays, addresses of destinations, and scalars. */
export type LoopFunction = (bytes: number, ...operands: number[]) => void;

/** A text that is equal for bodies that compute the same. */
export function loopKey({ arrays, scalars, results }: LoopBody): string {
  const numbers = new Map<Value, string>();
  arrays.forEach((value, i) => numbers.set(value, `a${i}`));
  scalars.forEach((value, i) => numbers.set(value, `s${i}`));
  const lines: string[] = [];
  for (const value of inner({ arrays, scalars, results })) {
    const inputs = value.node.inputs.map((input) => numbers.get(input));
    numbers.set(value, `t${lines.length}`);
    lines.push(`${value.node.op}(${inputs.join()})`);
  }
  return `${arrays.length}/${scalars.length}:${lines.join(";")}->${results.map((r) => numbers.get(r)).join()}`;
}

/** The values that a body computes, operands before users. */
function inner({ arrays, scalars, results }: LoopBody): Value[] {
  const leaves = new Set([...arrays, ...scalars]);
  const order: Value[] = [];
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (leaves.has(value) || seen.has(value)) return;
    seen.add(value);
    value.node.inputs.forEach(visit);
    order.push(value);
  };
  results.forEach(visit);
  return order;
}

/** Compiles a body to a WebAssembly module that imports `env.memory` and exports `run`. */
export function emitLoop(body: LoopBody): Uint8Array<ArrayBuffer> {
  const { arrays, scalars, results } = body;
  const computed = inner(body);
  const pointers = arrays.length + results.length;
  const parameters = [type.i32, ...Array<number>(pointers).fill(type.i32)];
  parameters.push(...Array<number>(scalars.length).fill(type.f32));
  const offset = parameters.length; // the byte offset, the first local after the parameters
  const locals = new Map<Value, number>();
  [...scalars, ...arrays, ...computed].forEach((value, i) => locals.set(value, offset + 1 + i));
  const code = [
    ...vector([
      [1, type.i32],
      [...unsigned(locals.size), type.v128],
    ]),
    ...splatScalars(scalars, { first: 1 + pointers, locals }),
    ...loopCode({ body, computed, locals, offset }),
    ...instruction.end,
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([[0x60, ...vector(parameters.map((p) => [p])), 0x00]])),
    ...section(
      2,
      vector([[...name("env"), ...name("memory"), 0x02, 0x01, 0x00, ...unsigned(65536)]]),
    ),
    ...section(3, vector([[0x00]])),
    ...section(7, vector([[...name("run"), 0x00, 0x00]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}

function splatScalars(
  scalars: readonly Value[],
  { first, locals }: { first: number; locals: ReadonlyMap<Value, number> },
): number[] {
  return scalars.flatMap((value, i) => [
    ...instruction.get(first + i),
    ...simd(splatF32),
    ...instruction.set(locals.get(value) as number),
  ]);
}

interface LoopParts {
  readonly body: LoopBody;
  readonly computed: readonly Value[];
  readonly locals: ReadonlyMap<Value, number>;
  readonly offset: number;
}

/** `for (offset = 0; offset < bytes; offset += 16)`. */
function loopCode({ body, computed, locals, offset }: LoopParts): number[] {
  const { arrays, results } = body;
  const address = (pointer: number): number[] => [
    ...instruction.get(1 + pointer),
    ...instruction.get(offset),
    ...instruction.add,
  ];
  const local = (value: Value): number => locals.get(value) as number;
  return [
    ...instruction.block,
    ...instruction.loop,
    ...instruction.get(offset),
    ...instruction.get(0),
    ...instruction.greaterOrEqual,
    ...instruction.branchIf(1),
    ...arrays.flatMap((value, i) => [
      ...address(i),
      ...memory128.load,
      ...instruction.set(local(value)),
    ]),
    ...computed.flatMap((value) => [...compute(value, local), ...instruction.set(local(value))]),
    ...results.flatMap((value, i) => [
      ...address(arrays.length + i),
      ...instruction.get(local(value)),
      ...memory128.store,
    ]),
    ...instruction.get(offset),
    ...instruction.constant(16),
    ...instruction.add,
    ...instruction.set(offset),
    ...instruction.branch(0),
    ...instruction.end,
    ...instruction.end,
  ];
}

/** Pushes one operation's result; booleans are masks of all ones or zeros. */
function compute(value: Value, local: (value: Value) => number): number[] {
  const { op, inputs } = value.node;
  const operands = inputs.map((input) => instruction.get(local(input)));
  if (op === "select") {
    const [condition, a, b] = operands as [number[], number[], number[]];
    return [...a, ...b, ...condition, ...simd(bitselect)];
  }
  if (op === "not") return [...operands[0], ...simd(not128)];
  if (op === "cast") return [...operands[0], ...splatOne(), ...simd(and128)];
  const code = binaryCodes[op] ?? unaryCodes[op];
  if (code === undefined) throw new Error(`internal: ${op} is no loop operation`);
  return [...operands.flat(), ...simd(code)];
}

/** Four times 1.0; a mask anded with it is the number that the boolean casts to. */
function splatOne(): number[] {
  const one = [...new Uint8Array(new Float32Array([1]).buffer)];
  return [...simd(constant128), ...one, ...one, ...one, ...one];
}
