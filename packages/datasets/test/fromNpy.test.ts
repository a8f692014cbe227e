import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { fromArrays, fromNpy, fromNpz } from "../src/index.ts";
import { encodeNpy, encodeNpz } from "./encode.ts";

const images = Uint8Array.from({ length: 20 * 4 }, (_, i) => i);
const npy = encodeNpy(images, "|u1", { shape: [20, 2, 2] });

test("images without channels get an axis of size 1", async () => {
  const { train, test: tests } = await fromNpy(npy);
  expect(train.shape).toEqual([18, 2, 2, 1]);
  expect(tests.shape).toEqual([2, 2, 2, 1]);
  expect([...train.data, ...tests.data].sort((a, b) => a - b)).toEqual([...images]);
});

test("doubles become floats", async () => {
  const bytes = encodeNpy(Float64Array.of(0.5, 1.5, 2.5, 3.5), "<f8", { shape: [2, 2] });
  const { train, test: tests } = await fromNpy(bytes, { testFraction: 0.5 });
  expect(train.data).toBeInstanceOf(Float32Array);
  expect(train.data.length + tests.data.length).toBe(4);
});

test("a path and a file address are read like bytes", async () => {
  const path = join(await emptyFolder(), "images.npy");
  await writeFile(path, npy);
  const { train } = await fromNpy(npy);
  expect((await fromNpy(path)).train).toEqual(train);
  expect((await fromNpy(pathToFileURL(path))).train).toEqual(train);
  expect((await fromNpy(path)).name).toBe(path);
});

test("the arrays of an NPZ file become splits with labels and factors", async () => {
  const bytes = encodeNpz({
    x: npy,
    y: encodeNpy(
      BigInt64Array.from({ length: 20 }, (_, i) => BigInt(i % 3)),
      "<i8",
      { shape: [20] },
    ),
    f: encodeNpy(
      Int32Array.from({ length: 40 }, (_, i) => i % 2),
      "<i4",
      { shape: [20, 2] },
    ),
    tx: encodeNpy(images.slice(0, 8), "|u1", { shape: [2, 2, 2] }),
    ty: encodeNpy(Uint8Array.of(2, 1), "|u1", { shape: [2] }),
    tf: encodeNpy(Int32Array.of(0, 1, 1, 1), "<i4", { shape: [2, 2] }),
  });
  const keys = { data: "x", labels: "y", factors: "f" };
  const testKeys = { testData: "tx", testLabels: "ty", testFactors: "tf" };
  const names = { factorNames: ["a", "b"], factorSizes: [2, 2] };
  const set = await fromNpz(bytes, { ...keys, ...testKeys }, { name: "mine", ...names });
  expect(set.name).toBe("mine");
  expect(set.train.data).toEqual(images);
  expect(set.train.labels).toEqual(Int32Array.from({ length: 20 }, (_, i) => i % 3));
  expect(set.train.factors).toEqual(Int32Array.from({ length: 40 }, (_, i) => i % 2));
  expect(set.test.labels).toEqual(Uint8Array.of(2, 1));
  expect(set.test.shape).toEqual([2, 2, 2, 1]);
});

test("members that are stored without compression are read", async () => {
  const set = await fromNpz(encodeNpz({ x: npy }, 0), { data: "x" });
  expect(set.train.shape).toEqual([18, 2, 2, 1]);
});

test("a file laid out as NumPy lays it out is read", async () => {
  // Written by Python's zipfile with force_zip64, as numpy.savez_compressed does.
  const bytes = Buffer.from(
    [
      "UEsDBC0AAAAIAAAAIQCaCbEc//////////8FABQAeC5ucHkBABAAjAAAAAAAAABUAAAAAAAAAJvsF+obEMnIUMZQ",
      "rZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkZApKmjUKtAHuBiYGRiZmFl",
      "Y+fg5OIGAFBLAwQtAAAACAAAACEAihrOE///////////BQAUAHkubnB5AQAQAJgAAAAAAAAASgAAAAAAAACb7Bfq",
      "GxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuJgZU",
      "wAilAVBLAQItAy0AAAAIAAAAIQCaCbEcVAAAAIwAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQItAy0AAAAI",
      "AAAAIQCKGs4TSgAAAJgAAAAFAAAAAAAAAAAAAACAAYsAAAB5Lm5weVBLBQYAAAAAAgACAGYAAAAMAQAAAAA=",
    ].join(""),
    "base64",
  );
  const { train, test: tests } = await fromNpz(bytes, { data: "x", labels: "y" });
  const rows = [...train.data, ...tests.data];
  const labels = [...(train.labels ?? []), ...(tests.labels ?? [])];
  expect(rows.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(labels).toEqual(rows.filter((_, i) => i % 4 === 0).map((first) => [2, 0, 1][first / 4]));
});

test.each<[string, () => Promise<unknown>, string]>([
  ["a missing file", () => fromNpy("/no/such.npy"), "fromNpy: file must be readable, got /no/such"],
  [
    "a number for a file",
    () => fromNpy(3 as never),
    "fromNpy: file must be a path, a file: address",
  ],
  ["an option with a typing error", () => fromNpy(npy, { sed: 1 } as never), 'got "sed"'],
  [
    "text for values",
    () => fromNpy(encodeNpy(new Uint8Array(4), "|S1", { shape: [2, 2] })),
    "fromNpy: values must be numbers, got text in",
  ],
  [
    "a single axis",
    () => fromNpy(encodeNpy(new Uint8Array(4), "|u1", { shape: [4] })),
    "fromNpy: shape must be [count, height, width, channels], [count",
  ],
  [
    "an empty set",
    () => fromNpy(encodeNpy(new Uint8Array(0), "|u1", { shape: [0, 2] })),
    "fromNpy: shape[0] must be an integer at least 1, got 0 in 128 bytes",
  ],
  [
    "an absent key",
    () => fromNpz(encodeNpz({ x: npy }), { data: "images" }),
    'key must be among x, got "images"',
  ],
  ["keys without data", () => fromNpz(encodeNpz({ x: npy }), {} as never), "keys.data must be"],
  [
    "test labels without test data",
    () => fromNpz(encodeNpz({ x: npy }), { data: "x", testLabels: "x" }),
    "keys.testData must be given",
  ],
  [
    "labels of another length",
    () =>
      fromNpz(encodeNpz({ x: npy, y: encodeNpy(new Uint8Array(3), "|u1", { shape: [3] }) }), {
        data: "x",
        labels: "y",
      }),
    "fromNpz: y must hold one label per example (20), got 3",
  ],
])("%s is refused", async (_, run, message) => {
  await expect(run()).rejects.toThrow(message);
});

test("a member whose bytes changed is refused by its checksum", async () => {
  const bytes = encodeNpz({ x: npy }, 0);
  bytes[200] = bytes[200] ^ 1;
  await expect(fromNpz(bytes, { data: "x" })).rejects.toThrow("size and CRC-32");
});

test("what is read from a file is divided in its place, in the order that copied arrays have", async () => {
  const path = join(await emptyFolder(), "images.npz");
  const y = encodeNpy(
    Int32Array.from({ length: 20 }, (_, i) => i),
    "<i4",
    { shape: [20] },
  );
  await writeFile(path, encodeNpz({ x: npy, y }));
  const keys = { data: "x", labels: "y" };
  const options = { name: "set", testFraction: 0.35, seed: 4 };
  const { train, test: tests } = await fromNpz(path, keys, options);
  expect(train.data.buffer).toBe(tests.data.buffer);
  const whole = await fromNpz(path, keys, { testFraction: 0 });
  const copied = fromArrays(whole.train, options);
  expect(copied.train.data.buffer).not.toBe(copied.test.data.buffer);
  expect({ train, test: tests }).toEqual({ train: copied.train, test: copied.test });
});

test("bytes that the caller gave stay as they are", async () => {
  const before = npy.slice();
  await fromNpy(npy, { seed: 1 });
  expect(npy).toEqual(before);
});
