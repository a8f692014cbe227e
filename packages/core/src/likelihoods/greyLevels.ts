/**
 * @file Grey levels, 0 to 255, as float32 in [0, 1]: `fround(level / 255)`. Training fills batches on a core that the kernels want too, so
 * bytes are scaled by a few instructions of WebAssembly, sixteen at a time.
 */
import type { TypedArray } from "@elbo/jit";

const levels = Float32Array.from({ length: 256 }, (_, level) => Math.fround(level / 255));

type Target = Float32Array | Int32Array;

/** A row: where it begins in the target and in the column, and how many levels it has. */
interface LevelRow {
  readonly at: number;
  readonly from: number;
  readonly size: number;
}

/** Writes a row's levels, scaled. */
export type LevelWriter = (out: Target, row: LevelRow) => void;

/**
 * A writer of grey levels.
 *
 * @param data a column
 * @param scaler what scales bytes; where there is none, as where WebAssembly is forbidden, they go one after the other
 */
export function levelWriter(
  data: TypedArray,
  scaler: LevelScaler | null = levelScaler(),
): LevelWriter {
  const single: LevelWriter = (out, { at, from, size }) => {
    for (let i = 0; i < size; i++) out[at + i] = levels[data[from + i]];
  };
  if (!(data instanceof Uint8Array) || scaler === null) return single;
  const { bytes, floats, scale } = scaler;
  return (out, { at, from, size }) => {
    for (let done = 0; done < size; done += chunk) {
      const count = Math.min(chunk, size - done);
      bytes.set(data.subarray(from + done, from + done + count));
      scale(count);
      out.set(count === chunk ? floats : floats.subarray(0, count), at + done);
    }
  };
}

/** Bytes that are scaled at once: with their floats they stay in a core's first cache. */
const chunk = 4096;

/** Scales the first `count` of its bytes into its floats. */
export interface LevelScaler {
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  readonly scale: (count: number) => void;
}

let made: { readonly scaler: LevelScaler | null } | undefined;

/** The scaler of this process, made when first needed; none where WebAssembly, or its vectors, may not be. */
export function levelScaler(): LevelScaler | null {
  made ??= { scaler: makeScaler() };
  return made.scaler;
}

function makeScaler(): LevelScaler | null {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(scaling()), {
      "": { "": memory },
    });
    return {
      bytes: new Uint8Array(memory.buffer, 0, chunk),
      floats: new Float32Array(memory.buffer, chunk, chunk),
      scale: exports["scale"] as LevelScaler["scale"],
    };
  } catch {
    return null;
  }
}

/** A number as WebAssembly writes it. */
function leb(value: number): number[] {
  const low = value & 127;
  return value < 128 ? [low] : [low | 128, ...leb(value >>> 7)];
}

const section = (id: number, bytes: readonly number[]): number[] => [
  id,
  ...leb(bytes.length),
  ...bytes,
];

/**
 * The module: `scale(end)` turns the bytes from 0 to `end` into float32 from `chunk` on, sixteen in each turn, so up to fifteen more than are
 * asked for. Division, and not a product with 1/255, gives the bits of {@link levels}.
 */
function scaling(): Uint8Array<ArrayBuffer> {
  const [end, at, white] = [0, 1, 2]; // locals
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const vector = (operation: number): number[] => [0xfd, ...leb(operation)];
  const four = (k: number): number[] => [
    ...[...get(at), 0x41, 2, 0x74], // where floats go: 4 at
    ...get(at),
    ...[...vector(0x5c), 0, ...leb(4 * k)], // v128.load32_zero
    ...[...vector(0x89), ...vector(0xa9), ...vector(0xfa)], // i16x8, i32x4 from the lower half, f32x4 from i32x4
    ...[...get(white), ...vector(0xe7)], // f32x4.div
    ...[...vector(0x0b), 0, ...leb(chunk + 16 * k)], // v128.store
  ];
  const body = [
    ...[2, 1, 0x7f, 1, 0x7b], // locals: an i32 and a v128
    ...[...vector(0x0c), ...new Uint8Array(new Float32Array(4).fill(255).buffer), ...set(white)],
    ...[0x03, 0x40], // loop
    ...[0, 1, 2, 3].flatMap(four),
    ...[...get(at), 0x41, 16, 0x6a, 0x22, at, ...get(end), 0x49, 0x0d, 0], // again while (at += 16) < end
    ...[0x0b, 0x0b],
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, 0x7f, 0]), // a function of an i32
    ...section(2, [1, 0, 0, 2, 0, 1]), // a memory
    ...section(3, [1, 0]),
    ...section(7, [1, 5, ...new TextEncoder().encode("scale"), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}
