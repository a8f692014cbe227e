import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { assertUsable } from "../runner/assertUsable.ts";
import { decodeProgram } from "../operations/programs.ts";
import { programsOf } from "../runner/program.ts";

/** Options of {@link decoderPlan}. */
export interface DecoderPlanOptions {
  /** Codes that one run decodes, default 1. */
  readonly batch?: number;
  /** How the file keeps weights; `"float16"` halves it, `"int8"` quarters it (no weight is off by more than a 254th of its channel's largest). Default `"float32"`. */
  readonly weights?: "float32" | "float16" | "int8";
}

const table = {
  batch: { rule: rules.integer({ min: 1 }), default: 1, doc: "codes that one run decodes" },
  weights: {
    rule: rules.oneOf(["float32", "float16", "int8"]),
    default: "float32",
    doc: "how the file keeps weights",
  },
} satisfies OptionTable<DecoderPlanOptions>;

/**
 * The decoder as a plan file, weights inside, that `loadPlan` of `@elbo/jit/run` runs without TensorFlow.js: in pages, on phones.
 *
 * It is fed `code` `[batch, ...]`, what `encode` gives (`code_<level>` with several levels), and the columns of the condition
 * (`label`, int32 `[batch]`); its outputs are the columns of the example (`x`), the likelihood's means.
 *
 * @returns the bytes of the file
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export async function decoderPlan(
  model: LatentVariableModel,
  options: DecoderPlanOptions = {},
): Promise<Uint8Array> {
  const fn = "decoderPlan";
  const { batch, weights } = readOptions(fn, table, options);
  assertUsable(fn, model);
  const programs = programsOf(model);
  await programs.pull();
  const decode = programs.get("decode", () => decodeProgram(model, { draw: false }), model.compute);
  return decode.toPlan({ batch, weights });
}
