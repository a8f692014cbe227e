/** Shorter instructions for the same: what is used once becomes part of the instruction that uses it. */
import type { Draft } from "./draft.ts";
import { tile } from "./format.ts";
import { uniformRegisters } from "./registers.ts";

/** An operation whose operands are again some, or anything. */
interface Match {
  readonly operation: number;
  readonly operands: readonly (Match | undefined)[];
}

/** A row of the table: what it finds, what it writes, and which of the operands found (left to right) are its own, in order. */
interface Pattern {
  readonly find: Match;
  readonly write: number;
  readonly order: readonly number[];
}

const any = undefined;
const of = (operation: number, ...operands: Match["operands"]): Match => ({ operation, operands });
const product = of(tile.mul, any, any);
const root = of(tile.sqrt, any);

/** The first that fits is taken. */
const patterns: readonly Pattern[] = [
  { find: of(tile.add, product, product), write: tile.weighted, order: [0, 1, 2, 3] },
  { find: of(tile.add, any, product), write: tile.muladd, order: [1, 2, 0] },
  { find: of(tile.add, product, any), write: tile.muladd, order: [0, 1, 2] },
  { find: of(tile.sub, any, product), write: tile.nmuladd, order: [1, 2, 0] },
  { find: of(tile.sub, product, any), write: tile.mulsub, order: [0, 1, 2] },
  {
    find: of(tile.div, product, of(tile.add, root, any)),
    write: tile.overRoot,
    order: [0, 1, 2, 3],
  },
  {
    find: of(tile.div, product, of(tile.add, any, root)),
    write: tile.overRoot,
    order: [0, 1, 3, 2],
  },
];

/** Fuses instructions by the table of patterns; what is the same everywhere is left alone, since it is computed once. */
export function fuseInstructions(
  drafts: readonly Draft[],
  isUniformAccess: (access: number) => boolean,
): Draft[] {
  const uniform = uniformRegisters(drafts, isUniformAccess);
  const uses = new Map<number, number>();
  for (const { inputs } of drafts) {
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  const made = new Map<number, Draft>();
  const once = (input: number): Draft | undefined =>
    uses.get(input) === 1 ? made.get(input) : undefined;
  const gone = new Set<Draft>();
  const rewritten = drafts.map((draft) => {
    const { result } = draft;
    if (result === undefined || uniform.has(result)) return draft;
    made.set(result, draft);
    for (const pattern of patterns) {
      const found = find(draft, pattern.find, once);
      if (!found) continue;
      for (const inner of found.taken) gone.add(inner);
      const inputs = pattern.order.map((i) => found.operands[i]);
      const fused = { ...draft, operation: pattern.write, inputs };
      made.set(result, fused);
      return fused;
    }
    return draft;
  });
  return rewritten.filter((draft) => !gone.has(draft));
}

/** What a match takes up of other instructions, and the operands that it then has. */
interface Found {
  readonly operands: readonly number[];
  readonly taken: readonly Draft[];
}

/** Matches a draft; `once` gives the instruction that made an operand that nothing else uses. */
function find(
  draft: Draft,
  match: Match,
  once: (input: number) => Draft | undefined,
): Found | undefined {
  if (draft.operation !== match.operation) return undefined;
  const operands: number[] = [];
  const taken: Draft[] = [];
  for (const [i, input] of draft.inputs.entries()) {
    const wanted = match.operands[i];
    const inner = wanted && once(input);
    const found = inner && find(inner, wanted, once);
    if (wanted && !found) return undefined;
    if (found) taken.push(inner, ...found.taken);
    operands.push(...(found?.operands ?? [input]));
  }
  return { operands, taken };
}
