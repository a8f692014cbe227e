import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { load } from "../src/index.ts";
import { decodeCifar10 } from "../src/node/cifar10.ts";
import { readTar } from "../src/node/tar.ts";
import { encodeTar } from "./encode.ts";

/** A record whose red, green and blue planes hold three values. */
function record(label: number, [r, g, b]: readonly [number, number, number]): Uint8Array {
  const bytes = new Uint8Array(3073);
  bytes[0] = label;
  bytes.fill(r, 1, 1025).fill(g, 1025, 2049).fill(b, 2049);
  return bytes;
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

test("planes become pixels", () => {
  const { data, shape, labels } = decodeCifar10([record(3, [1, 2, 3]), record(9, [4, 5, 6])]);
  expect(shape).toEqual([2, 32, 32, 3]);
  expect([...data.slice(0, 6)]).toEqual([1, 2, 3, 1, 2, 3]);
  expect([...data.slice(-3)]).toEqual([4, 5, 6]);
  expect([...(labels ?? [])]).toEqual([3, 9]);
});

test("unpacked batches in a folder are read", async () => {
  const folder = await emptyFolder();
  const inside = join(folder, "cifar-10-batches-bin");
  await mkdir(inside);
  for (const i of [1, 2, 3, 4, 5]) {
    await writeFile(join(inside, `data_batch_${String(i)}.bin`), record(i, [i, i, i]));
  }
  await writeFile(join(inside, "test_batch.bin"), record(0, [7, 8, 9]));
  const { train, test: tests, classNames } = await load("cifar10", { folder });
  expect([...(train.labels ?? [])]).toEqual([1, 2, 3, 4, 5]);
  expect([...tests.data.slice(0, 3)]).toEqual([7, 8, 9]);
  expect(classNames?.[1]).toBe("automobile");
});

test("an archive that is not the published one is refused by its digest", async () => {
  const folder = await emptyFolder();
  await writeFile(join(folder, "cifar-10-binary.tar.gz"), "nothing");
  await expect(load("cifar10", { folder })).rejects.toThrow("must have the SHA-256 c4a38c50");
});

test.each([
  ["a broken record", [new Uint8Array(3072)], "whole records of 3073 bytes, got 3072"],
  ["no record", [], "whole records"],
  ["an unknown label", [record(10, [0, 0, 0])], "label must be below 10, got 10"],
])("%s is refused", (_, files, message) => {
  expect(() => decodeCifar10(files)).toThrow(message);
});

test.each([1, 7, 512, 513, 100_000])("TAR is read in pieces of %i bytes", async (size) => {
  const files = {
    "folder/a.bin": Uint8Array.from({ length: 700 }, (_, i) => i),
    "folder/other.txt": new Uint8Array(3),
    "folder/b.bin": Uint8Array.of(5),
  };
  const wanted = new Map([
    ["a.bin", 700],
    ["b.bin", 1],
  ]);
  const found = await readTar(inPieces(encodeTar(files), size), wanted);
  expect([...found.keys()]).toEqual(["a.bin", "b.bin"]);
  expect(found.get("a.bin")).toEqual(files["folder/a.bin"]);
  expect(found.get("b.bin")).toEqual(files["folder/b.bin"]);
});

test("a TAR file that is cut, damaged or of other sizes is refused", async () => {
  const tar = encodeTar({ "a.bin": new Uint8Array(700) });
  const read = (bytes: Uint8Array, size = 700): Promise<unknown> =>
    readTar(inPieces(bytes, 512), new Map([["a.bin", size]]));
  await expect(read(tar.subarray(0, 1000))).rejects.toThrow("a.bin must be complete");
  await expect(read(tar.subarray(0, 100))).rejects.toThrow("end with a whole block");
  await expect(read(tar, 701)).rejects.toThrow("a.bin must have 701 bytes, got 700");
  tar[3] = 1;
  await expect(read(tar)).rejects.toThrow("header must have the sum");
});
