import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import { encode } from "fast-png";
import { expect, test } from "vitest";
import { fromArrays, fromImageFolder } from "../src/index.ts";
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
    "b.jfif": encodeJpeg(16, 8, [10, 200, 30]),
    "c.JPE": encodeJpeg(8, 8, [10, 200, 30]),
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
  await expect(fromImageFolder(folder)).rejects.toThrow("every image must be readable, got");
});

test.each<[string, Record<string, Uint8Array>, FromImageFolderOptions, string]>([
  ["an empty folder", {}, {}, "folder must hold images, got none in"],
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
  [
    "another format",
    { "a.tga": new Uint8Array(9) },
    {},
    "images must be PNG, JPEG, WebP, GIF, TIFF or AVIF, got",
  ],
  ["a size of 0", { "a.png": encodePng(1, 1) }, { size: 0 }, "size must be an integer from 1"],
  [
    "two channels",
    { "a.png": encodePng(1, 1) },
    { channels: 2 as never },
    "channels must be 1 or 3",
  ],
  [
    "a background beyond a byte",
    { "a.png": encodePng(1, 1) },
    { background: 256 },
    "background must be an integer from 0 to 255, or three of them, got 256",
  ],
  [
    "another fit",
    { "a.png": encodePng(1, 1) },
    { fit: "inside" as never },
    'fit must be one of "fill", "cover", "contain", got "inside"',
  ],
  ["a single image", { "a.png": encodePng(1, 1) }, {}, "must be an integer at least 2, got 1"],
])("%s is refused", async (_, files, options, message) => {
  await expect(fromImageFolder(await folderOf(files), options)).rejects.toThrow(message);
});

test("what systems and archivers leave behind is no class", async () => {
  const folder = await folderOf({
    "a/1.png": encodePng(2, 2),
    "a/@eaDir/1.png": new Uint8Array(4),
    "b/1.png": encodePng(2, 2),
    "__MACOSX/a/._1.png": new Uint8Array(4),
  });
  expect((await fromImageFolder(folder)).classNames).toEqual(["a", "b"]);
});

test("what cannot be read is passed over and listed when that is asked for", async () => {
  const good = encodePng(2, 2);
  const folder = await folderOf({
    "a/1.png": good.subarray(0, 40),
    "a/2.png": good,
    "a/3.png": encodePng(3, 3),
    "a/4.tga": new Uint8Array(9),
    "a/5.png": encodePng(2, 2, { first: 7 }),
    "b/readme.txt": new Uint8Array(1),
    "loose.png": good,
  });
  const options = { onError: "skip", testFraction: 0, decoder: "own" } as const;
  const set = await fromImageFolder(folder, options);
  expect(set.classNames).toEqual(["a"]);
  expect([...set.train.data]).toEqual([0, 1, 2, 3, 7, 8, 9, 10]);
  expect([...(set.train.labels ?? [])]).toEqual([0, 0]);
  expect(set.skipped?.map(({ path }) => path.slice(folder.length + 1))).toEqual(
    ["a/1.png", "a/3.png", "a/4.tga", "b", "loose.png"].map((path) => join(path)),
  );
  expect(set.skipped?.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("cut"),
    expect.stringContaining("images must be 2 x 2 like the first one"),
    expect.stringContaining("images must be PNG, JPEG, WebP, GIF, TIFF or AVIF"),
    expect.stringContaining("every folder must hold at least one image"),
    expect.stringContaining("every image must lie in one of the class folders"),
  ]);
  const nothing = await folderOf({ "a.png": new Uint8Array(9) });
  await expect(fromImageFolder(nothing, { onError: "skip" })).rejects.toThrow(
    "an image must be readable, got none among 1",
  );
});

test("photographs are cut to the proportions asked for, stretched, or shown whole between bars", async () => {
  const stripes = Uint8Array.from({ length: 8 * 4 }, (_, i) => (i % 8 < 2 || i % 8 > 5 ? 0 : 200));
  const folder = await folderOf({
    "a.png": encode({ width: 8, height: 4, data: stripes, channels: 1 }),
  });
  const options = { size: 4, testFraction: 0 } as const;
  const cut = await fromImageFolder(folder, { ...options, fit: "cover" });
  expect(new Set(cut.train.data)).toEqual(new Set([200]));
  expect((await fromImageFolder(folder, options)).train.data[0]).toBeLessThan(60);
  for (const decoder of ["own", "sharp"] as const) {
    const whole = await fromImageFolder(folder, { ...options, fit: "contain", decoder });
    const bar = [0, 0, 0, 0];
    const shown = [...(await fromImageFolder(folder, { ...options, size: [2, 4] })).train.data];
    expect([...whole.train.data]).toEqual([...bar, ...shown, ...bar]);
    const blue = { ...options, fit: "contain", decoder, background: [0, 0, 255] } as const;
    const { shape, data } = (await fromImageFolder(folder, blue)).train;
    expect(shape).toEqual([1, 4, 4, 3]);
    expect([...data.subarray(0, 6), ...data.subarray(42)]).toEqual([
      ...[0, 0, 255, 0, 0, 255],
      ...[0, 0, 255, 0, 0, 255],
    ]);
  }
});

test("the images of a folder are not copied to divide them", async () => {
  const folder = await folderOf(
    Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`${String(i)}.png`, encodePng(2, 2, { first: 4 * i })]),
    ),
  );
  const { train, test: tests } = await fromImageFolder(folder, { testFraction: 0.3, seed: 2 });
  expect(train.data.buffer).toBe(tests.data.buffer);
  // The same order as copied rows have.
  const all = (await fromImageFolder(folder, { testFraction: 0 })).train;
  const copied = fromArrays(all, { testFraction: 0.3, seed: 2 });
  expect([train.data, tests.data]).toEqual([copied.train.data, copied.test.data]);
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
