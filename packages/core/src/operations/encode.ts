import type { NdArray } from "@elbo/jit";
import type { ExamplesLike } from "../data/examples.ts";
import type { ExampleRows } from "../model/exampleRows.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { runRows } from "../runner/rows.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { oneOrAll, outputName, readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions, NdArrays } from "./call.ts";
import { encodeProgram } from "./programs.ts";

/** Examples on their way through the encoder. */
export interface Encoded {
  readonly rows: ExampleRows;
  /** By level. */
  readonly codes: NdArrays;
  readonly latents: NdArrays;
}

/** Codes and latents of examples, values as they are (grey, not drawn), latents without noise. */
export async function encodeRows(
  model: LatentVariableModel,
  rows: ExampleRows,
  compute: ComputeOptions,
): Promise<Encoded> {
  const { columns, levels } = model;
  const names = Object.keys(levels);
  const outputs = await runRows(model, {
    name: "encode",
    program: () => encodeProgram(model),
    compute,
    count: rows.count,
    sources: [{ rows, columns }],
    scalars: scalarsOfModel(model),
    outputs: names.flatMap((name) =>
      ["code", "latents"].map((role) => outputName(role, name, levels)),
    ),
  });
  for (const name of names) assertFinite(outputs[outputName("code", name, levels)]);
  const byLevel = (role: string): NdArrays =>
    Object.fromEntries(names.map((name) => [name, outputs[outputName(role, name, levels)]]));
  return { rows, codes: byLevel("code"), latents: byLevel("latents") };
}

/** A vector that is not finite has no nearest code: its index is -1, and nothing goes on with it. */
function assertFinite({ data, shape }: NdArray): void {
  if (!(data instanceof Int32Array)) return;
  const bad = data.findIndex((index) => index < 0);
  if (bad < 0) return;
  const example = Math.floor(bad / (data.length / shape[0]));
  throw new Error(
    `encode: encoder outputs must be finite to have codes, got others for example ${example}`,
  );
}

/**
 * Codes of examples: mean latents `[n, L]`, or indices, as the scheme says; with several levels a record by level.
 *
 * Nothing is drawn: grey values are fed as they are, also where training binarizes them (`score` and `evaluate` draw them).
 *
 * @throws TypeError or RangeError when examples or condition do not fit
 */
export async function encode(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: CallOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "encode";
  const { told, compute } = readCall({ model, fn }, {}, options);
  const rows = await model.rows(fn, x, told);
  return oneOrAll((await encodeRows(model, rows, compute)).codes);
}
