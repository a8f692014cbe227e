import { decode, encode } from "fast-png";

/** Images in row-major order. */
export interface ImageBatch {
  /** Values in [0, 1]. */
  readonly data: Float32Array;
  /** `[count, height, width, channels]`, channels 1 or 3. */
  readonly shape: readonly number[];
}

/** How a grid is laid out. */
export interface GridLayout {
  /** Images per row. */
  readonly columns: number;
  /** Transparent pixels between neighbours, after scaling. */
  readonly gap?: number;
  /** Each pixel becomes a square of this many. */
  readonly scale?: number;
}

/** An 8-bit picture with transparency: grey and alpha, or red, green, blue and alpha. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 2 or 4, the last one alpha. */
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Lays images out in rows on a transparent ground; values outside [0, 1] saturate, as on a screen.
 *
 * @param images `[count, height, width, channels]`, values in [0, 1]
 * @param layout columns, gap (default 2) and scale (default 2)
 * @throws RangeError for images that are not grey or RGB
 */
export function drawGrid(images: ImageBatch, layout: GridLayout): Raster {
  const { columns, gap = 2, scale = 2 } = layout;
  const [count, height, width, colors] = imageShape(images);
  const rows = Math.ceil(count / columns);
  const [cellHeight, cellWidth] = [height * scale + gap, width * scale + gap];
  const channels = colors + 1;
  const raster: Raster = {
    width: columns * cellWidth - gap,
    height: rows * cellHeight - gap,
    channels,
    data: new Uint8Array((columns * cellWidth - gap) * (rows * cellHeight - gap) * channels),
  };
  for (let index = 0; index < count; index++) {
    const top = Math.floor(index / columns) * cellHeight;
    const left = (index % columns) * cellWidth;
    drawImageInto(raster, images, { index, top, left, scale });
  }
  return raster;
}

function drawImageInto(
  raster: Raster,
  images: ImageBatch,
  place: { index: number; top: number; left: number; scale: number },
): void {
  const [, height, width, colors] = imageShape(images);
  const { index, top, left, scale } = place;
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from =
        ((index * height + Math.floor(y / scale)) * width + Math.floor(x / scale)) * colors;
      const to = ((top + y) * raster.width + left + x) * raster.channels;
      for (let color = 0; color < colors; color++) {
        raster.data[to + color] = toByte(images.data[from + color]);
      }
      raster.data[to + colors] = 255;
    }
  }
}

function toByte(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 255);
}

function imageShape(images: ImageBatch): [number, number, number, number] {
  const [count, height, width, channels] = images.shape;
  if (images.shape.length !== 4 || (channels !== 1 && channels !== 3)) {
    throw new RangeError(
      `drawGrid: images must be [count, height, width, 1 or 3], got [${images.shape.join(", ")}]`,
    );
  }
  return [count, height, width, channels];
}

/** A raster as the bytes of a PNG file. */
export function encodePng(raster: Raster): Uint8Array {
  return encode({ ...raster, depth: 8 });
}

/**
 * Images as a PNG one image wide and without loss beyond 8 bits, to be laid out later.
 *
 * @param images `[count, height, width, channels]`, values in [0, 1]
 */
export function encodeStrip(images: ImageBatch): Uint8Array {
  const [count, height, width, channels] = imageShape(images);
  const data = Uint8Array.from(images.data, toByte);
  return encode({ width, height: count * height, channels, depth: 8, data });
}

/**
 * The images of a PNG written by `encodeStrip`.
 *
 * @param bytes the file
 * @param height of one image in pixels
 * @returns `[count, height, width, channels]`, values in [0, 1]
 */
export function decodeStrip(bytes: Uint8Array, height: number): ImageBatch {
  const { width, height: total, channels, data } = decode(bytes);
  return {
    data: Float32Array.from(data, (value) => value / 255),
    shape: [total / height, height, width, channels],
  };
}

/** Images one batch after another; their shapes agree but for the count. */
export function concatImages(batches: readonly ImageBatch[]): ImageBatch {
  const count = batches.reduce((sum, batch) => sum + batch.shape[0], 0);
  const size = batches.reduce((sum, batch) => sum + batch.data.length, 0);
  const data = new Float32Array(size);
  let offset = 0;
  for (const batch of batches) {
    data.set(batch.data, offset);
    offset += batch.data.length;
  }
  return { data, shape: [count, ...batches[0].shape.slice(1)] };
}
