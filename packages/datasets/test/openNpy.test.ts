import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { fromNpy, openNpy } from "../src/index.ts";
import type { OpenNpyOptions } from "../src/index.ts";
import { encodeNpy } from "./encode.ts";

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(await emptyFolder(), "x.npy");
  await writeFile(path, bytes);
  return path;
}
const real = (name: string): string =>
  fileURLToPath(new URL(`./files/arrays/${name}`, import.meta.url));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test.each<[string, OpenNpyOptions]>([
  ["big8.npy", {}],
  ["f2.npy", { seed: 3 }],
  ["bool.npy", { testFraction: 0 }],
  ["nchw.npy", { layout: "nchw", testFraction: 0.5 }],
  ["nchw.npy", { layout: "nhwc" }],
])("%s in its file is what it is in memory, with %j", async (name, options) => {
  const memory = await fromNpy(real(name), options);
  const set = await openNpy(real(name), options);
  for (const part of ["train", "test"] as const) {
    expect(set[part].shape).toEqual(memory[part].shape);
    expect(await set[part].read(upTo(set[part].shape[0]))).toEqual(memory[part]);
  }
  expect(set.name).toBe(memory.name);
  await set.close();
});

test("signals stay signals in their file", async () => {
  const bytes = encodeNpy(new Float32Array(upTo(24)), "<f4", { shape: [4, 2, 3] });
  for (const layout of ["nlc", "ncl"] as const) {
    const options = { layout, testFraction: 0 };
    const { train } = await fromNpy(bytes, options);
    const set = await openNpy(await fileOf(bytes), options);
    expect(train.shape).toEqual(layout === "nlc" ? [4, 2, 3] : [4, 3, 2]);
    expect(await set.train.read(upTo(4))).toEqual(train);
    await set.close();
  }
});

test("labels come as arrays or out of a file, and go with their rows", async () => {
  const path = await fileOf(encodeNpy(Uint8Array.from(upTo(12)), "|u1", { shape: [6, 2] }));
  const names = await fileOf(encodeNpy(new TextEncoder().encode("bacabc"), "|S1", { shape: [6] }));
  for (const labels of ["b a c a b c".split(" "), names]) {
    const set = await openNpy(path, { labels, seed: 1, testFraction: 0.5 });
    expect(set.classNames).toEqual(["a", "b", "c"]);
    const { data, labels: read } = await set.train.read([2, 0]);
    expect([...(read ?? [])]).toEqual(
      [data[0] / 2, data[2] / 2].map((row) => [1, 0, 2, 0, 1, 2][row]),
    );
    expect(set.train.labels).toHaveLength(3);
    await set.close();
  }
});

test.each<[string, Uint8Array, OpenNpyOptions, string]>([
  [
    "whole numbers, which may be bytes or not",
    encodeNpy(new Int32Array(4), "<i4", { shape: [2, 2] }),
    {},
    'to stay in their file (convert them when saving), got "<i4" in',
  ],
  [
    "Fortran order",
    encodeNpy(new Uint8Array(4), "|u1", { shape: [2, 2], fortran: true }),
    {},
    "must lie one behind the other, got Fortran order",
  ],
  [
    "no example",
    encodeNpy(new Uint8Array(0), "|u1", { shape: [0, 2] }),
    {},
    "hold no 0, got [0, 2]",
  ],
  ["one axis", encodeNpy(new Uint8Array(4), "|u1", { shape: [4] }), {}, "features], got [4]"],
  ["another file", new Uint8Array(40), {}, 'must begin with the bytes 93 "NUMPY"'],
  [
    "labels of another length",
    encodeNpy(new Uint8Array(4), "|u1", { shape: [2, 2] }),
    { labels: [1] },
    "one label per example (2), got 1 in",
  ],
])("%s is refused", async (_, bytes, options, message) => {
  const path = await fileOf(bytes);
  await expect(openNpy(path, options)).rejects.toThrow(message);
  await expect(openNpy(path, options)).rejects.toThrow(/^openNpy: .*x\.npy$/u);
});

test("values that are not finite, and a file that became shorter, are refused when they are read", async () => {
  const path = await fileOf(encodeNpy(Float32Array.of(1, 2, NaN, 4), "<f4", { shape: [2, 2] }));
  const set = await openNpy(path, { testFraction: 0 });
  expect((await set.train.read([0])).data).toEqual(Float32Array.of(1, 2));
  await expect(set.train.read([1])).rejects.toThrow("got NaN in row 1 of the file");
  await truncate(path, 130);
  await expect(set.train.read([1])).rejects.toThrow("file must stay as it is, got a shorter");
  await set.close();
  await expect(openNpy("/no/such.npy")).rejects.toThrow("openNpy: file must be readable, got /no");
  await expect(openNpy(3 as never)).rejects.toThrow(
    "file must be a path or a file: address, got 3",
  );
});
