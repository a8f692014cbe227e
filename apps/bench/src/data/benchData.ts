import type { NdArray } from "@elbo/core";
import type { Split } from "@elbo/datasets";

/** The images of a comparison. */
export interface BenchData {
  readonly train: Split;
  readonly test: Split;
  /** Shape of an example: `[height, width, channels]`, or `[features]` of a table. */
  readonly image: readonly number[];
  /** Number of classes; 0 without labels. */
  readonly classes: number;
  readonly classNames?: readonly string[];
  /** Names of the generating factors, where they are known. */
  readonly factorNames?: readonly string[];
  /** The classes of the training images, where others are among the test images as anomalies. */
  readonly normal?: readonly number[];
  /** Digest of one's own data; absent for sets that are known by name. */
  readonly contents?: string;
}

/** Whether examples can be shown: grey images or coloured ones. */
export function isPictured({ image }: Pick<BenchData, "image">): boolean {
  return image.length === 3 && (image[2] === 1 || image[2] === 3);
}

/** Values as the models see them: bytes from 0 to 255 become numbers in [0, 1]. */
export function toUnit({ data, shape }: Pick<Split, "data" | "shape">): NdArray<Float32Array> {
  return {
    data: data instanceof Uint8Array ? Float32Array.from(data, (value) => value / 255) : data,
    shape,
  };
}
