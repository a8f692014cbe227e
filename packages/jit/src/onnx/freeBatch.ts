/**
 * Makes the batch size of a model free.
 *
 * The function is traced for two batch sizes. Where the two models differ only in integers that grow linearly with the
 * batch (shapes, ends of slices), these are computed from the shape of an input; any other difference means that the
 * function depends on the batch size itself.
 */
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "./encode.ts";

/** A model made for one batch size. */
export interface SizedModel {
  readonly batch: number;
  readonly model: OnnxModel;
}

/** Name of the free dimension. */
const dimension = "batch";

/**
 * One model for every batch size from two models for fixed ones.
 *
 * @throws Error when the models differ in more than shapes
 */
export function freeBatch(a: SizedModel, b: SizedModel): OnnxModel {
  const same = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y);
  const nodesAgree =
    a.model.nodes.length === b.model.nodes.length &&
    a.model.nodes.every((node, i) => same(node, b.model.nodes[i]));
  if (!nodesAgree || a.model.constants.length !== b.model.constants.length) {
    throw new Error(dependsOnBatch("its operations differ between batch sizes"));
  }
  const source = a.model.inputs.find((input, i) => !same(input.dims, b.model.inputs[i].dims));
  if (!source) return a.model;
  const writer = new ShapeWriter(source.name, a.model);
  const constants = a.model.constants.flatMap((tensor, i) => {
    const other = b.model.constants[i];
    if (sameData(tensor, other)) return [tensor];
    return writer.replace(tensor, linearEntries({ tensor, other, a: a.batch, b: b.batch }));
  });
  const free = (value: OnnxValue, i: number, list: readonly OnnxValue[]): OnnxValue => ({
    ...value,
    dims: value.dims.map((d, axis) => freeDimension({ d, other: list[i].dims[axis], a, b })),
  });
  return {
    nodes: [...writer.nodes, ...a.model.nodes],
    constants: [...constants, ...writer.constants],
    inputs: a.model.inputs.map((value, i) => free(value, i, b.model.inputs)),
    outputs: a.model.outputs.map((value, i) => free(value, i, b.model.outputs)),
  };
}

/** `offset + factor * batch`. */
interface Linear {
  readonly offset: number;
  readonly factor: number;
}

function linear(x: number, y: number, batches: { a: number; b: number }): Linear {
  const factor = (y - x) / (batches.b - batches.a);
  const offset = x - factor * batches.a;
  if (!Number.isInteger(factor)) {
    throw new Error(
      dependsOnBatch(`a size is ${x} for batch ${batches.a} and ${y} for ${batches.b}`),
    );
  }
  return { offset, factor };
}

function linearEntries(parts: {
  readonly tensor: OnnxTensor;
  readonly other: OnnxTensor;
  readonly a: number;
  readonly b: number;
}): Linear[] {
  const { tensor, other, a, b } = parts;
  if (tensor.type !== "int64" || tensor.data.length !== other.data.length) {
    throw new Error(dependsOnBatch("a number in it changes with the batch size"));
  }
  return Array.from(tensor.data as ArrayLike<number | bigint>, (value, i) =>
    linear(Number(value), Number(other.data[i]), { a, b }),
  );
}

function sameData(a: OnnxTensor, b: OnnxTensor): boolean {
  return (
    a.type === b.type &&
    a.data.length === b.data.length &&
    a.data.every((value, i) => Object.is(value, b.data[i]))
  );
}

function freeDimension(parts: {
  readonly d: number | string;
  readonly other: number | string;
  readonly a: SizedModel;
  readonly b: SizedModel;
}): number | string {
  const { d, other, a, b } = parts;
  if (d === other) return d;
  const { offset, factor } = linear(Number(d), Number(other), { a: a.batch, b: b.batch });
  return offset === 0 && factor === 1 ? dimension : `${factor}*${dimension}+${offset}`;
}

/** Writes the nodes that compute shapes from the batch size. */
class ShapeWriter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  readonly #source: string;
  readonly #model: OnnxModel;
  #batch: string | undefined;
  #count = 0;

  constructor(source: string, model: OnnxModel) {
    this.#source = source;
    this.#model = model;
  }

  /** The constants to keep in place of one whose entries depend on the batch. */
  replace(tensor: OnnxTensor, entries: readonly Linear[]): OnnxTensor[] {
    const free = entries.filter(({ factor }) => factor !== 0);
    const users = this.#model.nodes.filter((node) => node.inputs.includes(tensor.name));
    const onlyReshapes = users.every(({ opType }) => opType === "Reshape");
    if (
      free.length === 1 &&
      onlyReshapes &&
      !entries.some(({ factor, offset }) => factor === 0 && offset === 0)
    ) {
      const data = BigInt64Array.from(entries, (e) => (e.factor === 0 ? BigInt(e.offset) : -1n));
      return [{ ...tensor, data }];
    }
    const parts = entries.map((entry) => this.#entry(entry));
    this.#node({ opType: "Concat", inputs: parts, output: tensor.name, attributes: { axis: 0 } });
    return [];
  }

  #entry({ offset, factor }: Linear): string {
    if (factor === 0) return this.#int(offset);
    let name = this.#batchSize();
    if (factor !== 1) name = this.#node({ opType: "Mul", inputs: [name, this.#int(factor)] });
    if (offset !== 0) name = this.#node({ opType: "Add", inputs: [name, this.#int(offset)] });
    return name;
  }

  #batchSize(): string {
    this.#batch ??= this.#node({
      opType: "Shape",
      inputs: [this.#source],
      attributes: { start: 0, end: 1 },
    });
    return this.#batch;
  }

  #int(value: number): string {
    const name = this.#fresh();
    this.constants.push({ name, type: "int64", dims: [1], data: BigInt64Array.of(BigInt(value)) });
    return name;
  }

  #node(parts: {
    readonly opType: string;
    readonly inputs: readonly string[];
    readonly output?: string;
    readonly attributes?: OnnxNode["attributes"];
  }): string {
    const { opType, inputs, output = this.#fresh(), attributes = {} } = parts;
    this.nodes.push({ opType, inputs, outputs: [output], attributes });
    return output;
  }

  #fresh(): string {
    return `shape${this.#count++}`;
  }
}

function dependsOnBatch(what: string): string {
  return `toOnnx: a free batch size needs a function that does not depend on it, but ${what}; give options.batch a number`;
}
