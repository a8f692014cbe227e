import { takeRows } from "@elbo/core";
import { concatImages } from "./grid.ts";
import type { Examples } from "@elbo/core";
import type { MeasuredModel } from "../measures/measuredModel.ts";
import type { ImageBatch } from "./grid.ts";
import type { PictureMaterial } from "./picture.ts";

/** Images per row of most pictures. */
export const columns = 10;

/** All images with their labels. */
export function withLabels({ images, labels }: PictureMaterial): Examples {
  return { ...images, ...(labels === undefined ? {} : { labels }) };
}

/** The chosen images with their labels. */
export function pickImages(
  { images, labels }: PictureMaterial,
  indices: readonly number[],
): Examples {
  return {
    ...takeRows(images, indices),
    ...(labels === undefined ? {} : { labels: Int32Array.from(indices, (index) => labels[index]) }),
  };
}

/** The labels that occur, in rising order. */
export function classesOf(labels: Int32Array): number[] {
  return [...new Set(labels)].sort((a, b) => a - b);
}

/** Whether the model can be drawn from. */
export function hasPrior({ levels }: MeasuredModel): boolean {
  return Object.values(levels).every((level) => level.prior !== undefined);
}

/** Grey images as red, green and blue; coloured ones as they are. */
export function toColors({ data, shape }: ImageBatch): ImageBatch {
  const repeat = 3 / shape[3];
  return {
    data: Float32Array.from(
      { length: data.length * repeat },
      (_, index) => data[Math.floor(index / repeat)],
    ),
    shape: [...shape.slice(0, 3), 3],
  };
}

/** Rows of images that were drawn one by one. */
export async function rowByRow<T>(
  rows: readonly T[],
  draw: (row: T) => Promise<ImageBatch>,
): Promise<ImageBatch> {
  const drawn: ImageBatch[] = [];
  for (const row of rows) drawn.push(await draw(row));
  return concatImages(drawn);
}
