import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "@elbo/common";
import { emptyFolder } from "@elbo/test-utils";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../src/images/decode.ts";
import type { Decoded } from "../src/images/image.ts";
import { prepare } from "../src/images/prepare.ts";
import { decodeWithSharp, findSharp } from "../src/node/images/sharpDecoder.ts";
import type { Sharp } from "../src/node/images/sharpDecoder.ts";
import { fromImageFolder } from "../src/index.ts";
import { encodePng } from "./encode.ts";

const library = sharp as unknown as Sharp;
const fileOf = (name: string): Promise<Uint8Array> =>
  readFile(new URL(`./files/images/${name}`, import.meta.url));
const withSharp = async (bytes: Uint8Array): Promise<Decoded> => decodeWithSharp(bytes, library);

/** Mean and largest difference of two images of one size. */
function differences(a: Decoded, b: Decoded, size?: readonly [number, number]): [number, number] {
  const ways = { background: 255, ...(size ? { size } : {}) };
  const [x, y] = [prepare(a, ways), prepare(b, ways)];
  expect([x.width, x.height, x.channels]).toEqual([y.width, y.height, y.channels]);
  const each = Array.from(x.data, (value, i) => Math.abs(value - y.data[i]));
  return [each.reduce((sum, value) => sum + value, 0) / each.length, Math.max(...each)];
}

test("sharp is found where it is installed", async () => {
  expect(await findSharp()).toBe(sharp);
});

describe("sharp and the own decoders", () => {
  test.each([1, 2, 3, 4])("give equal bytes for PNG of %i channels", async (channels) => {
    const bytes = encodePng(7, 5, { channels });
    expect(await withSharp(bytes)).toEqual(decodeImage(bytes));
  });

  test.each(["adwaita-folder-symbolic.png", "go-video-001.rgb.png"])(
    "give equal bytes for %s",
    async (name) => {
      const bytes = await fileOf(name);
      expect(await withSharp(bytes)).toEqual(decodeImage(bytes));
    },
  );

  test("give equal bytes for PNG of 16 bits and of a palette", async () => {
    const picture = sharp(await fileOf("go-video-001.rgb.png"));
    for (const bytes of [
      await picture.clone().toColourspace("rgb16").png().toBuffer(),
      await picture.clone().png({ palette: true }).toBuffer(),
    ]) {
      expect(await withSharp(bytes)).toEqual(decodeImage(bytes));
    }
  });

  test.each([
    "hopper.jpg",
    "hopper_orientation_6.jpg",
    "go-video-001.rgb.jpeg",
    "pil_sample_cmyk.jpg",
    "truncated_app14.jpg",
    "photoshop-200dpi-broken.jpg",
    "grey-restart-5.jpg",
  ])("differ by little for %s", async (name) => {
    const bytes = await fileOf(name);
    const [own, theirs] = [decodeImage(bytes), await withSharp(bytes)];
    // They round differently, and libjpeg smooths what was stored at half the size: of the RGB file green and blue.
    expect(differences(own, theirs)[0]).toBeLessThan(name.startsWith("go-") ? 5 : 2.5);
    const [mean, most] = differences(own, theirs, [32, 32]);
    expect(mean).toBeLessThan(1.5);
    expect(most).toBeLessThan(24);
  });

  test("a grey JPEG stays grey", async () => {
    const bytes = await sharp(await fileOf("hopper.jpg"))
      .toColourspace("b-w")
      .jpeg()
      .toBuffer();
    const [own, theirs] = [decodeImage(bytes), await withSharp(bytes)];
    expect(theirs.image.channels).toBe(1);
    expect(differences(own, theirs)[1]).toBeLessThan(3);
  });
});

describe("what sharp alone reads", () => {
  test.each(["webp", "gif", "tiff", "avif"] as const)("%s", async (format) => {
    const picture = await fileOf("go-video-001.rgb.png");
    const bytes = await sharp(picture).toFormat(format).toBuffer();
    expect(() => decodeImage(bytes)).toThrow("npm install sharp");
    // These formats lose: a palette, smoothed colours.
    expect(differences(await withSharp(bytes), decodeImage(picture))[0]).toBeLessThan(8);
  });

  test("transparency of WebP is composited like that of PNG", async () => {
    const icon = await fileOf("adwaita-folder-symbolic.png");
    const bytes = await sharp(icon).webp({ lossless: true }).toBuffer();
    expect(differences(await withSharp(bytes), decodeImage(icon))[1]).toBeLessThan(2);
  });

  test("TIFF is turned as its orientation says", async () => {
    const picture = sharp(await fileOf("hopper.jpg"));
    const turned = await picture.clone().rotate(90).raw().toBuffer();
    const bytes = await picture
      .clone()
      .withMetadata({ orientation: 6 })
      .tiff({ compression: "lzw" })
      .toBuffer();
    expect(Buffer.from((await withSharp(bytes)).image.data).equals(turned)).toBe(true);
  });
});

test("an image beyond the limit is refused by sharp's way too", async () => {
  const bytes = await sharp({
    create: { width: 5000, height: 4000, channels: 3, background: "red" },
  })
    .webp()
    .toBuffer();
  await expect(withSharp(bytes)).rejects.toThrow("from 1 to 16777216 pixels");
});

test("files of other kinds that sharp would draw are refused", async () => {
  const svg = new TextEncoder().encode(
    '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>',
  );
  await expect(withSharp(svg)).rejects.toThrow(
    `file must be PNG, JPEG, WebP, GIF, TIFF or AVIF, got ${String(svg.length)} bytes of another kind`,
  );
});

test("a PNG whose checksum of the pixels is wrong is read as without sharp", async () => {
  const folder = await emptyFolder();
  await writeFile(join(folder, "a.png"), withWrongAdler(encodePng(7, 5)));
  const read = async (decoder: "sharp" | "own") =>
    (await fromImageFolder(folder, { decoder, testFraction: 0 })).train.data;
  expect(await read("sharp")).toEqual(await read("own"));
});

/** Flips a bit of the zlib stream's checksum; the chunk's own checksum is right. */
function withWrongAdler(png: Uint8Array): Uint8Array {
  const bytes = png.slice();
  const view = new DataView(bytes.buffer);
  let at = 8;
  const isData = (): boolean => String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === "IDAT";
  while (!isData()) at += 12 + view.getUint32(at);
  const end = at + 8 + view.getUint32(at);
  bytes[end - 1] ^= 1;
  view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
  return bytes;
}
