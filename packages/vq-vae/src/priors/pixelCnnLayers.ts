/** The layers of the gated PixelCNN, written for windows of any size: the whole grid, one row, or one position. */
import * as tf from "@tensorflow/tfjs-core";
import { linear } from "../linear.ts";
import type { WeightMaker } from "./weights.ts";

/** Sizes of the network. */
export interface PixelCnnSizes {
  /** Channels C of either stack. */
  readonly width: number;
  readonly layers: number;
}

type Variables = Readonly<Record<string, tf.Variable>>;

/** Makes the weights of both stacks. */
export function makeStacks({ width: C, layers }: PixelCnnSizes, weights: WeightMaker): void {
  for (let i = 0; i < layers; i++) {
    weights.normal(`layer${i}/vertical`, [2, 3, C, 2 * C]);
    weights.zeros(`layer${i}/verticalBias`, [2 * C]);
    weights.normal(`layer${i}/across`, [2 * C, 2 * C]);
    weights.normal(`layer${i}/horizontal`, [1, 2, C, 2 * C]);
    weights.zeros(`layer${i}/horizontalBias`, [2 * C]);
    weights.normal(`layer${i}/out`, [C, C]);
    weights.normal(`layer${i}/conditionVertical`, [C, 2 * C], 0.5 / Math.sqrt(C));
    weights.normal(`layer${i}/conditionHorizontal`, [C, 2 * C], 0.5 / Math.sqrt(C));
  }
}

/** `tanh(a) sigmoid(b)` of the two halves of the last axis. */
function gate(x: tf.Tensor): tf.Tensor {
  const [a, b] = tf.split(x, 2, x.rank - 1);
  return tf.mul(tf.tanh(a), tf.sigmoid(b));
}

/** What a layer of the vertical stack gives. */
export interface Vertical {
  /** Input of its next layer, `[B, rows, w, C]`. */
  readonly next: tf.Tensor;
  /** What joins the horizontal stack, condition included, `[B, rows, w, 2 C]`. */
  readonly across: tf.Tensor;
}

/**
 * A layer of the vertical stack: at each position all of the row and of the row above, a column to each side.
 *
 * @param window its input with one row more above, `[B, 1 + rows, w, C]`
 * @param condition `[B, rows, w, C]`
 */
export function verticalLayer(
  variables: Variables,
  i: number,
  { window, condition }: { readonly window: tf.Tensor; readonly condition: tf.Tensor },
): Vertical {
  const of = (name: string): tf.Variable => variables[`layer${i}/${name}`];
  const padded = tf.pad(window as tf.Tensor4D, [
    [0, 0],
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
  const sum = tf.add(
    tf.add(tf.conv2d(padded, of("vertical") as tf.Tensor4D, 1, "valid"), of("verticalBias")),
    linear(condition, of("conditionVertical")),
  );
  const across = tf.add(
    tf.add(linear(sum, of("across")), of("horizontalBias")),
    linear(condition, of("conditionHorizontal")),
  );
  return { next: gate(sum), across };
}

/**
 * A layer of the horizontal stack, with its residual connection: the position and the one to the left.
 *
 * @param window its input with one column more at the left, `[B, rows, 1 + columns, C]`
 * @param across of the same layer of the vertical stack, `[B, rows, columns, 2 C]`
 * @returns the input of its next layer, `[B, rows, columns, C]`
 */
export function horizontalLayer(
  variables: Variables,
  i: number,
  { window, across }: { readonly window: tf.Tensor; readonly across: tf.Tensor },
): tf.Tensor {
  const of = (name: string): tf.Variable => variables[`layer${i}/${name}`];
  const sum = tf.add(
    tf.conv2d(window as tf.Tensor4D, of("horizontal") as tf.Tensor4D, 1, "valid"),
    across,
  );
  const [, , columns] = sum.shape as number[];
  const own = tf.slice(window, [0, 0, 1, 0], [-1, -1, columns, -1]);
  return tf.add(own, linear(gate(sum), of("out")));
}
