/** Shorter instructions for the same: products that are only added become part of the addition. */
import type { Draft } from "./draft.ts";
import { tile } from "./format.ts";
import { uniformRegisters } from "./registers.ts";

interface Fused {
  readonly operation: number;
  /** Which operand of the sum is the product. */
  readonly side: 0 | 1;
}

const fused: Readonly<Record<number, readonly Fused[]>> = {
  [tile.add]: [
    { operation: tile.muladd, side: 1 },
    { operation: tile.muladd, side: 0 },
  ],
  [tile.sub]: [
    { operation: tile.nmuladd, side: 1 },
    { operation: tile.mulsub, side: 0 },
  ],
};

/** Fuses products that are used once into the sum that uses them. */
export function fuseProducts(
  drafts: readonly Draft[],
  isUniformAccess: (access: number) => boolean,
): Draft[] {
  const uniform = uniformRegisters(drafts, isUniformAccess);
  const uses = new Map<number, number>();
  for (const { inputs } of drafts) {
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  const products = new Map<number, Draft>();
  const gone = new Set<Draft>();
  const rewritten = drafts.map((draft) => {
    if (draft.operation === tile.mul && draft.result !== undefined) {
      if (!uniform.has(draft.result)) products.set(draft.result, draft);
      return draft;
    }
    for (const { operation, side } of fused[draft.operation] ?? []) {
      const product = products.get(draft.inputs[side]);
      if (!product || uses.get(draft.inputs[side]) !== 1) continue;
      gone.add(product);
      return { ...draft, operation, inputs: [...product.inputs, draft.inputs[1 - side]] };
    }
    return draft;
  });
  return rewritten.filter((draft) => !gone.has(draft));
}
