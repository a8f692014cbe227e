/**
 * Resizing by a triangle filter that widens when the image shrinks, rows first, then columns: every source pixel
 * counts, so small images show no jagged lines. Cost: height x width x filter width for each pass. A source row is added
 * to the few rows of the result that it belongs to and forgotten, so that a tall image takes no more memory than others.
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

/** One source row at its new width. */
function narrowInto(
  row: Float64Array,
  image: Image,
  { y, taps }: { y: number; taps: Taps[] },
): void {
  const { channels, data, width } = image;
  taps.forEach(({ from, weights }, x) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      weights.forEach((weight, k) => {
        sum += weight * data[(y * width + from + k) * channels + c];
      });
      row[x * channels + c] = sum;
    }
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
  const taps = tapsOf(image.width, width);
  const lines = tapsOf(image.height, height);
  const row = new Float64Array(width * channels);
  const data = new Uint8Array(height * row.length);
  const sums = new Map<number, Float64Array>();
  let first = 0;
  for (let y = 0; y < image.height; y++) {
    narrowInto(row, image, { y, taps });
    for (let line = first; line < height && lines[line].from <= y; line++) {
      const { from, weights } = lines[line];
      const sum = sums.get(line) ?? new Float64Array(row.length);
      sums.set(line, sum);
      for (let i = 0; i < row.length; i++) sum[i] += weights[y - from] * row[i];
      if (y + 1 < from + weights.length) continue;
      data.set(sum.map(Math.round), line * row.length);
      sums.delete(line);
      first = line + 1;
    }
  }
  return { height, width, channels, data };
}
