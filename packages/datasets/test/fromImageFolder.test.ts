import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { fromImageFolder } from "../src/index.ts";
import type { FromImageFolderOptions } from "../src/index.ts";
import { encodeJpeg, encodePng } from "./encode.ts";

/** Writes files below a new folder. */
async function folderOf(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await emptyFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

const half = { testFraction: 0.5 } as const;

test("sub-folders are labels in alphabetical order", async () => {
  const folder = await folderOf({
    "dogs/1.png": encodePng(2, 2, { first: 100 }),
    "cats/1.png": encodePng(2, 2, { first: 10 }),
    "cats/deep/2.PNG": encodePng(2, 2, { first: 20 }),
    "ants/1.png": encodePng(2, 2, { first: 0 }),
    ".hidden/x.png": new Uint8Array(3),
    "notes.txt": new Uint8Array(3),
  });
  const { train, test: tests, classNames, name } = await fromImageFolder(folder, half);
  expect(name).toBe(folder);
  expect(classNames).toEqual(["ants", "cats", "dogs"]);
  expect(train.shape).toEqual([2, 2, 2, 1]);
  const pairs = [train, tests].flatMap(({ data, labels }) =>
    Array.from(labels ?? [], (label, i) => `${String(data[4 * i])}:${String(label)}`),
  );
  expect(pairs.sort()).toEqual(["0:0", "100:2", "10:1", "20:1"].sort());
});

test("a folder without sub-folders has no labels", async () => {
  const folder = await folderOf({ "a.png": encodePng(2, 1), "b.png": encodePng(2, 1) });
  const { train, classNames } = await fromImageFolder(folder, half);
  expect(train.labels).toBeUndefined();
  expect(classNames).toBeUndefined();
});

test("a test folder is used as it is, labelled like the training folder", async () => {
  const folder = await folderOf({ "a/1.png": encodePng(2, 1), "b/1.png": encodePng(2, 1) });
  const other = await folderOf({ "b/9.png": encodePng(2, 1, { first: 9 }) });
  const { train, test: tests } = await fromImageFolder(folder, { test: other });
  expect(train.shape[0]).toBe(2);
  expect([...tests.data, ...(tests.labels ?? [])]).toEqual([9, 10, 1]);
});

test("PNG and JPEG of different sizes and channels fit with size and channels", async () => {
  const folder = await folderOf({
    "a.png": encodePng(3, 5),
    "b.jpg": encodeJpeg(16, 8, [10, 200, 30]),
    "c.jpeg": encodeJpeg(8, 8, [10, 200, 30]),
  });
  const { train } = await fromImageFolder(folder, { ...half, size: [4, 6], channels: 3 });
  expect(train.shape.slice(1)).toEqual([4, 6, 3]);
  const grey = await fromImageFolder(folder, { ...half, size: 4, channels: 1 });
  expect(grey.train.shape.slice(1)).toEqual([4, 4, 1]);
});

test("a damaged file is named", async () => {
  const folder = await folderOf({
    "a.png": encodePng(4, 4),
    "b.png": encodePng(4, 4).subarray(0, 40),
  });
  const message = `every image must be readable, got ${join(folder, "b.png")}`;
  await expect(fromImageFolder(folder)).rejects.toThrow(message);
});

test("a file that is only called an image is named", async () => {
  const folder = await folderOf({ "a.jpg": new TextEncoder().encode("not an image") });
  await expect(fromImageFolder(folder)).rejects.toThrow("file must be PNG or JPEG, got 12 bytes");
});

test.each<[string, Record<string, Uint8Array>, FromImageFolderOptions, string]>([
  ["an empty folder", {}, {}, "folder must hold PNG or JPEG images, got none in"],
  [
    "an empty class",
    { "a/1.png": encodePng(1, 1), "b/readme.txt": new Uint8Array(1) },
    {},
    "every folder must hold at least one image, got none in",
  ],
  [
    "images of different sizes",
    { "a.png": encodePng(2, 2), "b.png": encodePng(3, 2) },
    {},
    "images must be 2 x 2 like the first one unless size is given, got 2 x 3 in",
  ],
  [
    "grey among colour",
    { "a.png": encodePng(2, 2, { channels: 3 }), "b.png": encodePng(2, 2) },
    {},
    "images must have 3 channels like the first one unless channels is given, got 1 in",
  ],
  [
    "images beside class folders",
    { "a/1.png": encodePng(1, 1), "1.png": encodePng(1, 1) },
    {},
    "every image must lie in one of the class folders",
  ],
  ["another format", { "a.gif": new Uint8Array(9) }, {}, "images must be PNG or JPEG, got"],
  ["a size of 0", { "a.png": encodePng(1, 1) }, { size: 0 }, "size must be an integer from 1"],
  [
    "two channels",
    { "a.png": encodePng(1, 1) },
    { channels: 2 as never },
    "channels must be 1 or 3",
  ],
  ["a single image", { "a.png": encodePng(1, 1) }, {}, "examples to divide must be an integer"],
])("%s is refused", async (_, files, options, message) => {
  await expect(fromImageFolder(await folderOf(files), options)).rejects.toThrow(message);
});

test("a folder that does not exist is named", async () => {
  await expect(fromImageFolder("/no/such/folder")).rejects.toThrow(
    "fromImageFolder: folder must be readable, got /no/such/folder",
  );
});

test.each(["p.png", "cats", "notes.txt"])("a symbolic link %s is refused", async (name) => {
  const folder = await folderOf({ "a.png": encodePng(2, 2), "b.png": encodePng(2, 2) });
  const other = await folderOf({ "c.png": encodePng(2, 2) });
  await symlink(name === "cats" ? other : join(other, "c.png"), join(folder, name));
  await expect(fromImageFolder(folder)).rejects.toThrow(
    `fromImageFolder: folder must hold files and folders of its own, got a link at ${join(folder, name)}`,
  );
});

test("a folder may itself be given by a symbolic link", async () => {
  const folder = await folderOf({ "a.png": encodePng(2, 2), "b.png": encodePng(2, 2) });
  const link = join(await emptyFolder(), "link");
  await symlink(folder, link);
  expect((await fromImageFolder(link, half)).train.shape).toEqual([1, 2, 2, 1]);
});

test.skipIf(process.platform === "win32")("a pipe called an image is refused at once", async () => {
  const folder = await folderOf({ "a.png": encodePng(2, 2) });
  const pipe = join(folder, "f.png");
  execFileSync("mkfifo", [pipe]);
  await expect(fromImageFolder(folder)).rejects.toThrow(
    `fromImageFolder: images must be regular files, got another kind at ${pipe}`,
  );
});
