import type { DType, TypedArray } from "../types.ts";

/** A constant argument of an operation. */
export type Attribute = number | boolean | string | readonly number[];

/** Constant arguments by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * One operation of a graph.
 *
 * Nodes are immutable and know their inputs only: a graph is whatever its results reach.
 * What an operation means is written beside its builder in `operations.ts`.
 */
export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  /** The values of a `constant`. */
  readonly data?: TypedArray;
}

/** One result of a node: a tensor of known shape and type. */
export interface Value {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Shape and type of a result. */
export interface ValueType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A traced function: named feeds and numbered state go in, named outputs and new state come out. */
export interface Graph {
  readonly feeds: readonly { readonly name: string; readonly value: Value }[];
  /** One leaf per declared variable, used or not. */
  readonly state: readonly Value[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  /** New values of the variables that were assigned, by their number in `state`. */
  readonly updates: readonly { readonly state: number; readonly value: Value }[];
}

/** What a node is made of. */
export interface NodeParts {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes?: Attributes;
  readonly data?: TypedArray;
}

/** Makes a node with the given result types. */
export function makeNode(parts: NodeParts, types: readonly ValueType[]): Node {
  const outputs: Value[] = [];
  const node: Node = {
    op: parts.op,
    inputs: parts.inputs,
    attributes: parts.attributes ?? {},
    outputs,
    ...(parts.data ? { data: parts.data } : {}),
  };
  types.forEach(({ shape, dtype }, index) => outputs.push({ node, index, shape, dtype }));
  return node;
}

/** Makes a node with one result and returns that. */
export function makeValue(parts: NodeParts, type: ValueType): Value {
  return makeNode(parts, [type]).outputs[0];
}
