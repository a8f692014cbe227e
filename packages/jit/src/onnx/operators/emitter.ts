import type { Node } from "../../graph/value.ts";
import type { DType, TypedArray } from "../../types.ts";
import type { ElementType, OnnxAttribute, OnnxTensor } from "../encode.ts";

/** Attributes of an ONNX node. */
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

/** What a row of the operator tables writes with; every method returns the name of the result. */
export interface Emitter {
  /** Adds a node with one result. */
  node(opType: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /** Adds a node with several results. */
  split(
    opType: string,
    inputs: readonly string[],
    options: { readonly results: number; readonly attributes?: OnnxAttributes },
  ): string[];
  /** A constant; small ones are shared. */
  constant(tensor: Omit<OnnxTensor, "name">): string;
}

/** Writes one operation of the graph as ONNX nodes and returns the names of its results. */
export type Operator = (
  node: Node,
  inputs: readonly string[],
  emit: Emitter,
) => string | readonly string[];

/** Operations of the graph by name; one table per family. */
export type OperatorTable = Readonly<Record<string, Operator>>;

/** A list of int64: axes, shapes, pads. */
export function ints(emit: Emitter, values: readonly number[]): string {
  const data = BigInt64Array.from(values, BigInt);
  return emit.constant({ type: "int64", dims: [values.length], data });
}

/** A scalar of the given type. */
export function scalarOf(emit: Emitter, value: number, dtype: DType = "float32"): string {
  const data: TypedArray = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype].of(
    value,
  );
  return emit.constant({ type: dtype, dims: [], data });
}

const castNumbers = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

/** Converts the element type. */
export function castTo(emit: Emitter, name: string, type: ElementType): string {
  return emit.node("Cast", [name], { to: castNumbers[type] });
}

/** A list attribute of a graph node. */
export function listOf(node: Node, name: string): readonly number[] {
  return node.attributes[name] as readonly number[];
}

/** Runs `write` on int32 copies of boolean inputs, for operators that have no boolean kernel. */
export function throughInt32(operator: Operator): Operator {
  return (node, inputs, emit) => {
    if (!node.inputs.some((input) => input.dtype === "bool")) return operator(node, inputs, emit);
    const numbers = inputs.map((name, i) =>
      node.inputs[i].dtype === "bool" ? castTo(emit, name, "int32") : name,
    );
    const result = operator(node, numbers, emit);
    return node.outputs[0].dtype === "bool" && typeof result === "string"
      ? castTo(emit, result, "bool")
      : result;
  };
}
