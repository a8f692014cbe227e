import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import {
  concatImages,
  decodeStrip,
  drawGrid,
  encodePng,
  encodeStrip,
} from "../src/pictures/grid.ts";

/** Images of 2 x 3 pixels whose values count up by `step`. */
function countingImages(count: number, channels: number): { data: Float32Array; shape: number[] } {
  const size = count * 2 * 3 * channels;
  return {
    data: Float32Array.from({ length: size }, (_, index) => index / 255),
    shape: [count, 2, 3, channels],
  };
}

describe("drawGrid", () => {
  test.each([1, 3])("every pixel of a grid with %i channels decodes to its image's", (channels) => {
    const images = countingImages(5, channels);
    const picture = decode(encodePng(drawGrid(images, { columns: 3, gap: 2, scale: 2 })));
    expect([picture.width, picture.height]).toEqual([3 * 6 + 2 * 2, 2 * 4 + 2]);
    expect(picture.channels).toBe(channels + 1);
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        const at = (y * picture.width + x) * picture.channels;
        const pixel = Array.from(picture.data.slice(at, at + picture.channels));
        const [row, column] = [Math.floor(y / 6), Math.floor(x / 8)];
        const [inY, inX] = [Math.floor((y % 6) / 2), Math.floor((x % 8) / 2)];
        const index = row * 3 + column;
        const isImage = y % 6 < 4 && x % 8 < 6 && index < 5;
        const first = ((index * 2 + inY) * 3 + inX) * channels;
        const wanted = isImage
          ? [...Array.from({ length: channels }, (_, color) => first + color), 255]
          : new Array<number>(channels + 1).fill(0);
        expect(pixel).toEqual(wanted);
      }
    }
  });

  test("values outside [0, 1] saturate and halves round up", () => {
    const images = { data: Float32Array.of(-0.5, 0.5, 1.5), shape: [1, 1, 3, 1] };
    const { data } = drawGrid(images, { columns: 1, gap: 0, scale: 1 });
    expect(Array.from(data)).toEqual([0, 255, 128, 255, 255, 255]);
  });

  test("images of two channels are refused", () => {
    expect(() =>
      drawGrid({ data: new Float32Array(8), shape: [1, 2, 2, 2] }, { columns: 1 }),
    ).toThrow("drawGrid: images must be [count, height, width, 1 or 3], got [1, 2, 2, 2]");
  });
});

describe("strips", () => {
  test.each([1, 3])("images with %i channels come back from their file", (channels) => {
    const images = countingImages(4, channels);
    const { data, shape } = decodeStrip(encodeStrip(images), 2);
    expect(shape).toEqual(images.shape);
    expect(data).toEqual(images.data);
  });

  test("batches are laid one after another", () => {
    const both = concatImages([countingImages(1, 1), countingImages(2, 1)]);
    expect(both.shape).toEqual([3, 2, 3, 1]);
    expect(Array.from(both.data.slice(6, 12), (value) => Math.round(value * 255))).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });
});
