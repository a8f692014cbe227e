/** Writes a part of a graph as an ONNX model: the operations between given inputs and outputs, each by its row of the operator tables. */
import { arrayFor } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";
import { topologicalOrder } from "../graph/walk.ts";
import { encodeModel, type OnnxModel, type OnnxNode, type OnnxTensor } from "./encode.ts";
import { meanOfConstant, reshapeConstant, transposeConstant } from "./fold.ts";
import type { Emitter } from "./operators/emitter.ts";
import { operators } from "./operators/index.ts";
import type { TypedArray } from "../types.ts";

/** The ends of a model. */
export interface ModelSignature {
  /** Values that are given: leaves, or any value to cut at, which is then not computed but read. */
  readonly inputs: readonly { readonly name: string; readonly value: Value }[];
  /** Values to compute; an output may be an input or a constant. */
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  /** What constants with these values are called; others are numbered. */
  readonly names?: ReadonlyMap<TypedArray, string>;
}

/** Constants up to this many elements are shared by content, larger ones by identity. */
const sharedLength = 16;

/**
 * The encoded ONNX model of a part of a graph: standard operators only, the same bytes for the same graph.
 *
 * @throws Error when an output needs a feed or state that is not an input
 */
export function toModel(signature: ModelSignature): Uint8Array {
  return encodeModel(buildModel(signature));
}

/** The same as plain data. */
export function buildModel({ inputs, outputs, names }: ModelSignature): OnnxModel {
  const taken = new Set([...inputs, ...outputs].map(({ name }) => name));
  const writer = new Writer(taken, names);
  for (const { name, value } of inputs) if (!writer.has(value)) writer.give(value, name);
  const given = new Set(inputs.map(({ value }) => value));
  for (const node of nodesBetween(given, outputs)) writer.write(node);
  for (const { name, value } of outputs) writer.output(name, value);
  const nodes = writer.nodes();
  return {
    nodes,
    constants: writer.constants(nodes),
    inputs: inputs.map(({ name, value }) => ({ name, type: value.dtype, dims: value.shape })),
    outputs: outputs.map(({ name, value }) => ({ name, type: value.dtype, dims: value.shape })),
  };
}

/** The nodes to run, inputs before users, not looking behind given values. */
function nodesBetween(
  given: ReadonlySet<Value>,
  outputs: ModelSignature["outputs"],
): readonly Node[] {
  const open = (values: readonly Value[]): Value[] => values.filter((value) => !given.has(value));
  return topologicalOrder(open(outputs.map(({ value }) => value)), (node) =>
    isEmpty(node) ? [] : open(node.inputs),
  );
}

/** Whether a node has nothing to compute; several operators of ONNX Runtime end the process on empty tensors. */
function isEmpty(node: Node): boolean {
  const leaf = node.op === "feed" || node.op === "state";
  return !leaf && node.outputs.every(({ shape }) => sizeOf(shape) === 0);
}

class Writer {
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #nodes: OnnxNode[] = [];
  readonly #names = new Map<Value, string>();
  readonly #shared = new Map<string, string>();
  /** Names of results, which may still be changed. */
  readonly #made = new Set<string>();
  readonly #renamed = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #given: ReadonlyMap<unknown, string>;
  readonly #emitter: Emitter;
  #count = 0;

  constructor(taken: ReadonlySet<string>, names: ReadonlyMap<unknown, string> = new Map()) {
    this.#taken = new Set(taken);
    this.#given = names;
    this.#emitter = {
      node: (opType, inputs, attributes = {}) =>
        this.#folded(opType, inputs, attributes) ?? this.#add({ opType, inputs, attributes }, 1)[0],
      split: (opType, inputs, { results, attributes = {} }) =>
        this.#add({ opType, inputs, attributes }, results),
      constant: (tensor) => this.#constant(tensor),
    };
  }

  has(value: Value): boolean {
    return this.#names.has(value);
  }

  give(value: Value, name: string): void {
    this.#names.set(value, name);
  }

  write(node: Node): void {
    if (node.data || isEmpty(node)) {
      for (const value of node.outputs) this.#giveConstant(value, node.data);
      return;
    }
    const operator = operators[node.op];
    if (!operator) {
      const { name, index } = node.attributes;
      const which = node.op === "feed" ? ` "${String(name)}"` : ` ${String(index)}`;
      throw new Error(`internal: toModel needs ${node.op}${which} as an input`);
    }
    const inputs = node.inputs.map((input) => this.#names.get(input) ?? "");
    const names = operator(node, inputs, this.#emitter);
    (typeof names === "string" ? [names] : names).forEach((name, i) => {
      if (!this.has(node.outputs[i])) this.give(node.outputs[i], name);
    });
  }

  #giveConstant(value: Value, data?: TypedArray): void {
    const { shape, dtype } = value;
    if (this.has(value)) return;
    this.give(
      value,
      this.#constant({ type: dtype, dims: shape, data: data ?? arrayFor(dtype, 0) }),
    );
  }

  /** Names a computed value after the output; an input, a constant or a second name of the same value is copied. */
  output(name: string, value: Value): void {
    const internal = this.#names.get(value) ?? "";
    if (this.#made.has(internal) && !this.#renamed.has(internal)) {
      this.#renamed.set(internal, name);
    } else {
      this.#nodes.push({ opType: "Identity", inputs: [internal], outputs: [name], attributes: {} });
    }
  }

  /** The constants that nodes read: what was folded away is not among them. */
  constants(nodes: readonly OnnxNode[]): OnnxTensor[] {
    const read = new Set(nodes.flatMap(({ inputs }) => inputs));
    return [...this.#constants.values()].filter(({ name }) => read.has(name));
  }

  nodes(): OnnxNode[] {
    const rename = (name: string): string => this.#renamed.get(name) ?? name;
    return this.#nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
  }

  #add(parts: Omit<OnnxNode, "outputs">, results: number): string[] {
    const outputs = Array.from({ length: results }, () => this.#fresh());
    this.#nodes.push({ ...parts, outputs });
    for (const name of outputs) this.#made.add(name);
    return outputs;
  }

  /** The constant that a move of constants makes. */
  #folded(
    opType: string,
    inputs: readonly string[],
    attributes: OnnxNode["attributes"],
  ): string | undefined {
    const [x, shape] = inputs.map((name) => this.#constants.get(name));
    if (!x) return undefined;
    const name = x.name.includes("/") ? `${x.name}_${opType.toLowerCase()}` : undefined;
    if (opType === "Transpose") {
      return this.#constant(transposeConstant(x, attributes.perm as readonly number[]), name);
    }
    if (opType === "ReduceMean" && shape && x.type === "float32" && x.data.length > 0) {
      const axes = Array.from(shape.data as BigInt64Array, Number);
      return this.#constant(meanOfConstant(x, axes, attributes.keepdims === 1), name);
    }
    // A shape of 0 or -1 is for sizes that are not known.
    if (opType !== "Reshape" || !shape) return undefined;
    const moved = reshapeConstant(x, shape);
    return moved.dims.every((size) => size > 0) ? this.#constant(moved, name) : undefined;
  }

  #constant(tensor: Omit<OnnxTensor, "name">, moved?: string): string {
    const { type, dims, data } = tensor;
    if (data.length > sharedLength || moved !== undefined || this.#given.has(data)) {
      return this.#addConstant(tensor, moved);
    }
    // The bytes and not the numbers: 0 and -0 differ, and NaN equals itself.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type} ${dims.join()} ${bytes.join()}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = this.#addConstant(tensor);
    this.#shared.set(key, name);
    return name;
  }

  /** @param moved name for one that was made of another */
  #addConstant(tensor: Omit<OnnxTensor, "name">, moved?: string): string {
    const name = this.#nameFor(this.#given.get(tensor.data) ?? moved);
    this.#constants.set(name, { ...tensor, name });
    return name;
  }

  /** A name that nothing else has: the one wanted, or a number. */
  #nameFor(wanted: string | undefined): string {
    let name = wanted ?? this.#fresh();
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted ?? name}_${i}`;
    this.#taken.add(name);
    return name;
  }

  #fresh(): string {
    let name;
    do name = `t${this.#count++}`;
    while (this.#taken.has(name));
    return name;
  }
}
