/** The head of compressed data: 56 bytes that say what wrote it, so that nothing else is read by mistake. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { NdArray } from "@elbo/jit";
import { canonicalJson } from "../json.ts";
import type { JsonObject } from "../json.ts";

/** What is compressed. */
export type Content = "codes" | "images";

const magic = [0x45, 0x4c, 0x42, 0x4f]; // "ELBO"
const version = 1;
const contents: readonly Content[] = ["codes", "images"];
const digestBytes = 8;
const sumBytes = 16;
const sumAt = 12 + 3 * digestBytes + 4;

/** Bytes of the head. */
export const headBytes = sumAt + sumBytes;

/** Digests of what data can be read with, in hexadecimal digits. */
export interface Digests {
  readonly model: string;
  readonly prior: string;
  /** Of results of the networks: another arithmetic gives others. */
  readonly arithmetic: string;
}

/** Compressed data and what the head says of them. */
export interface Packed {
  readonly content: Content;
  readonly count: number;
  readonly digests: Digests;
  readonly data: Uint8Array;
}

/** The first 64 bits of SHA-256, in hexadecimal digits. */
export const digestOf = (...parts: readonly Uint8Array[]): string => {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return bytesToHex(hash.digest().subarray(0, digestBytes));
};

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The digest of arrays, by name. */
export function digestOfArrays(arrays: Readonly<Record<string, NdArray>>): string {
  const parts = Object.keys(arrays)
    .sort()
    .flatMap((name) => [
      new TextEncoder().encode(`${name} ${arrays[name].shape.join(" ")}\n`),
      bytesOf(arrays[name].data),
    ]);
  return digestOf(...parts);
}

/** The digest of a model or prior: its kind, its options and its weights. */
export async function digestOfModel(model: {
  readonly kind: string;
  readonly options: JsonObject;
  readWeights(): Promise<Record<string, NdArray>>;
}): Promise<string> {
  const text = canonicalJson({ kind: model.kind, options: model.options });
  return digestOf(new TextEncoder().encode(text + digestOfArrays(await model.readWeights())));
}

/** Data with their head before them. */
export function pack({ content, count, digests, data }: Packed): Uint8Array {
  const out = new Uint8Array(headBytes + data.length);
  const view = new DataView(out.buffer);
  out.set(magic);
  out[4] = version;
  out[5] = contents.indexOf(content);
  view.setUint32(8, count, true);
  const all = digests.model + digests.prior + digests.arithmetic;
  for (let i = 0; i < 3 * digestBytes; i++) {
    out[12 + i] = parseInt(all.slice(2 * i, 2 * i + 2), 16);
  }
  view.setUint32(sumAt - 4, data.length, true);
  out.set(data, headBytes);
  out.set(sumOf(out), sumAt);
  return out;
}

/** SHA-256 of everything but the sum itself, its first 128 bits. */
const sumOf = (bytes: Uint8Array): Uint8Array =>
  sha256
    .create()
    .update(bytes.subarray(0, sumAt))
    .update(bytes.subarray(headBytes))
    .digest()
    .subarray(0, sumBytes);

/**
 * Takes compressed data apart.
 *
 * @throws TypeError for what are no bytes, Error for data that are damaged, of another format, or not of this content
 */
export function unpack(fn: string, bytes: unknown, content: Content): Packed {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`${fn}: data must be a Uint8Array that compress wrote, got another value`);
  }
  const isOurs = bytes.length >= headBytes && magic.every((byte, i) => bytes[i] === byte);
  if (!isOurs) {
    throw new Error(
      `${fn}: data must be what compress wrote, got ${bytes.length} bytes of another format`,
    );
  }
  if (bytes[4] !== version) {
    throw new Error(
      `${fn}: data must have the version ${version}, which this elbo reads, got ${bytes[4]}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isWhole = view.getUint32(sumAt - 4, true) === bytes.length - headBytes;
  if (!isWhole || sumOf(bytes).some((byte, i) => bytes[sumAt + i] !== byte)) {
    throw new Error(`${fn}: data must be as they were written, got damaged ones`);
  }
  const found = contents[bytes[5]] as Content | undefined;
  if (found !== content) {
    throw new Error(`${fn}: data must be compressed ${content}, got ${found ?? "something else"}`);
  }
  const digest = (i: number): string =>
    bytesToHex(bytes.subarray(12 + i * digestBytes, 12 + (i + 1) * digestBytes));
  return {
    content,
    count: view.getUint32(8, true),
    digests: { model: digest(0), prior: digest(1), arithmetic: digest(2) },
    data: bytes.subarray(headBytes),
  };
}

/**
 * Refuses data that something else wrote.
 *
 * @throws Error naming what differs
 */
export function assertDigests(fn: string, found: Digests, own: Digests): void {
  for (const name of ["model", "prior", "arithmetic"] as const) {
    if (found[name] === own[name]) continue;
    const what = name === "arithmetic" ? "the arithmetic of this version of elbo" : `this ${name}`;
    throw new Error(
      `${fn}: data must have been compressed with ${what} (${own[name]}), got those of another (${found[name]})`,
    );
  }
}
