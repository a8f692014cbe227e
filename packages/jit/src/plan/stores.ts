/** When a tile program stores: at once, so that results are computed where they go, unless that memory is still read. */
import type { Draft } from "./draft.ts";
import { tile } from "./format.ts";

/**
 * Puts each store behind the instruction whose result it stores, or behind the last use of what was read from the memory
 * that it overwrites: a register of dense memory is that memory itself.
 */
export function placeStores<Memory>(
  given: readonly Draft[],
  memoryOf: (access: number) => Memory,
): Draft[] {
  const isStore = ({ operation }: Draft): boolean => operation === tile.store;
  const drafts = given.filter((draft) => !isStore(draft));
  for (const store of given.filter(isStore)) {
    const memory = memoryOf(store.access as number);
    const read = new Set(
      given.flatMap(({ operation, result, access }) =>
        operation === tile.load && memoryOf(access as number) === memory ? [result] : [],
      ),
    );
    const last = drafts.findLastIndex(
      ({ inputs, operation, result }) =>
        (!isStore({ inputs, operation }) && inputs.some((input) => read.has(input))) ||
        (result !== undefined && (read.has(result) || result === store.inputs[0])),
    );
    drafts.splice(last + 1, 0, store);
  }
  return drafts;
}
