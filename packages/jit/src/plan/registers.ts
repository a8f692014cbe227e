/** Numbers the registers of a tile program: what is the same everywhere keeps one of its own, the others are reused. */
import type { Draft } from "./draft.ts";
import { limits, tile } from "./format.ts";
import type { TileInstruction } from "./program.ts";

/** Numbered instructions. */
export interface Numbered {
  readonly registers: number;
  readonly instructions: readonly TileInstruction[];
}

/** Numbers registers; `undefined` when there are too many. */
export function numberRegisters(
  drafts: readonly Draft[],
  isUniformAccess: (access: number) => boolean,
): Numbered | undefined {
  const uniform = uniformRegisters(drafts, isUniformAccess);
  const own = assign(drafts, uniform);
  if (own.registers <= limits.registers) return own;
  const shared = assign(drafts, new Set());
  return shared.registers <= limits.registers ? shared : undefined;
}

function assign(drafts: readonly Draft[], uniform: ReadonlySet<number>): Numbered {
  const lastUse = new Map<number, number>();
  drafts.forEach(({ inputs }, i) => {
    for (const input of inputs) lastUse.set(input, i);
  });
  const numbers = new Map<number, number>();
  const free: number[] = [];
  let count = 0;
  const instructions = drafts.map((draft, i) => {
    const inputs = draft.inputs.map((input) => numbers.get(input) as number);
    for (const input of new Set(draft.inputs)) {
      if (!uniform.has(input) && lastUse.get(input) === i) free.push(numbers.get(input) as number);
    }
    let result = 0;
    if (draft.result !== undefined) {
      result = uniform.has(draft.result) ? count++ : (free.pop() ?? count++);
      numbers.set(draft.result, result);
      if (!lastUse.has(draft.result) && !uniform.has(draft.result)) free.push(result);
    }
    return encode(draft, result, inputs);
  });
  return { registers: count, instructions };
}

/** Registers whose value is the same everywhere. */
export function uniformRegisters(
  drafts: readonly Draft[],
  isUniformAccess: (access: number) => boolean,
): Set<number> {
  const uniform = new Set<number>();
  for (const { operation, result, inputs, access } of drafts) {
    if (result === undefined) continue;
    const given =
      operation === tile.constant ||
      (operation === tile.load && access !== undefined && isUniformAccess(access));
    const computed = inputs.length > 0 && inputs.every((input) => uniform.has(input));
    if (given || computed) uniform.add(result);
  }
  return uniform;
}

function encode(
  { operation, access = 0, immediate = 0 }: Draft,
  result: number,
  inputs: readonly number[],
): TileInstruction {
  const [a = 0, b = 0, c = 0, e = 0] = inputs;
  switch (operation) {
    case tile.load:
      return [operation, result, access, 0, 0, 0];
    case tile.store:
      return [operation, access, a, 0, 0, 0];
    case tile.reduce:
      return [operation, access, a, immediate, 0, 0];
    case tile.constant:
    case tile.index:
      return [operation, result, immediate, 0, 0, 0];
    default:
      return [operation, result, a, b, c, e];
  }
}
