/**
 * Resizing by a triangle filter that widens when the image shrinks, rows first, then columns: every source pixel
 * counts, so small images show no jagged lines. Cost: height x width x filter width for each pass.
 */
import type { Image } from "./image.ts";

interface Taps {
  /** First source position. */
  readonly from: number;
  /** Weights of the positions from there on; their sum is 1. */
  readonly weights: readonly number[];
}

function tapsOf(source: number, target: number): Taps[] {
  const step = source / target;
  const reach = Math.max(1, step);
  return Array.from({ length: target }, (_, i) => {
    const center = (i + 0.5) * step;
    const from = Math.max(0, Math.floor(center - reach));
    const to = Math.min(source, Math.ceil(center + reach));
    const raw = Array.from({ length: to - from }, (_unused, k) =>
      Math.max(0, 1 - Math.abs(from + k + 0.5 - center) / reach),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { from, weights: raw.map((weight) => weight / sum) };
  });
}

/**
 * The image at another size; its proportions change when those of the sizes differ.
 *
 * @param image what to resize
 * @param size `[height, width]` in pixels
 */
export function resize(image: Image, size: readonly [number, number]): Image {
  const [height, width] = size;
  if (image.height === height && image.width === width) return image;
  const { channels } = image;
  const rows = new Float64Array(image.height * width * channels);
  tapsOf(image.width, width).forEach(({ from, weights }, x) => {
    for (let y = 0; y < image.height; y++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        weights.forEach((weight, k) => {
          sum += weight * image.data[(y * image.width + from + k) * channels + c];
        });
        rows[(y * width + x) * channels + c] = sum;
      }
    }
  });
  const data = new Uint8Array(height * width * channels);
  const rowLength = width * channels;
  tapsOf(image.height, height).forEach(({ from, weights }, y) => {
    for (let i = 0; i < rowLength; i++) {
      let sum = 0;
      weights.forEach((weight, k) => {
        sum += weight * rows[(from + k) * rowLength + i];
      });
      data[y * rowLength + i] = Math.round(sum);
    }
  });
  return { height, width, channels, data };
}
