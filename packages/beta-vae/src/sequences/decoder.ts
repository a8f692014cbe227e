import { readOptions, rules, type JsonObject, type OptionTable } from "@elbo/core";
import { convCell } from "./causalConv.ts";
import type { Cell } from "./cell.ts";
import { gruCell, type SequenceSizes } from "./gru.ts";

/** Sizes of a recurrent decoder. */
export interface GruDecoderOptions {
  /** Units of its state; default 128. */
  readonly units?: number;
}

/** Sizes of a convolutional decoder. */
export interface ConvDecoderOptions {
  /** Default 64. */
  readonly channels?: number;
  /** How far apart the places are that each layer looks at; default `[1, 2, 4, 8]`: with 3 places each, a token sees the 31 before it. */
  readonly dilations?: readonly number[];
  /** Places that a layer looks at, at least 2; default 3. */
  readonly kernel?: number;
}

/** What says a token given those before it and the latents. A decoder that sees few tokens must ask the latents for the others. */
export type SequenceDecoder =
  | "gru"
  | "conv"
  | ({ readonly kind: "gru" } & GruDecoderOptions)
  | ({ readonly kind: "conv" } & ConvDecoderOptions);

/** The rule of the option. */
export const decoderRule = rules.any<SequenceDecoder>();

const gruTable = {
  kind: { rule: rules.exactly("gru") },
  units: { rule: rules.integer({ min: 1 }), default: 128 },
} satisfies OptionTable<{ readonly kind: "gru" } & GruDecoderOptions>;

const convTable = {
  kind: { rule: rules.exactly("conv") },
  channels: { rule: rules.integer({ min: 1 }), default: 64 },
  dilations: { rule: rules.sizes(), default: [1, 2, 4, 8] },
  kernel: { rule: rules.integer({ min: 2 }), default: 3 },
} satisfies OptionTable<{ readonly kind: "conv" } & ConvDecoderOptions>;

const withKind = (choice: SequenceDecoder): Exclude<SequenceDecoder, string> =>
  typeof choice === "string" ? { kind: choice } : choice;

/** A decoder as JSON. */
export const decoderJson = (choice: SequenceDecoder): JsonObject => ({ ...withKind(choice) });

/**
 * Makes the decoder of a choice.
 *
 * @throws TypeError or RangeError for a kind or a size that there is not
 */
export function makeCell(fn: string, choice: SequenceDecoder, sizes: SequenceSizes): Cell {
  const given = withKind(choice);
  rules
    .oneOf(["gru", "conv"])
    .read({ fn, name: "kind of the decoder" }, (given as { kind?: unknown } | null)?.kind);
  if (given.kind === "gru") {
    const { units } = readOptions(fn, gruTable, given);
    return gruCell({ ...sizes, units });
  }
  const { channels, dilations, kernel } = readOptions(fn, convTable, given);
  return convCell({ ...sizes, channels, dilations, kernel });
}
