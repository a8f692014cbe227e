import { sameShape } from "../graph/shape.ts";
import { makeValue, type Value } from "../graph/value.ts";
import type { Rule } from "./rebuild.ts";

const convolutions = new Set(["conv2d", "conv2dInputGradient"]);

/** Hands a bias per channel to the convolution before it, whose matrix product then adds it for nothing. */
export const biasIntoConvolution: Rule = (node) => {
  if (node.op !== "add") return undefined;
  for (const side of [0, 1]) {
    const layer = node.inputs[side];
    const bias = node.inputs[1 - side];
    if (!convolutions.has(layer.node.op) || layer.node.inputs.length !== 2) continue;
    if (!sameShape(bias.shape, [layer.shape[3]])) continue;
    return withBias(layer, bias);
  }
  return undefined;
};

function withBias(layer: Value, bias: Value): Value {
  const { node } = layer;
  return makeValue({ ...node, inputs: [...node.inputs, bias] }, layer);
}
