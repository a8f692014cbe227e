/** Ways through latent space, shown. */
import type { NdArray, TypedArray } from "@elbo/jit";
import { assertInteger, assertNumber, describeValue, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { arrayRows } from "../data/arrayRows.ts";
import type { ExamplesLike } from "../data/examples.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { runRows } from "../runner/rows.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Rows } from "../step/rows.ts";
import { assertResultFits, oneOrAll, outputName, readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions, NdArrays } from "./call.ts";
import { encodeRows } from "./encode.ts";
import { spherical, straight, throughData } from "./latentPaths.ts";
import type { LatentPath } from "./latentPaths.ts";
import { conditionColumns, latentColumns, renderProgram } from "./programs.ts";

interface InterpolateOwn {
  /** Examples per row, both ends included; default 8. */
  readonly steps?: number;
  /** The way between the latents: `"straight"` (default), `"spherical"` (on a great circle), or `"data"`, over the latents of `through`. */
  readonly path?: "straight" | "spherical" | "data";
  /** Examples over whose latents the path `"data"` goes. */
  readonly through?: ExamplesLike;
}

/** Options of {@link interpolate}. */
export interface InterpolateOptions extends CallOptions, InterpolateOwn {}

const interpolateOptions = {
  steps: {
    rule: rules.integer({ min: 2 }),
    default: 8,
    doc: "examples per row, both ends included",
  },
  path: {
    rule: rules.oneOf(["straight", "spherical", "data"]),
    default: "straight",
    doc: "the way between the latents",
  },
  through: {
    rule: rules.any<ExamplesLike>(),
    default: undefined,
    doc: "examples over whose latents the path goes",
  },
} satisfies OptionTable<InterpolateOwn>;

/**
 * Examples along a way between the latents of two sets of examples: a straight line, a great circle, or the shortest way over the
 * latents of given examples.
 *
 * @param a the first example of each row; its condition is that of the row
 * @param b the last example of each row, as many
 * @returns `[n, steps, ...]`
 */
export async function interpolate(
  model: LatentVariableModel,
  { a, b }: { readonly a: ExamplesLike; readonly b: ExamplesLike },
  options: InterpolateOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "interpolate";
  const { own, told, compute } = readCall({ model, fn }, interpolateOptions, options);
  const { steps, path, through } = own;
  if ((path === "data") !== (through !== undefined)) {
    throw new TypeError(
      `${fn}: through must be given with the path "data" and no other, got ${through === undefined ? "none" : `it with ${describeValue(path)}`}`,
    );
  }
  assertResultFits(model, { fn, name: "steps" }, { count: steps });
  const from = await encodeRows(model, await model.rows(fn, a, told), compute);
  const { count } = from.rows;
  assertResultFits(model, { fn, name: "steps" }, { count: steps, times: count });
  const to = await encodeRows(model, await model.rows(fn, b, told), compute);
  if (to.rows.count !== count) {
    throw new RangeError(`${fn}: both sets must have ${count} examples, got ${to.rows.count}`);
  }
  const stations =
    through && (await encodeRows(model, await model.rows(fn, through), compute)).latents;
  const latents = Object.fromEntries(
    Object.entries(from.latents).map(([name, { data }]) => {
      const size = data.length / count;
      const way = stations === undefined ? paths[path] : throughData(stations[name].data, size);
      return [name, lines({ from: data, to: to.latents[name].data }, { rows: count, steps, way })];
    }),
  );
  const grid = { rows: count, columns: steps, told: from.rows.told };
  return renderGrid(model, latents, { ...grid, compute });
}

interface TraverseOwn {
  /** Which latent dimensions; default all. */
  readonly dimensions?: readonly number[];
  /** Values that the dimension takes; default -3, -2, ..., 3. */
  readonly values?: readonly number[];
}

/** Options of {@link traverse}. */
export interface TraverseOptions extends CallOptions, TraverseOwn {}

const traverseOptions = {
  dimensions: {
    rule: rules.list(rules.integer({ min: 0 })),
    default: undefined,
    shown: "all",
    doc: "which latent dimensions",
  },
  values: {
    rule: rules.list(rules.number()),
    default: [-3, -2, -1, 0, 1, 2, 3],
    doc: "values that the dimension takes",
  },
} satisfies OptionTable<TraverseOwn>;

/**
 * Examples of one example's latents with one dimension at a time set to each of some values.
 *
 * @param x one example
 * @returns `[dimensions, values, ...]`
 * @throws Error for latents that are not one vector
 */
export async function traverse(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: TraverseOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "traverse";
  const { own, told, compute } = readCall({ model, fn }, traverseOptions, options);
  const [[level, { latent }], ...others] = Object.entries(model.levels);
  if (latent.length !== 1 || others.length > 0) {
    throw new Error(
      `${fn}: latents must be one vector, got ${others.length > 0 ? `${others.length + 1} levels` : `the shape [${latent.join(", ")}]`}`,
    );
  }
  const { values } = own;
  const dimensions = own.dimensions ?? Array.from({ length: latent[0] }, (_, d) => d);
  for (const d of dimensions) {
    assertInteger({ fn, name: "dimensions" }, d, { min: 0, below: latent[0] });
  }
  for (const value of values) assertNumber({ fn, name: "values" }, value);
  const size = { count: dimensions.length * values.length };
  assertResultFits(model, { fn, name: "dimensions times values" }, size);
  const encoded = await encodeRows(model, await model.rows(fn, x, told), compute);
  if (encoded.rows.count !== 1) {
    throw new RangeError(`${fn}: x must be one example, got ${encoded.rows.count}`);
  }
  const lines = axisLines(encoded.latents[level].data, { dimensions, values });
  const grid = {
    rows: dimensions.length,
    columns: values.length,
    told: firstOf(encoded.rows.told),
  };
  return renderGrid(model, { [level]: lines }, { ...grid, compute });
}

/** The first row in the place of every row. */
const firstOf = (rows: Rows): Rows => mapped(rows, () => 0);

/** Rows in another order or number. */
const mapped = (rows: Rows, position: (index: number) => number): Rows => ({
  ...rows,
  fillInto: (buffers, { indices }) =>
    rows.fillInto(buffers, { indices: Array.from(indices, (index) => position(index)) }),
});

interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** The condition of each row. */
  readonly told: Rows;
  readonly compute: ComputeOptions;
}

/** Shows latents by level, row after row: `[rows, columns, ...]` by column of the example. */
async function renderGrid(
  model: LatentVariableModel,
  latents: Readonly<Record<string, Float32Array>>,
  { rows, columns: perRow, told, compute }: Grid,
): Promise<NdArray | NdArrays> {
  const { levels } = model;
  const count = rows * perRow;
  const columns = latentColumns(model);
  const fed = Object.fromEntries(
    Object.entries(latents).map(([name, data]) => [
      outputName("latents", name, levels),
      { data, shape: [count, ...levels[name].latent] },
    ]),
  );
  const shown = await runRows(model, {
    name: "render",
    program: () => renderProgram(model),
    compute,
    count,
    sources: [
      { rows: await arrayRows("render", columns, fed), columns },
      {
        rows: mapped(told, (index) => Math.floor(index / perRow)),
        columns: conditionColumns(model),
      },
    ],
    scalars: scalarsOfModel(model),
  });
  return oneOrAll(
    Object.fromEntries(
      Object.entries(shown).map(([name, { data, shape }]) => [
        name,
        { data, shape: [rows, perRow, ...shape.slice(1)] },
      ]),
    ),
  );
}

const paths = { straight, spherical, data: straight } as const;

/** Points on the ways between two lists of latents, both ends included: `[rows, steps, ...]`. */
function lines(
  { from, to }: { readonly from: TypedArray; readonly to: TypedArray },
  { rows, steps, way }: { readonly rows: number; readonly steps: number; readonly way: LatentPath },
): Float32Array {
  const size = from.length / rows;
  const z = new Float32Array(rows * steps * size);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [from, to].map((ends) =>
      Float64Array.from(ends.subarray(row * size, (row + 1) * size)),
    );
    z.set(way(a, b, steps), row * steps * size);
  }
  return z;
}

/** One latent vector with one dimension at a time set to each of some values: `[dimensions, values, L]`. */
function axisLines(
  latent: TypedArray,
  { dimensions, values }: Required<TraverseOwn>,
): Float32Array {
  const size = latent.length;
  const z = new Float32Array(dimensions.length * values.length * size);
  dimensions.forEach((dimension, row) => {
    values.forEach((value, column) => {
      const at = (row * values.length + column) * size;
      z.set(latent, at);
      z[at + dimension] = value;
    });
  });
  return z;
}
