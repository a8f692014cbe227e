/**
 * @file Binarization draws every value from Bernoulli(value). Grey levels are drawn exactly: a byte uniform over 0..254 is below
 * v with probability v / 255, four such bytes come from one 32-bit draw, and one that is 255 is drawn again.
 */
import { Random } from "../random/random.ts";

/** A row of values, and where it goes. */
export interface BinarizeTarget {
  readonly out: Float32Array | Int32Array;
  readonly at: number;
  readonly from: number;
  readonly size: number;
}

/** The draws of static binarization depend on the row and on nothing else: every run and every evaluation sees the same bits. */
const staticRoot = new Random(0).fork("static-binarization");

/** The stream of static binarization of a row. */
export const staticStream = (index: number): Random => staticRoot.fork(index);

/** Binarizes grey levels, 0 to 255. */
export function binarizeLevelsInto(
  { out, at, from, size }: BinarizeTarget,
  levels: ArrayLike<number>,
  random: Random,
): void {
  for (let i = 0; i < size; i += 4) {
    let word = random.uint32();
    const end = Math.min(i + 4, size);
    for (let k = i; k < end; k++) {
      let byte = word & 255;
      word >>>= 8;
      if (byte === 255) byte = drawByte(random);
      // The sign bit of the difference: a branch would be mispredicted for every other grey pixel.
      out[at + k] = (byte - levels[from + k]) >>> 31;
    }
  }
}

/** Uniform over 0..254. */
function drawByte(random: Random): number {
  let byte = 255;
  while (byte === 255) byte = random.uint32() >>> 24;
  return byte;
}

/** Binarizes values in [0, 1]. */
export function binarizeFloatsInto(
  { out, at, from, size }: BinarizeTarget,
  values: ArrayLike<number>,
  random: Random,
): void {
  for (let i = 0; i < size; i++) {
    out[at + i] = random.uint32() < values[from + i] * 0x1_0000_0000 ? 1 : 0;
  }
}
