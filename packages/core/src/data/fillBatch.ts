/**
 * Cuts a batch from the data: uint8 becomes float32 through a table of 256 values, and binarization draws every pixel
 * from Bernoulli(value). Bytes are drawn exactly: a byte uniform over 0..254 is below v with probability v / 255, four
 * such bytes come from one 32-bit draw, and one that is 255 is drawn again.
 */
import { Random } from "../random/random.ts";
import type { Preparation } from "../distributions/likelihood.ts";
import type { Examples } from "./examples.ts";
import { sizeOf } from "./ndArray.ts";

/** How {@link fillBatchInto} fills. */
export interface FillOptions {
  /** Which examples, in the order of the batch. */
  readonly indices: ArrayLike<number>;
  readonly preparation: Preparation;
  /** Draws of `"binarize-dynamic"`: one stream for the batch, or a function that gives an example's own stream. */
  readonly random?: Random | ((index: number) => Random);
}

const scale = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(byte / 255));

/**
 * Writes a batch `[indices.length, ...]` of prepared values into `out`, example after example.
 *
 * Static binarization depends on the position of the example in the data set and on nothing else, so every run and
 * every evaluation sees the same bits.
 *
 * @throws Error when dynamic binarization has no generator
 */
export function fillBatchInto(out: Float32Array, examples: Examples, options: FillOptions): void {
  const { indices, preparation, random } = options;
  if (preparation === "binarize-dynamic" && random === undefined) {
    throw new Error("fillBatchInto: dynamic binarization needs a generator, got undefined");
  }
  const size = sizeOf(examples.shape.slice(1));
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row];
    const target = { out, at: row * size, from: index * size, size };
    if (preparation === "scale") {
      scaleInto(target, examples.data);
      continue;
    }
    const stream =
      preparation === "binarize-dynamic" && random !== undefined
        ? typeof random === "function"
          ? random(index)
          : random
        : staticStream(index);
    if (examples.data instanceof Uint8Array) binarizeBytesInto(target, examples.data, stream);
    else binarizeFloatsInto(target, examples.data, stream);
  }
}

interface Target {
  readonly out: Float32Array;
  readonly at: number;
  readonly from: number;
  readonly size: number;
}

/** The draws of static binarization: a generator of its own, the same for everybody. */
const staticRoot = new Random(0).fork("static-binarization");
const staticStream = (index: number): Random => staticRoot.fork(index);

function scaleInto({ out, at, from, size }: Target, data: Uint8Array | Float32Array): void {
  if (data instanceof Float32Array) {
    out.set(data.subarray(from, from + size), at);
    return;
  }
  for (let i = 0; i < size; i++) out[at + i] = scale[data[from + i]];
}

function binarizeBytesInto(target: Target, data: Uint8Array, random: Random): void {
  const { out, at, from, size } = target;
  for (let i = 0; i < size; i += 4) {
    let word = random.uint32();
    const end = Math.min(i + 4, size);
    for (let k = i; k < end; k++) {
      let byte = word & 255;
      word >>>= 8;
      if (byte === 255) byte = drawByte(random);
      // The sign bit of the difference: a branch would be mispredicted for every other grey pixel.
      out[at + k] = (byte - data[from + k]) >>> 31;
    }
  }
}

/** Uniform over 0..254. */
function drawByte(random: Random): number {
  let byte = 255;
  while (byte === 255) byte = random.uint32() >>> 24;
  return byte;
}

function binarizeFloatsInto(target: Target, data: Float32Array, random: Random): void {
  const { out, at, from, size } = target;
  for (let i = 0; i < size; i++) {
    out[at + i] = random.uint32() < data[from + i] * 0x1_0000_0000 ? 1 : 0;
  }
}
