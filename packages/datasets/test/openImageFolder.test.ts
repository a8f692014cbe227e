import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { fromImageFolder, openImageFolder } from "../src/index.ts";
import type { OpenImageFolderOptions } from "../src/index.ts";
import { encodeJpeg, encodePng } from "./encode.ts";

async function folderOf(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await emptyFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

const files = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `${String(i % 3)}/${String(i)}.png`,
    encodePng(4, 3, { channels: 3, first: 3 * i }),
  ]),
);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test.each<[string, OpenImageFolderOptions]>([
  ["as they are", {}],
  ["undivided", { testFraction: 0 }],
  ["made smaller, by another seed", { size: 2, channels: 1, seed: 5, testFraction: 0.25 }],
])("images in files are those in memory, %s", async (_, options) => {
  const folder = await folderOf(files);
  const memory = await fromImageFolder(folder, options);
  const set = await openImageFolder(folder, options);
  for (const part of ["train", "test"] as const) {
    expect(set[part].shape).toEqual(memory[part].shape);
    expect(await set[part].read(upTo(set[part].shape[0]))).toEqual(memory[part]);
  }
  expect([set.name, set.classNames]).toEqual([memory.name, memory.classNames]);
  await set.close();
});

test("a folder of test images is the test split", async () => {
  const folder = await folderOf(files);
  const other = await folderOf({ "2/a.png": encodePng(4, 3, { channels: 3, first: 99 }) });
  const set = await openImageFolder(folder, { test: other });
  const memory = await fromImageFolder(folder, { test: other });
  expect(await set.test.read([0])).toEqual(memory.test);
  expect(set.train.shape[0]).toBe(12);
  await set.close();
});

test("examples come in the order asked for, several batches at once, into arrays of the caller's", async () => {
  const folder = await folderOf(files);
  const { train } = await fromImageFolder(folder, { testFraction: 0 });
  const set = await openImageFolder(folder, { testFraction: 0 });
  const size = 36;
  const batches = [[3, 0, 3], [11], [5, 6, 7, 8]];
  const outs = batches.map((rows) => new Uint8Array(rows.length * size));
  await Promise.all(batches.map((rows, i) => set.train.readInto(outs[i], rows)));
  batches.forEach((rows, i) => {
    rows.forEach((row, k) => {
      expect(outs[i].subarray(k * size, (k + 1) * size)).toEqual(
        train.data.subarray(row * size, (row + 1) * size),
      );
    });
  });
  await set.close();
});

test("what cannot be read is named when it is asked for", async () => {
  const folder = await folderOf({
    "a.png": encodePng(4, 4),
    "b.png": encodePng(4, 4).subarray(0, 50),
    "c.png": encodePng(5, 4),
    "d.jpg": encodeJpeg(4, 4, [1, 2, 3]),
    "e.png": encodePng(4, 4),
  });
  const set = await openImageFolder(folder, { testFraction: 0 });
  await rm(join(folder, "e.png"));
  const reading = (row: number): Promise<unknown> => set.train.read([0, row]);
  await expect(reading(1)).rejects.toThrow(
    `every image must be readable, got ${join(folder, "b.png")} (`,
  );
  await expect(reading(2)).rejects.toThrow("got 4 x 5 in");
  await expect(reading(3)).rejects.toThrow("images must have 1 channels like the first one");
  await expect(reading(4)).rejects.toThrow(join(folder, "e.png"));
  await expect(reading(5)).rejects.toThrow(
    "openImageFolder: indices[1] must be an integer from 0 to 4, got 5",
  );
  await expect(set.train.readInto(new Uint8Array(3), [0])).rejects.toThrow(
    "openImageFolder: out must be a Uint8Array of length 16, got Uint8Array of length 3",
  );
  await set.close();
  await expect(reading(0)).rejects.toThrow("the set must be open, got a closed one");
});

test.each<[string, object, string]>([
  ["an option of loading", { onError: "skip" }, 'got "onError"'],
  [
    "a fraction and a test folder",
    { test: "x", testFraction: 0.1 },
    "testFraction must be left out",
  ],
])("%s is refused", async (_, options, message) => {
  await expect(openImageFolder("/no/such", options)).rejects.toThrow(message);
  await expect(openImageFolder("/no/such")).rejects.toThrow(
    "openImageFolder: folder must be readable",
  );
});
