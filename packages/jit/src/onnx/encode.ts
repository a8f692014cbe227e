/** An ONNX model as plain data, and its encoding. Field numbers are those of onnx.proto (IR version 9). */
import type { TypedArray } from "../types.ts";
import {
  bytesField,
  finish,
  floatField,
  floatsField,
  integerField,
  integersField,
  message,
  messageField,
  stringField,
  type Message,
} from "./protobuf.ts";

/** Element types with their numbers in ONNX's `TensorProto.DataType`. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

/** An element type of ONNX that the compiler uses. */
export type ElementType = keyof typeof elementTypes;

/** A constant; `data` is little-endian in memory, as on every platform that runs JavaScript engines of today. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TypedArray | BigInt64Array;
}

/** An attribute of a node: an integer, float, string, list of integers or list of floats. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** A node; empty input names are inputs left out. */
export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  readonly name?: string;
}

/** Name and type of an input or output; a dimension given as a string is free and named so. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** A whole model. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const irVersion = 9;
/** The version of the standard operator set that models are written in. */
export const opsetVersion = 18;

/**
 * Writes a model in ONNX's format. Equal models give equal bytes.
 *
 * @param metadata texts by key
 */
export function encodeModel(
  model: OnnxModel,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const graph = message(
    ...model.nodes.map((node) => messageField(1, encodeNode(node))),
    stringField(2, "elbo"),
    ...model.constants.map((tensor) => messageField(5, encodeTensor(tensor))),
    ...model.inputs.map((value) => messageField(11, encodeValue(value))),
    ...model.outputs.map((value) => messageField(12, encodeValue(value))),
  );
  return finish(
    message(
      integerField(1, irVersion),
      stringField(2, "elbo"),
      messageField(7, graph),
      messageField(8, message(stringField(1, ""), integerField(2, opsetVersion))),
      ...Object.entries(metadata).map(([key, value]) =>
        messageField(14, message(stringField(1, key), stringField(2, value))),
      ),
    ),
  );
}

function encodeNode(node: OnnxNode): Message {
  return message(
    ...node.inputs.map((name) => stringField(1, name)),
    ...node.outputs.map((name) => stringField(2, name)),
    ...(node.name === undefined ? [] : [stringField(3, node.name)]),
    stringField(4, node.opType),
    ...Object.entries(node.attributes).map(([name, value]) =>
      messageField(5, message(stringField(1, name), encodeAttribute(value))),
    ),
  );
}

function encodeAttribute(value: OnnxAttribute): Message {
  if (typeof value === "number") return message(integerField(3, value), integerField(20, 2));
  if (typeof value === "string") return message(stringField(4, value), integerField(20, 3));
  if ("float" in value) return message(floatField(2, value.float), integerField(20, 1));
  if ("floats" in value) return message(floatsField(7, value.floats), integerField(20, 6));
  return message(integersField(8, value), integerField(20, 7));
}

function encodeTensor({ name, type, dims, data }: OnnxTensor): Message {
  return message(
    integersField(1, dims),
    integerField(2, elementTypes[type]),
    stringField(8, name),
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
}

function encodeValue({ name, type, dims }: OnnxValue): Message {
  const shape = message(
    ...dims.map((d) =>
      messageField(1, typeof d === "number" ? integerField(1, d) : stringField(2, d)),
    ),
  );
  const tensorType = message(integerField(1, elementTypes[type]), messageField(2, shape));
  return message(stringField(1, name), messageField(2, messageField(1, tensorType)));
}
