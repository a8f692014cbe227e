/**
 * Plans as files: everything that a program needs to run by the kernels alone, weights included.
 *
 * Eight bytes of name, the CRC-32 of all bytes behind it, the length of a header in JSON, the header, then the words of the
 * program, the constants, and the values of the variables, each at a multiple of 64 bytes. Numbers are little-endian.
 */
import { crc32, describeValue } from "@elbo/common";
import { arrayKinds } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { DType, TypedArray } from "../types.ts";
import { programFormat } from "./format.ts";
import { floatsOf, halvesOf } from "./half.ts";
import type { PlacedArray, Plan } from "./plan.ts";
import { floatsOfBytes, scaledBytesOf } from "./scaledBytes.ts";

const magic = "elboplan";
const version = 2;
/** Bytes of name, checksum and length. */
const headBytes = 16;
const alignment = 64;

/** How weights are kept in a file; the program computes in float32. Vectors, such as biases, are not kept in eight bits. */
export const weightTypes = ["float32", "float16", "int8"] as const;

/** One of {@link weightTypes}. */
export type WeightType = (typeof weightTypes)[number];

/** The value of a variable. */
export interface StateValue {
  readonly array: TypedArray;
  readonly shape: readonly number[];
}

/** A plan that can run: its words, places and values. */
export interface StoredPlan extends Pick<
  Plan,
  "words" | "arenaBytes" | "constants" | "states" | "apart" | "kept" | "feeds" | "outputs"
> {
  /** The values of the variables, by their places in `states`. */
  readonly values: readonly TypedArray[];
}

interface Section {
  readonly offset: number;
  readonly length: number;
}

type Named = PlacedArray & { readonly name: string };

interface Header {
  readonly version: number;
  readonly arenaBytes: number;
  readonly feeds: readonly Named[];
  readonly outputs: readonly Named[];
  readonly words: Section;
  readonly constants: Section;
  readonly values: readonly StoredValue[];
}

interface StoredValue extends Section {
  readonly dtype: DType;
  readonly stored: DType | "float16" | "int8";
  /** Of `"int8"`: a float32 for each place on the last axis. */
  readonly scales?: Section;
}

/** Writes a plan and the values of its variables. */
export function encodePlan(
  plan: Omit<StoredPlan, "values">,
  values: readonly StateValue[],
  weights: WeightType,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const add = (array: TypedArray | Uint16Array | Int8Array): Section => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const section = { offset, length: array.length };
    parts.push(bytes);
    offset += roundUp(bytes.length);
    return section;
  };
  const header: Header = {
    version,
    arenaBytes: plan.arenaBytes,
    feeds: plan.feeds,
    outputs: plan.outputs,
    words: add(plan.words),
    constants: add(plan.constants),
    values: values.map((value) => store(value, weights, add)),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = roundUp(headBytes + text.length);
  const file = new Uint8Array(start + offset);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode(magic));
  view.setUint32(magic.length + 4, text.length, true);
  file.set(text, headBytes);
  let at = start;
  for (const bytes of parts) {
    file.set(bytes, at);
    at += roundUp(bytes.length);
  }
  view.setUint32(magic.length, crc32(file.subarray(magic.length + 4)), true);
  return file;
}

function store(
  { array, shape }: StateValue,
  weights: WeightType,
  add: (array: TypedArray | Uint16Array | Int8Array) => Section,
): StoredValue {
  const dtype = dtypeOf(array);
  if (!(array instanceof Float32Array) || weights === "float32")
    return { dtype, stored: dtype, ...add(array) };
  if (weights === "float16") return { dtype, stored: "float16", ...add(halvesOf(array)) };
  const channels = shape.at(-1);
  if (shape.length < 2 || channels === undefined || !array.every(Number.isFinite))
    return { dtype, stored: dtype, ...add(array) };
  const { bytes, scales } = scaledBytesOf(array, channels);
  return { dtype, stored: "int8", scales: add(scales), ...add(bytes) };
}

/**
 * Reads what {@link encodePlan} wrote.
 *
 * @throws TypeError or RangeError when it is no such file, damaged, cut off, or of another version
 */
export function decodePlan(file: Uint8Array): StoredPlan {
  if (!(file instanceof Uint8Array)) {
    throw new TypeError(`loadPlan: the file must be a Uint8Array, got ${describeValue(file)}`);
  }
  const name = new TextDecoder().decode(file.subarray(0, magic.length));
  if (name !== magic || file.length < headBytes) {
    throw new RangeError(
      `loadPlan: the file must be a plan, got ${file.length} bytes of something else`,
    );
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (crc32(file.subarray(magic.length + 4)) !== view.getUint32(magic.length, true)) {
    throw new RangeError(
      `loadPlan: the plan must be whole and as toPlan wrote it, got ${file.length} bytes of another checksum; copy it again`,
    );
  }
  const length = view.getUint32(magic.length + 4, true);
  const start = roundUp(headBytes + length);
  const text = file.subarray(headBytes, headBytes + length);
  const header = JSON.parse(new TextDecoder().decode(text)) as Header;
  if (header.version !== version) {
    throw new RangeError(`loadPlan: the plan must be of version ${version}, got ${header.version}`);
  }
  const take = (section: Section, bytes: number): Uint8Array<ArrayBuffer> => {
    const from = start + section.offset;
    return file.slice(from, from + section.length * bytes); // a copy, aligned
  };
  const words = new Int32Array(take(header.words, 4).buffer);
  if (words[0] !== programFormat) {
    throw new RangeError(
      "loadPlan: the plan must be of this version of @elbo/jit, got one that another wrote; write it again with toPlan",
    );
  }
  return {
    words,
    arenaBytes: header.arenaBytes,
    constants: take(header.constants, 1),
    states: header.values.map((_, i) => i),
    apart: [],
    kept: [],
    feeds: header.feeds,
    outputs: header.outputs,
    values: header.values.map((section) => {
      if (section.stored === "float16") return floatsOf(new Uint16Array(take(section, 2).buffer));
      if (section.scales !== undefined) {
        const bytes = new Int8Array(take(section, 1).buffer);
        return floatsOfBytes({ bytes, scales: new Float32Array(take(section.scales, 4).buffer) });
      }
      if (section.dtype === "bool") return take(section, 1);
      const { buffer } = take(section, 4);
      return section.dtype === "int32" ? new Int32Array(buffer) : new Float32Array(buffer);
    }),
  };
}

function dtypeOf(array: TypedArray): DType {
  if (array instanceof Int32Array) return "int32";
  return array instanceof Float32Array ? "float32" : "bool";
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** The values of a feed, checked. */
export function checkFeed({ name, dtype, shape }: Named, value: unknown): TypedArray {
  const kind = arrayKinds[dtype];
  if (!(value instanceof kind) || value.length !== sizeOf(shape)) {
    throw new RangeError(
      `run: feed "${name}" must be a ${kind.name} of shape [${shape.join(", ")}], got ${describeValue(value)}`,
    );
  }
  return value;
}
