/**
 * dSprites from its NPZ file: 3 GB of pixels from 26 MB. The one member that holds the images is decompressed as a stream
 * and only the images asked for are kept, so memory is that of the result. The order of the file is the full grid of
 * its factors, which therefore need not be read.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import {
  assertInteger,
  describeValue,
  findZipDirectory,
  memberStart,
  readZipDirectory,
  reasonOf,
  zipTailBytes,
} from "@elbo/common";
import type { ZipMember } from "@elbo/common";
import type { Dataset, Split } from "../dataset.ts";
import { decodeNpyHeader } from "../formats/npy.ts";
import type { LoadOptions } from "../loadOptions.ts";
import { factorTable } from "../mixedRadix.ts";
import { generator } from "../random.ts";
import { divide } from "../select.ts";
import { verifyFile } from "./digest.ts";
import { locate } from "./locate.ts";
import type { Request } from "./locate.ts";

/** Factors of dSprites without its only colour; the last one varies fastest. */
export const dspritesFactorNames = ["shape", "scale", "orientation", "x", "y"] as const;

/** Number of values of each factor. */
export const dspritesFactorSizes = [3, 6, 40, 32, 32] as const;

/** What the member with the images must hold. */
export interface ImageStack {
  readonly count: number;
  readonly side: number;
}

interface Member {
  readonly path: string;
  readonly start: number;
  readonly entry: ZipMember;
}

async function findMember(path: string, name: string): Promise<Member> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const read = async (at: number, length: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, at);
      return bytes.subarray(0, bytesRead);
    };
    const tailSize = Math.min(size, zipTailBytes);
    const directory = findZipDirectory(await read(size - tailSize, tailSize), size);
    const members = readZipDirectory(
      await read(directory.offset, directory.size),
      directory.count,
      size,
    );
    const entry = members.find((member) => member.name === name);
    if (entry === undefined || !entry.isDeflated) {
      throw new RangeError(
        `readImageStack: file must hold a compressed ${name}, got ${members.map((member) => member.name).join(", ")}`,
      );
    }
    return { path, entry, start: memberStart(entry, await read(entry.header, 30)) };
  } finally {
    await handle.close();
  }
}

/** Copies the images of a stream to their slots; `-1` is no slot. */
class Sorter {
  readonly #slots: Int32Array;
  readonly #targets: readonly Uint8Array[];
  readonly #pixels: number;
  #position = 0;

  constructor(slots: Int32Array, targets: readonly Uint8Array[], pixels: number) {
    this.#slots = slots;
    this.#targets = targets;
    this.#pixels = pixels;
  }

  get position(): number {
    return this.#position;
  }

  push(chunk: Uint8Array): void {
    const pixels = this.#pixels;
    for (let at = 0; at < chunk.length;) {
      const image = Math.floor(this.#position / pixels);
      const inside = this.#position - image * pixels;
      const length = Math.min(pixels - inside, chunk.length - at);
      if (image >= this.#slots.length) throw new RangeError("readImageStack: too many images");
      const slot = this.#slots[image];
      if (slot >= 0) {
        const target = this.#targets[slot & 1];
        const to = (slot >> 1) * pixels + inside;
        // The file stores 0 and 1; here 255 is white in every set.
        for (let i = 0; i < length; i++) target[to + i] = chunk[at + i] === 0 ? 0 : 255;
      }
      this.#position += length;
      at += length;
    }
  }
}

/** Which images of the stack to keep, in this order. */
export interface Wanted {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * The wanted images of a stack.
 *
 * @param path NPZ file with the member `imgs.npy`, uint8 `[count, side, side]` of zeros and ones
 * @param stack count and side that it must have
 * @param wanted indices of the images of each part
 * @returns pixels of the training and test images, 0 or 255
 * @throws RangeError when the file is damaged or holds something else
 */
export async function readImageStack(
  path: string,
  { count, side }: ImageStack,
  { train, test }: Wanted,
): Promise<{ train: Uint8Array; test: Uint8Array }> {
  const pixels = side * side;
  const { start, entry } = await findMember(path, "imgs.npy");
  const slots = new Int32Array(count).fill(-1);
  train.forEach((index, i) => (slots[index] = 2 * i));
  test.forEach((index, i) => (slots[index] = 2 * i + 1));
  const parts = {
    train: new Uint8Array(train.length * pixels),
    test: new Uint8Array(test.length * pixels),
  };
  const sorter = new Sorter(slots, [parts.train, parts.test], pixels);
  let head: Uint8Array | undefined = new Uint8Array(0);
  const consume = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of source) {
      if (head === undefined) {
        sorter.push(chunk);
        continue;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < Math.min(4096, entry.size)) continue;
      const header = decodeNpyHeader(head);
      if (
        header.type !== "|u1" ||
        header.isFortran ||
        header.shape.join() !== [count, side, side].join()
      ) {
        throw new RangeError(
          `readImageStack: imgs must be uint8 ${describeValue([count, side, side])}, got ${header.type} ${describeValue(header.shape)}`,
        );
      }
      sorter.push(head.subarray(header.start));
      head = undefined;
    }
  };
  await pipeline(
    createReadStream(path, { start, end: start + entry.compressedSize - 1 }),
    createInflateRaw({ chunkSize: 2 ** 18 }),
    consume,
  );
  if (sorter.position !== count * pixels) {
    throw new RangeError(
      `readImageStack: imgs must hold ${String(count * pixels)} pixels, got ${String(sorter.position)}`,
    );
  }
  return parts;
}

function chooseImages(total: number, options: LoadOptions): Wanted {
  const caller = `load("dsprites")`;
  const { count = "all", seed = 0 } = options;
  const drawn = count === "all" ? total : count;
  assertInteger({ fn: caller, name: "count" }, drawn, { min: 2, max: total });
  const { train, test } = divide(drawn, options, caller);
  const places = generator(seed).permutation(total);
  return {
    train: train.map((i) => places[i]),
    test: test.map((i) => places[i]),
  };
}

/** dSprites, whole or a seeded sample, divided by the seed because it has no test split of its own. */
export async function loadDsprites(request: Request): Promise<Dataset> {
  const file = request.set.files[0];
  const count = dspritesFactorSizes.reduce((product, size) => product * size, 1);
  const side = 64;
  const wanted = chooseImages(count, request.options);
  const { path } = await locate(request, file);
  const finish = (data: Uint8Array, indices: Int32Array): Split => ({
    data,
    shape: [indices.length, side, side, 1],
    labels: Uint8Array.from(indices, (index) => Math.floor((index * 3) / count)),
    factors: factorTable(indices, dspritesFactorSizes),
  });
  try {
    await verifyFile(path, file);
    const { train, test } = await readImageStack(path, { count, side }, wanted);
    return {
      name: request.name,
      train: finish(train, wanted.train),
      test: finish(test, wanted.test),
      classNames: request.set.classNames ?? [],
      factorNames: [...dspritesFactorNames],
      factorSizes: [...dspritesFactorSizes],
    };
  } catch (error) {
    throw new Error(
      `load(${JSON.stringify(request.name)}): ${file.name} must be the published file, got ${path} (${reasonOf(error)})`,
      { cause: error },
    );
  }
}
