/** Axes of images between elbo, channels last and values in [0, 1], and a model of somebody else's. */
import { copyStrided } from "@elbo/common";

/** Sizes of axes as a file declares them; a name or null where it leaves one open. */
export type Declared = readonly (number | string | null)[];

type Layout = "nhwc" | "nchw";

/** How an array of images may look to a model, without its batch: in its layout, flat, or without the one channel. */
export function imageShapes(image: readonly number[], layout: Layout): number[][] {
  const flat = image.reduce((a, b) => a * b, 1);
  if (image.length !== 3) return [[...image], [flat]];
  const [height, width, channels] = image;
  const whole = layout === "nchw" ? [channels, height, width] : [height, width, channels];
  return [whole, [flat], ...(channels === 1 ? [[height, width]] : [])];
}

/** Whether a shape is one that was declared. */
export const fits = (shape: readonly number[], declared: Declared): boolean =>
  shape.length === declared.length &&
  shape.every((size, i) => typeof declared[i] !== "number" || declared[i] === size);

/** A shape with its batch, in words. */
export const shownShape = (shape: Declared): string => `[${["n", ...shape].join(", ")}]`;

/** What to say to whom has images of the other layout; empty where that is not it. */
export function layoutHint(image: readonly number[], layout: Layout, declared: Declared): string {
  const other = layout === "nchw" ? "nhwc" : "nchw";
  const isOther = imageShapes(image, other).some((shape) => fits(shape, declared));
  return isOther ? `; "layout": "${other}" says so` : "";
}

/**
 * Moves the channels of images: `[n, h, w, c]` to `[n, c, h, w]` (`"first"`), or back (`"last"`).
 *
 * @param data of images of the size `[height, width, channels]`; tables stay as they are
 */
export function moveChannels(
  data: Float32Array,
  image: readonly number[],
  to: "first" | "last",
): Float32Array {
  const channels = image.length === 3 ? image[2] : 1;
  if (channels === 1) return data;
  const places = image[0] * image[1];
  const size = places * channels;
  const inner =
    to === "first"
      ? { shape: [channels, places], strides: [1, channels] }
      : { shape: [places, channels], strides: [1, places] };
  const moved = new Float32Array(data.length);
  copyStrided(data, moved, {
    shape: [data.length / size, ...inner.shape],
    strides: [size, ...inner.strides],
  });
  return moved;
}
