/**
 * Resizing by a triangle filter that widens when the image shrinks, rows first, then columns: every source pixel
 * counts, so small images show no jagged lines. Cost: height x width x filter width for each pass. A source row is added
 * to the few rows of the result that it belongs to and forgotten, so that a tall image takes no more memory than others.
 */
import type { OpaqueImage } from "./image.ts";

/** Weights of the source positions `from[i] .. from[i] + count[i] - 1` of each target position; their sum is 1. */
interface Taps {
  readonly from: Int32Array;
  readonly count: Int32Array;
  /** Those of target `i` begin at `i * most`. */
  readonly weights: Float64Array;
  readonly most: number;
}

/** A part of an image: its first row or column, and how many. */
interface Span {
  readonly start: number;
  readonly length: number;
}

function tapsOf({ start, length }: Span, target: number): Taps {
  const step = length / target;
  const reach = Math.max(1, step);
  const most = Math.ceil(2 * reach) + 1;
  const from = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Float64Array(target * most);
  for (let i = 0; i < target; i++) {
    const center = (i + 0.5) * step;
    const first = Math.max(0, Math.floor(center - reach));
    const taps = Math.min(length, Math.ceil(center + reach)) - first;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const weight = Math.max(0, 1 - Math.abs(first + k + 0.5 - center) / reach);
      weights[i * most + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) weights[i * most + k] /= sum;
    from[i] = start + first;
    count[i] = taps;
  }
  return { from, count, weights, most };
}

/** One source row, which begins at `offset`, at its new width. */
function narrowInto(
  row: Float64Array,
  { data, channels }: OpaqueImage,
  { offset, taps }: { offset: number; taps: Taps },
): void {
  const { from, count, weights, most } = taps;
  for (let x = 0; x < from.length; x++) {
    let at = offset + from[x] * channels;
    const first = x * most;
    const last = first + count[x];
    let a = 0;
    let b = 0;
    let c = 0;
    if (channels === 1) {
      for (let k = first; k < last; k++) a += weights[k] * data[at++];
      row[x] = a;
      continue;
    }
    for (let k = first; k < last; k++, at += 3) {
      const weight = weights[k];
      a += weight * data[at];
      b += weight * data[at + 1];
      c += weight * data[at + 2];
    }
    row[3 * x] = a;
    row[3 * x + 1] = b;
    row[3 * x + 2] = c;
  }
}

/** The largest part in the middle that has the proportions of the target. */
function middle(
  { height, width }: OpaqueImage,
  [targetHeight, targetWidth]: readonly [number, number],
): { rows: Span; columns: Span } {
  const rows = Math.min(height, Math.max(1, Math.round((width * targetHeight) / targetWidth)));
  const columns = Math.min(width, Math.max(1, Math.round((height * targetWidth) / targetHeight)));
  return {
    rows: { start: (height - rows) >> 1, length: rows },
    columns: { start: (width - columns) >> 1, length: columns },
  };
}

/**
 * The image at another size.
 *
 * @param image what to resize
 * @param size `[height, width]` in pixels
 * @param fit `"fill"` changes the proportions where those of the sizes differ, `"cover"` cuts off what is too much first
 */
export function resize(
  image: OpaqueImage,
  size: readonly [number, number],
  fit: "fill" | "cover" = "fill",
): OpaqueImage {
  const [height, width] = size;
  if (image.height === height && image.width === width) return image;
  const { channels } = image;
  const { rows, columns } =
    fit === "cover"
      ? middle(image, size)
      : {
          rows: { start: 0, length: image.height },
          columns: { start: 0, length: image.width },
        };
  const taps = tapsOf(columns, width);
  const lines = tapsOf(rows, height);
  const row = new Float64Array(width * channels);
  const data = new Uint8Array(height * row.length);
  const sums = new Map<number, Float64Array>();
  let first = 0;
  for (let y = rows.start; y < rows.start + rows.length; y++) {
    narrowInto(row, image, { offset: y * image.width * channels, taps });
    for (let line = first; line < height && lines.from[line] <= y; line++) {
      const from = lines.from[line];
      const sum = sums.get(line) ?? new Float64Array(row.length);
      sums.set(line, sum);
      const weight = lines.weights[line * lines.most + y - from];
      for (let i = 0; i < row.length; i++) sum[i] += weight * row[i];
      if (y + 1 < from + lines.count[line]) continue;
      for (let i = 0; i < row.length; i++) data[line * row.length + i] = Math.round(sum[i]);
      sums.delete(line);
      first = line + 1;
    }
  }
  return { height, width, channels, data };
}
