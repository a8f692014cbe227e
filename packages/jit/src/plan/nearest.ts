/**
 * The nearest code as the end of a product: the index of the least `bias[n] + factor sum_k a[m, k] b[k, n]` of each row,
 * without the matrix of all sums in memory.
 */
import { reshape } from "../graph/operations/reshape.ts";
import { sizeOf } from "../graph/shape.ts";
import { makeValue, type Node, type Value } from "../graph/value.ts";
import { uniformValue } from "../rewrite/algebra.ts";
import type { Rule } from "../rewrite/rebuild.ts";
import { underReshapes } from "./fuse.ts";

interface Scaled {
  readonly product: Node;
  readonly factor: number;
}

/** A value as a number times a product of two matrices. */
function scaledProduct(value: Value): Scaled | undefined {
  const { node } = value;
  if (node.op === "matMul") {
    return value.shape.length === 2 && value.dtype === "float32"
      ? { product: node, factor: 1 }
      : undefined;
  }
  if (node.op === "neg") return times(scaledProduct(node.inputs[0]), -1);
  if (node.op !== "mul") return undefined;
  for (const side of [0, 1]) {
    const factor = uniformValue(node.inputs[side]);
    if (factor !== undefined) return times(scaledProduct(node.inputs[1 - side]), factor);
  }
  return undefined;
}

function times(scaled: Scaled | undefined, factor: number): Scaled | undefined {
  return scaled && { ...scaled, factor: scaled.factor * factor };
}

/** A value that is the same in all rows of a matrix, as one row. */
function asRow(value: Value, columns: number): Value | undefined {
  if (sizeOf(value.shape) !== columns || value.shape.at(-1) !== columns) return undefined;
  return reshape(underReshapes(value), [columns]);
}

interface Sum extends Scaled {
  readonly bias: Value | undefined;
  /** Whether the sum that is meant is the negative of this one. */
  readonly negative: boolean;
}

function sumOf(value: Value): Sum | undefined {
  const plain = scaledProduct(value);
  if (plain) return { ...plain, bias: undefined, negative: false };
  const { op, inputs } = value.node;
  if (op !== "add" && op !== "sub") return undefined;
  for (const side of [0, 1]) {
    const scaled = scaledProduct(inputs[side]);
    const bias = asRow(inputs[1 - side], value.shape.at(-1) as number);
    if (!scaled || !bias) continue;
    if (op === "add") return { ...scaled, bias, negative: false };
    // bias - product, or the negative of it.
    return { ...scaled, factor: -scaled.factor, bias, negative: side === 0 };
  }
  return undefined;
}

/** The rule. */
export const nearestCode: Rule = (node) => {
  if (node.op !== "argMin" && node.op !== "argMax") return undefined;
  const [value] = node.inputs;
  if (value.shape.length !== 2 || node.attributes.axis !== 1 || value.shape.includes(0))
    return undefined;
  const sum = sumOf(value);
  if (!sum) return undefined;
  const least = (node.op === "argMin") !== sum.negative;
  const { inputs, attributes } = sum.product;
  return makeValue(
    {
      op: "nearest",
      inputs: sum.bias ? [...inputs, sum.bias] : inputs,
      attributes: { ...attributes, factor: sum.factor, least },
    },
    node.outputs[0],
  );
};
