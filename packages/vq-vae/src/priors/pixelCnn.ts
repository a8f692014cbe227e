/**
 * The gated PixelCNN: two stacks of masked convolutions, of which one sees the rows above and the other the row to the left,
 * so that together they see every earlier position and no later one, without the blind spot of a single masked stack.
 * Source: van den Oord et al. 2016, https://arxiv.org/abs/1606.05328, sections 2.1-2.3. Instead of masks, inputs are shifted by
 * one row and by one column; a learned vector of the position joins every gate, since code grids are small.
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
import { codeGrid, codesTable, embedCodes, embeddingShape, type CodesOptions } from "./codeGrid.ts";
import { allLogits, makeHead } from "./codeHead.ts";
import { conditioning, conditioningTable, readLevels } from "./conditioning.ts";
import type { ConditioningOptions } from "./conditioning.ts";
import { horizontalLayer, makeStacks, verticalLayer } from "./pixelCnnLayers.ts";
import { pixelCnnSteps, type PixelCnnParts } from "./pixelCnnSteps.ts";
import { priorOf } from "./priorOf.ts";
import { seedOption, weightMaker } from "./weights.ts";

/** Options of {@link pixelCnn}. */
export interface PixelCnnOptions extends CodesOptions, ConditioningOptions, ComputeOptions {
  /** Channels of either stack; default 64. */
  readonly width?: number;
  /** Layers of either stack, which is also how many columns to each side a position sees of the row above; default 6. */
  readonly layers?: number;
  /** Seed of the first weights; default 0. */
  readonly seed?: number;
}

/** {@link PixelCnnOptions} as a table. */
export const pixelCnnTable = {
  ...codesTable,
  width: { rule: rules.integer({ min: 1 }), default: 64, doc: "channels of either stack" },
  layers: { rule: rules.integer({ min: 1 }), default: 6, doc: "layers of either stack" },
  ...conditioningTable,
  seed: seedOption,
  ...computeOptions,
} satisfies OptionTable<PixelCnnOptions>;

/**
 * A gated PixelCNN over codes: `log p(codes) = sum_t log p(code_t | codes before t)` in raster order, and at each position one
 * codebook after the other. Train it by `train(prior, codes)`.
 *
 * A position sees all earlier ones within `layers` columns to each side.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function pixelCnn(options: PixelCnnOptions): LearnedCodePrior {
  const fn = "pixelCnn";
  const checked = readOptions(fn, pixelCnnTable, options);
  const { positions, codebookSize, width, layers, classes, seed } = checked;
  const given = readLevels(fn, checked.given);
  const grid = codeGrid(fn, { positions, codebookSize });
  const weights = weightMaker(seed);
  weights.normal("embedding", embeddingShape(grid, width), 1);
  const told = conditioning(fn, { classes, given }, { grid, width, weights });
  makeStacks({ width, layers }, weights);
  makeHead(grid, { width, hidden: 2 * width, weights });
  const parts: PixelCnnParts = { grid, width, layers, told, variables: weights.variables };
  return priorOf(
    { ...checked, given },
    {
      kind: "pixelcnn",
      given: told.given,
      variables: weights.variables,
      logits: (codes, _, columns) => logitsOf(parts, codes, columns),
      stepwise: pixelCnnSteps(parts),
    },
  );
}

/** `[B, T, K]` of all positions at once. */
function logitsOf(parts: PixelCnnParts, codes: tf.Tensor, given: Columns): tf.Tensor {
  const { grid, layers, told, variables } = parts;
  const { height, width, sizes, largest } = grid;
  const batch = codes.shape[0];
  const cells = tf.reshape(codes, [batch, height, width, sizes.length]);
  const embedded = embedCodes(variables["embedding"], cells, sizes); // [B, h, w, C]
  const condition = told.map(given, batch);
  let vertical = padBefore(tf.slice(embedded, 0, [batch, height - 1, width, -1]), 1); // a row down
  let horizontal = padBefore(tf.slice(embedded, 0, [batch, height, width - 1, -1]), 2); // a column right
  for (let i = 0; i < layers; i++) {
    const window = padBefore(vertical, 1);
    const { next, across } = verticalLayer(variables, i, { window, condition });
    horizontal = horizontalLayer(variables, i, { window: padBefore(horizontal, 2), across });
    vertical = next;
  }
  const logits = allLogits(variables, grid, { features: tf.relu(horizontal), codes: cells });
  return tf.reshape(logits, [batch, height * width * sizes.length, largest]);
}

/** One row (axis 1) or column (axis 2) of zeros before the others. */
function padBefore(x: tf.Tensor, axis: 1 | 2): tf.Tensor {
  return tf.pad(
    x,
    x.shape.map((_, i): [number, number] => (i === axis ? [1, 0] : [0, 0])),
  );
}

registerModel({
  kind: "pixelcnn",
  build: (options) => pixelCnn(options as unknown as PixelCnnOptions),
});
