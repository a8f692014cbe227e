/** From features of a position to the logits of its codes, one codebook after the other. */
import * as tf from "@tensorflow/tfjs-core";
import { linear } from "../linear.ts";
import { embedCodes } from "./codeGrid.ts";
import type { CodeGrid } from "./codeGrid.ts";
import type { WeightMaker } from "./weights.ts";

type Variables = Readonly<Record<string, tf.Variable>>;

/** Makes the weights of a head; its last layer starts at zero, so that an untrained prior is uniform. */
export function makeHead(
  { sizes, largest }: CodeGrid,
  {
    width,
    hidden,
    weights,
  }: { readonly width: number; readonly hidden: number; readonly weights: WeightMaker },
): void {
  weights.normal("head/hidden", [width, hidden]);
  sizes.forEach((_, depth) => {
    weights.zeros(`head/bias${depth}`, [hidden]);
    weights.zeros(`head/logits${depth}`, [hidden, largest]);
    weights.zeros(`head/logitsBias${depth}`, [largest]);
  });
  const before = sizes.slice(0, -1).reduce((a, b) => a + b, 0);
  if (before > 0) weights.normal("head/embedding", [before, hidden], 0.5);
}

/**
 * Logits of the codebook `depth` at positions, given those before it there:
 * `relu(features W + sum of embeddings of the codes before + b) V + c`.
 *
 * @param features `[..., C]`
 * @param before int32 `[..., depth]`; absent for the first
 * @returns `[..., K]`
 */
export function headLogits(
  variables: Variables,
  { sizes }: CodeGrid,
  { features, before }: { readonly features: tf.Tensor; readonly before: tf.Tensor | undefined },
): tf.Tensor {
  const depth = before?.shape[before.rank - 1] ?? 0;
  let hidden = tf.add(linear(features, variables["head/hidden"]), variables[`head/bias${depth}`]);
  if (before !== undefined) {
    hidden = tf.add(hidden, embedCodes(variables["head/embedding"], before, sizes));
  }
  const logits = linear(tf.relu(hidden), variables[`head/logits${depth}`]);
  return tf.add(logits, variables[`head/logitsBias${depth}`]);
}

/**
 * Logits of all codebooks at positions of known codes.
 *
 * @param features `[B, h, w, C]`
 * @param codes int32 `[B, h, w, n]`
 * @returns `[B, h, w, n, K]`
 */
export function allLogits(
  variables: Variables,
  grid: CodeGrid,
  { features, codes }: { readonly features: tf.Tensor; readonly codes: tf.Tensor },
): tf.Tensor {
  const perDepth = grid.sizes.map((_, depth) => {
    const before = depth === 0 ? undefined : tf.slice(codes, [0, 0, 0, 0], [-1, -1, -1, depth]);
    return headLogits(variables, grid, { features, before });
  });
  return perDepth.length === 1 ? tf.expandDims(perDepth[0], 3) : tf.stack(perDepth, 3);
}
