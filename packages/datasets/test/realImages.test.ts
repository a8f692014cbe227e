/** Files that were read wrongly once; the values are those of Pillow 13 (libjpeg-turbo, libpng). */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { fromImageFolder } from "../src/index.ts";
import { decodeImage } from "../src/images/decode.ts";
import type { OpaqueImage } from "../src/images/image.ts";
import { prepare } from "../src/images/prepare.ts";
import type { Preparation } from "../src/images/prepare.ts";
import { encodeJpeg } from "./encode.ts";

const fileOf = (name: string): Promise<Uint8Array> =>
  readFile(new URL(`./files/images/${name}`, import.meta.url));

async function load(name: string, preparation: Preparation = {}): Promise<OpaqueImage> {
  return prepare(decodeImage(await fileOf(name)), preparation);
}

function pixel({ data, width, channels }: OpaqueImage, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)];
}

/** Mean over the pixels of each channel. */
function means({ data, channels }: OpaqueImage): number[] {
  const sums = new Array<number>(channels).fill(0);
  data.forEach((value, i) => (sums[i % channels] += value));
  return sums.map((sum) => (sum * channels) / data.length);
}

/** Mean difference of two images of one size. */
function distance(a: OpaqueImage, b: OpaqueImage): number {
  expect([a.width, a.height, a.channels]).toEqual([b.width, b.height, b.channels]);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}

function expectNear(actual: readonly number[], expected: readonly number[], within: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(within);
  });
}

test("an icon drawn in alpha alone is composited, or refused", async () => {
  await expect(load("adwaita-folder-symbolic.png")).rejects.toThrow(
    "image must be opaque unless background is given (255 is white, [r, g, b] a colour), got transparent pixels",
  );
  const image = await load("adwaita-folder-symbolic.png", { background: 255 });
  expect(pixel(image, 10, 20)).toEqual([255, 255, 255]);
  expect(pixel(image, 5, 5)).toEqual([231, 231, 231]);
  expectNear(means(image), [154.77758789, 154.77758789, 154.77758789], 1e-8);
  expect(new Set(image.data).size).toBe(55);
});

test("a JPEG without markers whose components are called R, G, B is RGB", async () => {
  const image = await load("go-video-001.rgb.jpeg");
  expectNear(pixel(image, 75, 50), [165, 75, 0], 1);
  expectNear(means(image), [144.567, 94.44, 70.487], 0.1);
  // The same picture without loss.
  expect(distance(image, await load("go-video-001.rgb.png"))).toBeLessThan(8);
});

test("a JPEG in CMYK has the colours that its ink makes", async () => {
  const image = await load("pil_sample_cmyk.jpg");
  expectNear(pixel(image, 30, 50), [253, 13, 22], 3);
  expectNear(means(image), [30.232, 5.444, 7.386], 1);
});

test("a JPEG is turned as its EXIF data say", async () => {
  const turned = await load("hopper_orientation_6.jpg");
  // Compressed once more; as stored, the mean difference is above 60.
  expect(distance(turned, await load("hopper.jpg"))).toBeLessThan(7);
});

test.each([
  ["truncated_app14.jpg", 100, [231, 32, 25]],
  ["photoshop-200dpi-broken.jpg", 200, [230, 230, 230]],
])("%s, whose markers are damaged, is read", async (name, side, expected) => {
  const image = await load(name);
  expect([image.width, image.height]).toEqual([side, side]);
  expectNear(pixel(image, 30, 50), expected, 3);
});

test("bytes between the segments of a JPEG are passed over", () => {
  const bytes = encodeJpeg(16, 8, [200, 100, 50]);
  const junk = Uint8Array.from([...bytes.subarray(0, 2), 0xff, 0, 1, 2, 3, ...bytes.subarray(2)]);
  expect(decodeImage(junk)).toEqual(decodeImage(bytes));
});

test("a folder of them is one set", async () => {
  const folder = await emptyFolder();
  await mkdir(join(folder, "a"));
  for (const name of ["hopper.jpg", "adwaita-folder-symbolic.png", "pil_sample_cmyk.jpg"]) {
    await writeFile(join(folder, "a", name), await fileOf(name));
  }
  const options = { size: 32, channels: 3, background: [255, 255, 255], testFraction: 0 } as const;
  const { train, test: none } = await fromImageFolder(folder, options);
  expect([train.shape, none.shape, none.data.length]).toEqual([[3, 32, 32, 3], [0, 32, 32, 3], 0]);
  const first = await load("adwaita-folder-symbolic.png", { size: [32, 32], background: 255 });
  expect(train.data.subarray(0, first.data.length)).toEqual(first.data);
});
