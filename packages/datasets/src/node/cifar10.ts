import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { reasonOf } from "@elbo/common";
import type { PublishedFile } from "../catalog.ts";
import type { Dataset, Split } from "../dataset.ts";
import { presentNames } from "../dataset.ts";
import { verifyFile } from "./digest.ts";
import { isPresent, readBytes } from "./files.ts";
import { callerFolders, locate } from "./locate.ts";
import type { Request } from "./locate.ts";
import { readTar } from "./tar.ts";

const side = 32;
const pixels = side * side;
/** A label and three planes of pixels. */
const recordBytes = 1 + 3 * pixels;
const trainFiles = [1, 2, 3, 4, 5].map((i) => `data_batch_${String(i)}.bin`);
const testFiles = ["test_batch.bin"];

/**
 * The records of the binary version as images with their colours side by side.
 *
 * @param files batches of records, whole records each
 * @returns images `[count, 32, 32, 3]` and labels `[count]`
 * @throws RangeError when a label is not one of ten or a batch ends inside a record
 */
export function decodeCifar10(files: readonly Uint8Array[]): Split {
  const count = files.reduce((total, { length }) => total + length / recordBytes, 0);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `decodeCifar10: batches must hold whole records of ${String(recordBytes)} bytes, got ${files.map(({ length }) => length).join(", ")}`,
    );
  }
  const data = new Uint8Array(count * 3 * pixels);
  const labels = new Uint8Array(count);
  let example = 0;
  for (const file of files) {
    for (let at = 0; at < file.length; at += recordBytes) {
      const label = file[at];
      if (label > 9)
        throw new RangeError(`decodeCifar10: label must be below 10, got ${String(label)}`);
      labels[example] = label;
      const to = example * 3 * pixels;
      for (let i = 0; i < pixels; i++) {
        for (let c = 0; c < 3; c++) data[to + 3 * i + c] = file[at + 1 + c * pixels + i];
      }
      example++;
    }
  }
  return { data, shape: [count, side, side, 3], labels };
}

/** The unpacked batches in the caller's folder, if they are there. */
async function unpackedFolder(request: Request): Promise<string | undefined> {
  for (const folder of await callerFolders(request)) {
    for (const candidate of [folder, join(folder, "cifar-10-batches-bin")]) {
      if (await isPresent(join(candidate, testFiles[0]))) return candidate;
    }
  }
  return undefined;
}

async function readArchive(path: string, file: PublishedFile): Promise<Map<string, Uint8Array>> {
  await verifyFile(path, file);
  const wanted = new Map([...trainFiles, ...testFiles].map((name) => [name, 10_000 * recordBytes]));
  return pipeline(createReadStream(path), createGunzip(), (source: AsyncIterable<Uint8Array>) =>
    readTar(source, wanted),
  );
}

/** CIFAR-10 from the archive of its binary version or from the batches unpacked from it. */
export async function loadCifar10(request: Request): Promise<Dataset> {
  const caller = `load(${JSON.stringify(request.name)})`;
  const file = request.set.files[0];
  const unpacked = await unpackedFolder(request);
  const path = unpacked ?? (await locate(request, file)).path;
  try {
    const archive = unpacked === undefined ? await readArchive(path, file) : undefined;
    const read = async (names: readonly string[]): Promise<Split> => {
      const batches: Uint8Array[] = [];
      for (const name of names) {
        const batch = archive ? archive.get(name) : await readBytes(join(path, name), caller);
        if (batch === undefined) throw new Error(`no ${name}`);
        batches.push(batch);
      }
      return decodeCifar10(batches);
    };
    return {
      name: request.name,
      train: await read(trainFiles),
      test: await read(testFiles),
      ...presentNames(request.set.classNames ? { classNames: request.set.classNames } : {}),
    };
  } catch (error) {
    throw new Error(
      `${caller}: ${file.name} must be the published file or its batches, got ${path} (${reasonOf(error)})`,
      { cause: error },
    );
  }
}
