import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { decodeIdxBytes, encodeIdx } from "../src/formats/idx.ts";

/** The files of fashion-mini, not compressed, by name. */
export type MiniFiles = ReadonlyMap<string, Uint8Array>;

const splits = [
  { prefix: "train", perClass: 500 },
  { prefix: "t10k", perClass: 100 },
] as const;

/** File names of one split of the MNIST family. */
function namesOf(prefix: string): { images: string; labels: string } {
  return { images: `${prefix}-images-idx3-ubyte.gz`, labels: `${prefix}-labels-idx1-ubyte.gz` };
}

/**
 * The first 500 training and 100 test images of each class, in the order of the full files.
 *
 * @param folder folder of the four full files of Fashion-MNIST
 * @returns four IDX files, not compressed, by the names of the full ones
 */
export async function selectFashionMini(folder: string): Promise<MiniFiles> {
  const files = new Map<string, Uint8Array>();
  for (const { prefix, perClass } of splits) {
    const names = namesOf(prefix);
    const read = async (name: string): Promise<ReturnType<typeof decodeIdxBytes>> =>
      decodeIdxBytes(gunzipSync(await readFile(join(folder, name))));
    const [images, labels] = [await read(names.images), await read(names.labels)];
    const taken = new Map<number, number>();
    const indices: number[] = [];
    labels.data.forEach((label, i) => {
      const before = taken.get(label) ?? 0;
      if (before === perClass) return;
      taken.set(label, before + 1);
      indices.push(i);
    });
    const pixels = 28 * 28;
    const data = new Uint8Array(indices.length * pixels);
    indices.forEach((index, i) => {
      data.set(images.data.subarray(index * pixels, (index + 1) * pixels), i * pixels);
    });
    files.set(names.images, encodeIdx({ data, shape: [indices.length, 28, 28] }));
    files.set(
      names.labels,
      encodeIdx({
        data: Uint8Array.from(indices, (index) => labels.data[index]),
        shape: [indices.length],
      }),
    );
  }
  return files;
}
