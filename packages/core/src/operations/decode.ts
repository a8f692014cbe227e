import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { assertShape, describeValue, rules } from "@elbo/common";
import type { ArgumentName, OptionTable } from "@elbo/common";
import { arrayRows } from "../data/arrayRows.ts";
import type { ExamplesLike } from "../data/examples.ts";
import { conditionRows } from "../model/exampleRows.ts";
import type { CodeSpec } from "../latents/latents.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { toNdArray } from "../ndArray.ts";
import { Random } from "../random/random.ts";
import { runRows } from "../runner/rows.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Rows } from "../step/rows.ts";
import { oneOrAll, outputName, readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions, NdArrays } from "./call.ts";
import { encodeRows } from "./encode.ts";
import { strengthFeed } from "./guidance.ts";
import { codeColumns, codeSpecOf, conditionColumns, decodeProgram, drawNoise } from "./programs.ts";

/** How examples are shown. */
export interface ShownOptions {
  /** Draws from the likelihood in the place of its mean (categories and tokens: of the most likely one). Default false. */
  readonly draw?: boolean;
  /** Seed of the draws; default 0. */
  readonly seed?: number;
}

/** Options of {@link decode} and {@link reconstruct}. */
export interface DecodeOptions extends CallOptions, ShownOptions {}

/** {@link ShownOptions} as a table. */
export const shownOptions = {
  draw: {
    rule: rules.boolean(),
    default: false,
    doc: "draw from the likelihood instead of showing its mean",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws" },
} satisfies OptionTable<ShownOptions>;

/** Codes as people hand them in: what `encode` gave. */
export type CodesLike = NdArray | tf.Tensor | Readonly<Record<string, unknown>>;

/**
 * Examples of codes: the mean of the likelihood (or the most likely category), a record by column where there are several.
 *
 * @param code what `encode` gives, `[n, ...codeShape]`
 * @throws TypeError or RangeError when codes or condition do not fit
 */
export async function decode(
  model: LatentVariableModel,
  code: CodesLike,
  options: DecodeOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "decode";
  const { own, told, compute } = readCall({ model, fn }, shownOptions, options);
  const codes = await readCodes(fn, model, code);
  const [{ shape }] = Object.values(codes);
  const rows = await conditionRows(fn, model.condition, { given: told, count: shape[0] });
  return oneOrAll(await decodeCodes(model, { codes, told: rows }, { ...own, compute }));
}

/**
 * `decode(encode(x))`: reconstructions from latents without noise.
 *
 * Grey values reach the encoder as they are, as in {@link encode}. An encoder that was trained on binarized draws of them has
 * never seen any: what comes back of a dense or smooth decoder is brighter than x then. Values that are 0 and 1 are what it knows.
 *
 * @throws TypeError or RangeError when examples or condition do not fit
 */
export async function reconstruct(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: DecodeOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "reconstruct";
  const { own, told, compute } = readCall({ model, fn }, shownOptions, options);
  const { rows, codes } = await encodeRows(model, await model.rows(fn, x, told), compute);
  return oneOrAll(await decodeCodes(model, { codes, told: rows.told }, { ...own, compute }));
}

/** Examples by column of codes by level. */
export async function decodeCodes(
  model: LatentVariableModel,
  { codes, told }: { readonly codes: NdArrays; readonly told: Rows },
  {
    draw,
    seed,
    compute,
    strength,
  }: Required<ShownOptions> & {
    readonly compute: ComputeOptions;
    /** Of guidance in the space of logits. */
    readonly strength?: number | undefined;
  },
): Promise<NdArrays> {
  const isGuided = strength !== undefined;
  const { levels } = model;
  const fed = Object.fromEntries(
    Object.entries(codes).map(([name, code]) => [outputName("code", name, levels), code]),
  );
  const shapes = Object.entries(codes).map(([name, { shape }]) => [name, shape.slice(1)] as const);
  const columns = codeColumns(model, Object.fromEntries(shapes));
  return runRows(model, {
    name: `decode${draw ? " draw" : ""}${isGuided ? " guided" : ""} ${shapes.map(([, shape]) => shape.join("x")).join(" ")}`,
    program: () => decodeProgram(model, { draw, isGuided }, columns),
    compute,
    count: Object.values(codes)[0].shape[0],
    sources: [
      { rows: await arrayRows("decode", columns, fed), columns },
      { rows: told, columns: conditionColumns(model) },
    ],
    noise: drawNoise(model, { draw }),
    random: new Random(seed).fork("decode"),
    scalars: { ...scalarsOfModel(model), ...(isGuided ? { [strengthFeed]: strength } : {}) },
  });
}

/** Codes by level, checked. */
export async function readCodes(
  fn: string,
  { levels }: LatentVariableModel,
  given: CodesLike,
): Promise<NdArrays> {
  const names = Object.keys(levels);
  if (names.length > 1 && typeof given === "object" && given !== null) {
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new TypeError(
        `${fn}: codes must be a record by level (${names.join(", ")}), got ${describeValue(unknown)}`,
      );
    }
  }
  const codes: Record<string, NdArray> = {};
  for (const level of names) {
    const name = names.length === 1 ? "code" : `code of ${level}`;
    const code = names.length === 1 ? given : (given as Readonly<Record<string, unknown>>)[level];
    const array = await toNdArray({ fn, name }, code);
    const spec = codeSpecOf(levels[level]);
    assertCodeShape({ fn, name }, array.shape, spec);
    if (array.shape[0] === 0) throw new RangeError(`${fn}: ${name} must be at least one, got 0`);
    codes[level] = { data: checkCodes(fn, array, spec), shape: array.shape };
  }
  return codes;
}

/** Codes have their shape, or where prefixes mean something fewer places on the last axis. */
function assertCodeShape(
  at: ArgumentName,
  given: readonly number[],
  { shape, hasPrefixes = false }: CodeSpec,
): void {
  const last = given.at(-1) ?? 0;
  const most = shape.at(-1) ?? 0;
  const isPrefix = hasPrefixes && given.length === shape.length + 1 && last >= 1 && last < most;
  assertShape(at, given, [null, ...(isPrefix ? [...shape.slice(0, -1), last] : shape)]);
}

function checkCodes(
  fn: string,
  { data, shape }: NdArray,
  { dtype, limit = 2 ** 31 }: CodeSpec,
): Float32Array | Int32Array {
  if (dtype === "float32") {
    if (!(data instanceof Float32Array)) {
      throw new TypeError(`${fn}: codes must be float32, got integers`);
    }
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new RangeError(`${fn}: codes must be finite, got ${data[bad]} at ${bad}`);
    return data;
  }
  const limits = typeof limit === "number" ? [limit] : limit.slice(0, shape.at(-1));
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    const most = limits[i % limits.length];
    if (!(Number.isInteger(value) && value >= 0 && value < most)) {
      throw new RangeError(`${fn}: codes must be integers in [0, ${most}), got ${value} at ${i}`);
    }
  }
  return data instanceof Int32Array ? data : Int32Array.from(data);
}
