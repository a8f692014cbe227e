/**
 * Writing protobuf messages: only what ONNX needs.
 *
 * A message is a list of chunks with their total length, so that nesting copies nothing and the values of a large
 * constant are referred to, not copied, until {@link finish} puts everything into one array.
 * Source: https://protobuf.dev/programming-guides/encoding
 */

/** A message or field in wire format, in pieces. */
export interface Message {
  readonly chunks: readonly Uint8Array[];
  readonly length: number;
}

const utf8 = new TextEncoder();

/** Joins messages and fields into one message. */
export function message(...parts: readonly Message[]): Message {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (const part of parts) {
    for (const chunk of part.chunks) chunks.push(chunk);
    length += part.length;
  }
  return { chunks, length };
}

function bytes(chunk: Uint8Array): Message {
  return { chunks: [chunk], length: chunk.length };
}

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return out;
}

const wireTypes = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const;

function tag(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

/** An integer, enum or boolean field. */
export function integerField(field: number, value: number | bigint): Message {
  return bytes(Uint8Array.from([...tag(field, wireTypes.varint), ...varint(value)]));
}

/** A `float` field. */
export function floatField(field: number, value: number): Message {
  const data = new Uint8Array(new Float32Array([value]).buffer);
  return bytes(Uint8Array.from([...tag(field, wireTypes.fixed32), ...data]));
}

/** A nested message; its chunks are referred to, not copied. */
export function messageField(field: number, content: Message): Message {
  const head = Uint8Array.from([
    ...tag(field, wireTypes.lengthDelimited),
    ...varint(content.length),
  ]);
  return { chunks: [head, ...content.chunks], length: head.length + content.length };
}

/** A `bytes` field; the array is referred to, not copied. */
export function bytesField(field: number, value: Uint8Array): Message {
  return messageField(field, bytes(value));
}

/** A `string` field. */
export function stringField(field: number, value: string): Message {
  return bytesField(field, utf8.encode(value));
}

/** A packed list of integers. */
export function integersField(field: number, values: readonly number[]): Message {
  return bytesField(field, Uint8Array.from(values.flatMap((value) => varint(value))));
}

/** A packed list of floats. */
export function floatsField(field: number, values: readonly number[]): Message {
  return bytesField(field, new Uint8Array(new Float32Array(values).buffer));
}

/** The whole message as one array. */
export function finish(content: Message): Uint8Array {
  const out = new Uint8Array(content.length);
  let at = 0;
  for (const chunk of content.chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
