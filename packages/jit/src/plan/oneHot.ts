/**
 * One-hot matrices that are only summed: by index instead, without a matrix of rows x choices.
 *
 * What a choice's sum is made of is the rows that chose it. A product with a one-hot matrix adds zeros times the others,
 * which an infinite or undefined number among them would turn into NaN; here it reaches the sum of its own choice alone.
 */
import { mul } from "../graph/operations/arithmetic.ts";
import { sumRows } from "../graph/operations/indexing.ts";
import { scalar } from "../graph/operations/leaves.ts";
import { expand, reshape } from "../graph/operations/reshape.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { Rule } from "../rewrite/rebuild.ts";
import { underReshapes } from "./fuse.ts";

/** Whether a value is the whole numbers from 0 on. */
function isSequence({ node, shape }: Value): boolean {
  return (
    node.op === "constant" && shape.length === 1 && (node.data?.every((x, i) => x === i) ?? false)
  );
}

/** The choices `[n]` of a matrix `[..., k]` whose rows are one-hot, or zero where the choice is out of range. */
function choicesOf(value: Value): Value | undefined {
  const { node } = underReshapes(value);
  if (node.op !== "cast" || node.inputs[0].node.op !== "equal") return undefined;
  if (node.outputs[0].shape.at(-1) !== value.shape.at(-1)) return undefined;
  const sides = node.inputs[0].node.inputs;
  for (const side of [0, 1]) {
    const [choices, sequence] = [sides[side], sides[1 - side]];
    if (!isSequence(sequence) || sequence.shape[0] !== value.shape.at(-1)) continue;
    if (choices.dtype !== "int32" || choices.shape.at(-1) !== 1) continue;
    const count = sizeOf(choices.shape);
    if (count * sequence.shape[0] !== sizeOf(value.shape)) continue;
    return reshape(choices, [count]);
  }
  return undefined;
}

/** `oneHot' x`: the sums of the rows of `x` by choice. */
export const sumsByChoice: Rule = (node) => {
  if (node.op !== "matMul" || node.outputs[0].dtype !== "float32") return undefined;
  const [oneHot, x] = node.inputs;
  const { transposeA, transposeB } = node.attributes;
  if (!transposeA || transposeB || oneHot.shape.length !== 2 || x.shape.length !== 2) {
    return undefined;
  }
  const choices = choicesOf(oneHot);
  return choices && sumRows(x, choices, oneHot.shape[1]);
};

/** The sum or mean of a one-hot matrix over its rows: how often each choice was made. */
export const countsOfChoices: Rule = (node) => {
  if (node.op !== "reduceSum" && node.op !== "reduceMean") return undefined;
  const [oneHot] = node.inputs;
  const { shape, dtype } = node.outputs[0];
  const axes = new Set(node.attributes.axes as readonly number[]);
  const last = oneHot.shape.length - 1;
  if (axes.size !== last || axes.has(last) || oneHot.shape.includes(0)) return undefined;
  const choices = choicesOf(oneHot);
  if (!choices) return undefined;
  const ones = expand(scalar(1, dtype), choices.shape);
  const counts = reshape(sumRows(ones, choices, oneHot.shape[last]), shape);
  return node.op === "reduceSum" ? counts : mul(counts, 1 / choices.shape[0]);
};
