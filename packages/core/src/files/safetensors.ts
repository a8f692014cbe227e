/**
 * Reads and writes safetensors: eight bytes of header length (little-endian), a JSON header that maps each name to dtype,
 * shape and byte range, and the values one after the other. Reading trusts nothing: the header length is compared with
 * the file before anything is allocated, and the ranges must tile the rest of the file exactly.
 *
 * Source: the format's description at https://github.com/huggingface/safetensors.
 */
import { isRecord } from "@elbo/common";
import { sizeOf } from "../shape.ts";
import { elementTypes, readElements } from "./elementTypes.ts";
import type { ElementType, StoredArray, StoredTensor } from "./elementTypes.ts";

/** What a file holds. */
export interface SafetensorsContent {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The types that are written. */
const written = [
  ["F64", Float64Array],
  ["F32", Float32Array],
  ["I32", Int32Array],
  ["U8", Uint8Array],
] as const;

/** A hundred names and shapes take some 10 kB. The format's own limit is 100 MB, which as JSON can take gigabytes. */
const maximalHeader = 2 ** 23;

const dtypeOf = (data: StoredArray): string => {
  for (const [name, array] of written) if (data instanceof array) return name;
  throw new Error("internal: an array of a kind that safetensors files do not hold here");
};

/**
 * The bytes of a file; equal content gives equal bytes.
 *
 * Values are laid out by falling size of their elements and otherwise in the given order, so all are aligned.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const ordered = [...tensors].sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  const header = new Map<string, unknown>();
  if (metadata.size > 0) header.set("__metadata__", Object.fromEntries(metadata));
  let end = 0;
  for (const [name, { data, shape }] of ordered) {
    const start = end;
    end += data.byteLength;
    header.set(name, { dtype: dtypeOf(data), shape, data_offsets: [start, end] });
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  if (headerLength > maximalHeader) {
    throw new RangeError(
      `encodeSafetensors: names and shapes must fit into ${maximalHeader} bytes, got ${headerLength}`,
    );
  }
  const bytes = new Uint8Array(8 + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * What the bytes of a file hold; the arrays are copies. Half and brain floats become 32-bit floats, exactly; integers of other
 * widths become 32-bit ones; booleans are 0 and 1.
 *
 * @param source name of the file for messages
 * @throws Error in one sentence for whatever is not a well-formed file
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): SafetensorsContent {
  const fail = (rule: string): never => {
    throw new Error(`decodeSafetensors: ${source} must ${rule}`);
  };
  if (bytes.length < 8) fail(`begin with eight bytes of header length, got ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = view.getBigUint64(0, true);
  if (declared > BigInt(bytes.length - 8)) {
    fail(`hold its header of ${declared.toString()} bytes, got ${bytes.length - 8} bytes`);
  }
  if (declared > BigInt(maximalHeader)) {
    fail(`have a header of at most ${maximalHeader} bytes, got ${declared.toString()}`);
  }
  const dataStart = 8 + Number(declared);
  const header = parseHeader(bytes.subarray(8, dataStart), fail);
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") readMetadata(value, metadata, fail);
    else entries.push(readEntry(name, value, fail));
  }
  checkTiling(entries, bytes.length - dataStart, fail);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, type, shape, start, end } of entries) {
    const data = readElements(type, bytes.subarray(dataStart + start, dataStart + end));
    if (data === undefined) fail(`hold integers of 32 bits, got wider ones in ${show(name)}`);
    else tensors.set(name, { data, shape });
  }
  return { tensors, metadata };
}

type Fail = (rule: string) => never;

interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

const show = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("have a header of UTF-8 JSON, got other bytes");
  }
  return isRecord(header) ? header : fail("have a JSON object as its header, got another value");
}

function readMetadata(value: unknown, metadata: Map<string, string>, fail: Fail): void {
  if (!isRecord(value)) return fail("have an object of strings as __metadata__, got another value");
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string")
      return fail(`have strings in __metadata__, got another value at ${show(key)}`);
    metadata.set(key, text);
  }
}

const isSize = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  const what = `describe ${show(name)} by dtype, shape and data_offsets`;
  if (!isRecord(value)) return fail(`${what}, got another value`);
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === "string" ? elementTypes.get(dtype) : undefined;
  if (type === undefined) {
    const got = typeof dtype === "string" ? show(dtype) : "none";
    return fail(
      `give ${show(name)} a dtype among ${[...elementTypes.keys()].join(", ")}, got ${got}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize))
    return fail(`${what}, got no list of sizes as its shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return fail(`${what}, got no pair of integers as its data_offsets`);
  }
  const [start, end] = offsets as [number, number];
  const size = sizeOf(shape) * type.bytes;
  if (end - start !== size) {
    return fail(
      `give ${show(name)} ${size} bytes for its shape [${shape.join(", ")}], got ${end - start}`,
    );
  }
  return { name, type, shape, start, end };
}

function checkTiling(entries: readonly Entry[], length: number, fail: Fail): void {
  let at = 0;
  for (const { name, start, end } of [...entries].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (start !== at)
      fail(`hold its values without gaps, got ${show(name)} at ${start} instead of ${at}`);
    at = end;
  }
  if (at !== length) fail(`hold ${at} bytes of values, got ${length}`);
}
