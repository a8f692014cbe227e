import type { OnnxModel, OnnxNode } from "./encode.ts";

/**
 * Gives every node a name: after the layer of the weight that it takes (`encoder/dense1/MatMul` of `encoder/dense1/kernel`), or after the
 * layer whose result it takes; by its operator alone where there is none. Names are different from one another.
 */
export function nameNodes(model: OnnxModel): OnnxModel {
  const weights = new Set(model.constants.map(({ name }) => name).filter(isPath));
  const layers = new Map<string, string>();
  const counts = new Map<string, number>();
  const named = (node: OnnxNode): OnnxNode => {
    const weight = node.inputs.find((input) => weights.has(input));
    const layer =
      weight === undefined
        ? node.inputs.map((input) => layers.get(input)).find((name) => name !== undefined)
        : weight.slice(0, weight.lastIndexOf("/"));
    if (layer !== undefined) for (const output of node.outputs) layers.set(output, layer);
    const base = layer === undefined ? node.opType : `${layer}/${node.opType}`;
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return { ...node, name: count === 0 ? base : `${base}_${count}` };
  };
  return { ...model, nodes: model.nodes.map(named) };
}

const isPath = (name: string): boolean => name.includes("/");
