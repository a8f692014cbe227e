/**
 * A causal transformer over codes in raster order, depths or heads of a position one after the other. Source: Vaswani et al.
 * 2017 (arXiv:1706.03762), normalized before each half as in Radford et al. 2019; positions are learned.
 */
import * as tf from "@tensorflow/tfjs-core";
import {
  computeOptions,
  readOptions,
  registerModel,
  rules,
  type Columns,
  type ComputeOptions,
  type LearnedCodePrior,
  type OptionTable,
} from "@elbo/core";
import { linear } from "../linear.ts";
import { codeGrid, codesTable, embeddingShape, firstRows, type CodesOptions } from "./codeGrid.ts";
import { conditioning, conditioningTable, readLevels } from "./conditioning.ts";
import type { ConditioningOptions } from "./conditioning.ts";
import { makeLayers, normalized, transformerLayer } from "./transformerLayers.ts";
import { transformerSteps, type TransformerParts } from "./transformerSteps.ts";
import { priorOf } from "./priorOf.ts";
import { seedOption, weightMaker } from "./weights.ts";

/** Options of {@link transformer}. */
export interface TransformerOptions extends CodesOptions, ConditioningOptions, ComputeOptions {
  /** Values of a position, a multiple of `heads`; default 128. */
  readonly width?: number;
  /** Default 4. */
  readonly layers?: number;
  /** Heads of attention; default 4. */
  readonly heads?: number;
  /** Seed of the first weights; default 0. */
  readonly seed?: number;
}

/** {@link TransformerOptions} as a table. */
export const transformerTable = {
  ...codesTable,
  width: { rule: rules.integer({ min: 1 }), default: 128, doc: "values of a position" },
  layers: { rule: rules.integer({ min: 1 }), default: 4, doc: "layers" },
  heads: { rule: rules.integer({ min: 1 }), default: 4, doc: "heads of attention" },
  ...conditioningTable,
  seed: seedOption,
  ...computeOptions,
} satisfies OptionTable<TransformerOptions>;

/**
 * A causal transformer over codes: every code sees all before it, whatever the size of the grid. Train it by
 * `train(prior, codes)`.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function transformer(options: TransformerOptions): LearnedCodePrior {
  const fn = "transformer";
  const checked = readOptions(fn, transformerTable, options);
  const { positions, codebookSize, width, layers, heads, classes, seed } = checked;
  if (width % heads !== 0) {
    throw new RangeError(`${fn}: width must be a multiple of heads (${heads}), got ${width}`);
  }
  const given = readLevels(fn, checked.given);
  const grid = codeGrid(fn, { positions, codebookSize });
  const n = grid.sizes.length;
  const weights = weightMaker(seed);
  weights.normal("embedding", embeddingShape(grid, width), 0.5);
  weights.normal("start", [1, width], 0.5);
  weights.normal("depth", [n, width], 0.1);
  const told = conditioning(fn, { classes, given }, { grid, width, weights });
  makeLayers({ width, layers, heads }, weights);
  weights.zeros("logits", [n, width, grid.largest]);
  weights.zeros("logitsBias", [n, grid.largest]);
  const parts = { grid, width, layers, heads, told, variables: weights.variables };
  return priorOf(
    { ...checked, given },
    {
      kind: "transformer",
      given: told.given,
      variables: weights.variables,
      logits: (codes, _, columns) => logitsOf(parts, codes, columns),
      stepwise: transformerSteps(parts),
    },
  );
}

/** `[B, T, K]` of all positions at once. */
function logitsOf(parts: TransformerParts, codes: tf.Tensor, given: Columns): tf.Tensor {
  const { grid, width: W, layers, heads, told, variables } = parts;
  const { height, width, sizes, largest: K } = grid;
  const n = sizes.length;
  const cells = height * width;
  const [batch, T] = codes.shape as [number, number];
  const rows = tf.cast(
    tf.add(codes, tf.tile(tf.tensor1d(firstRows(sizes), "int32"), [cells])),
    "int32",
  );
  const embedded = tf.gather(variables["embedding"], rows); // [B, T, W]
  const start = tf.tile(tf.expandDims(variables["start"], 0), [batch, 1, 1]);
  const before = tf.concat([start, tf.slice(embedded, 0, [-1, T - 1, -1])], 1);
  const place = tf.reshape(told.map(given, batch), [batch, cells, 1, W]);
  const where = tf.reshape(tf.add(place, variables["depth"]), [batch, T, W]);
  let x = tf.add(before, where);
  const later = Float32Array.from({ length: T * T }, (_, i) =>
    i % T > Math.floor(i / T) ? -1e9 : 0,
  );
  const looking = { heads, mask: tf.tensor2d(later, [T, T]), remember: <S>(own: S): S => own };
  for (let i = 0; i < layers; i++) x = transformerLayer(variables, i, { x, looking });
  const last = tf.reshape(normalized(x, variables["gain"], variables["bias"]), [
    batch,
    cells,
    n,
    W,
  ]);
  const perDepth = sizes.map((_, depth) => {
    const weight = tf.squeeze(tf.slice(variables["logits"], depth, 1), [0]);
    const bias = tf.slice(variables["logitsBias"], depth, 1);
    return tf.add(linear(tf.slice(last, [0, 0, depth, 0], [-1, -1, 1, -1]), weight), bias);
  });
  return tf.reshape(n === 1 ? perDepth[0] : tf.concat(perDepth, 2), [batch, T, K]);
}

registerModel({
  kind: "transformer",
  build: (options) => transformer(options as unknown as TransformerOptions),
});
