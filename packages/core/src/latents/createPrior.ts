import type * as tfl from "@tensorflow/tfjs-layers";
import { describeValue, readOptions, rules } from "@elbo/common";
import { flowPrior } from "./flowPrior.ts";
import type { LatentPrior } from "./reparameterized.ts";
import { vampPrior } from "./vampPrior.ts";

/** A learned prior by name, with its sizes. */
export type PriorChoice =
  | "vamp"
  | "flow"
  | { readonly kind: "vamp"; readonly components?: number }
  | { readonly kind: "flow"; readonly layers?: number; readonly hidden?: number };

/** What a prior is made for. */
export interface PriorShapes {
  /** L */
  readonly size: number;
  readonly encoder: tfl.LayersModel;
  /** Shape of an example, as the encoder sees it. */
  readonly example: readonly number[];
  /** Whether examples lie in [0, 1]. */
  readonly isUnit: boolean;
  readonly seed: number;
}

const count = { rule: rules.integer({ min: 1 }) };
const tables = {
  vamp: { components: { ...count, default: 100 } },
  flow: { layers: { ...count, default: 6 }, hidden: { ...count, default: 64 } },
} as const;

/** {@link PriorChoice} as saved options have it: all sizes said. */
export function readPriorChoice(fn: string, choice: PriorChoice): Exclude<PriorChoice, string> {
  const { kind, ...sizes } = typeof choice === "string" ? { kind: choice } : { ...choice };
  if (kind === "vamp") return { kind, ...readOptions(`${fn}: prior`, tables.vamp, sizes) };
  if (kind === "flow") return { kind, ...readOptions(`${fn}: prior`, tables.flow, sizes) };
  throw new RangeError(`${fn}: prior must be "vamp" or "flow", got ${describeValue(kind)}`);
}

/**
 * The prior of a choice: a VampPrior over the model's encoder, or a normalizing flow.
 *
 * @throws TypeError or RangeError for an unknown choice or size
 */
export function createPrior(choice: PriorChoice, shapes: PriorShapes): LatentPrior {
  const { kind, ...sizes } = readPriorChoice("createPrior", choice);
  const { size, seed } = shapes;
  return kind === "flow" ? flowPrior({ size, seed, ...sizes }) : vampPrior({ ...shapes, ...sizes });
}
