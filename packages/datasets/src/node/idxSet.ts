import { createHash } from "node:crypto";
import { reasonOf } from "@elbo/common";
import type { PublishedFile } from "../catalog.ts";
import type { Dataset, Split } from "../dataset.ts";
import { presentNames } from "../dataset.ts";
import { decodeIdxBytes } from "../formats/idx.ts";
import type { Bytes } from "../formats/idx.ts";
import { digestRule } from "./digest.ts";
import { gunzip, readBytes } from "./files.ts";
import { locate } from "./locate.ts";
import type { Request } from "./locate.ts";

/** Reads one IDX file, compressed or not; its digest is checked where it is one of the content. */
async function readIdx(request: Request, file: PublishedFile): Promise<Bytes> {
  const caller = `load(${JSON.stringify(request.name)})`;
  const { path } = await locate(request, file, [file.name, file.name.replace(/\.gz$/u, "")]);
  const bytes = await readBytes(path, caller);
  try {
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const limit = file.contentBytes ?? bytes.length * 1032;
    const content = isCompressed ? await gunzip(bytes, limit) : bytes;
    // A digest of the compressed file says nothing about a file that was compressed anew or not at all; those have
    // gzip's own checksum and the sizes that are checked below. Files in the cache were verified by `locate`.
    const { of, algorithm, hex } = file.digest;
    const found = of === "content" ? createHash(algorithm).update(content).digest("hex") : hex;
    if (found !== hex) throw new Error(`${digestRule(file)}, got ${found}`);
    return decodeIdxBytes(content);
  } catch (error) {
    throw new Error(
      `${caller}: ${file.name} must be the published file, got ${path} (${reasonOf(error)})`,
      { cause: error },
    );
  }
}

async function readSplit(request: Request, files: readonly PublishedFile[]): Promise<Split> {
  const caller = `load(${JSON.stringify(request.name)})`;
  const images = await readIdx(request, files[0]);
  const labels = await readIdx(request, files[1]);
  const classes = request.set.classNames?.length ?? 256;
  const [count, ...rest] = images.shape;
  const isRight =
    rest.length === 2 &&
    labels.shape.length === 1 &&
    labels.shape[0] === count &&
    labels.data.every((label) => label < classes);
  if (!isRight) {
    throw new RangeError(
      `${caller}: images must be [count, height, width] with one label below ${String(classes)} each, got [${images.shape.join(", ")}] and [${labels.shape.join(", ")}]`,
    );
  }
  return { data: images.data, shape: [...images.shape, 1], labels: labels.data };
}

/**
 * A set of the MNIST family.
 *
 * @param request set, whose four files are training images, training labels, test images, test labels
 */
export async function loadIdxSet(request: Request): Promise<Dataset> {
  const { files, classNames } = request.set;
  return {
    name: request.name,
    train: await readSplit(request, files.slice(0, 2)),
    test: await readSplit(request, files.slice(2)),
    ...presentNames(classNames ? { classNames } : {}),
  };
}
