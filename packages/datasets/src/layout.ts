import { describeValue, rules } from "@elbo/common";
import type { Option } from "@elbo/common";

/**
 * Where the channels stand: behind the places, or before them as PyTorch keeps them. `"nhwc"` and `"nchw"` are images, `"nlc"` and `"ncl"`
 * signals of one axis, such as sound or measurements over time.
 */
export type Layout = "nhwc" | "nchw" | "nlc" | "ncl";

/** The forms that examples may have, for messages. */
const forms = "[count, height, width, channels], [count, height, width] or [count, features]";

/** The forms of signals. */
const signalForms: Readonly<Record<string, string>> = {
  nlc: "[count, length, channels] or [count, length]",
  ncl: "[count, channels, length] or [count, length]",
};

/** Whether a layout is that of signals, whose values are no pixels. */
export const isSignal = (layout: Layout | undefined): boolean =>
  layout === "nlc" || layout === "ncl";

/** Whether the values of examples are to be moved by {@link channelsLast}. */
export const isChannelsFirst = (shape: readonly number[], layout: Layout | undefined): boolean =>
  (layout === "nchw" && shape.length === 4) || (layout === "ncl" && shape.length === 3);

/** The option that says so. */
export const layoutOption = {
  rule: rules.oneOf(["nhwc", "nchw", "nlc", "ncl"]),
  default: undefined,
} satisfies Option<Layout>;

/**
 * The axes that examples will have: images and signals without an axis for channels get one of size 1.
 *
 * @param shape as it came, checked to be sizes
 * @param layout what the caller said about it
 * @param name argument, for messages
 * @throws RangeError for any other number of axes, and for images whose last axis is not 1 to 4 unless `layout` is given
 */
export function toAxes(
  shape: readonly number[],
  layout: Layout | undefined,
  name: string,
): readonly number[] {
  const [count, a, b, c] = shape;
  if (layout !== undefined && isSignal(layout)) {
    if (shape.length === 2) return [count, a, 1];
    if (shape.length === 3) return layout === "ncl" ? [count, b, a] : shape;
    throw new RangeError(`${name} must be ${signalForms[layout]}, got ${describeValue(shape)}`);
  }
  if (shape.length === 2) return shape;
  if (shape.length === 3) return [count, a, b, 1];
  if (shape.length !== 4) {
    throw new RangeError(`${name} must be ${forms}, got ${describeValue(shape)}`);
  }
  if (layout === "nchw") return [count, b, c, a];
  if (layout === undefined && c > 4) {
    const hint = a <= 4 ? ' ("nchw" if they stand before height and width)' : "";
    throw new RangeError(
      `${name} must end with 1 to 4 channels unless layout is given${hint}, got ${describeValue(shape)}`,
    );
  }
  return shape;
}

/**
 * Values with the channels behind the places.
 *
 * @param data values in the layout "nchw" or "ncl"
 * @param shape axes of the result, `[count, height, width, channels]` or `[count, length, channels]`
 */
export function channelsLast<T extends Uint8Array | Float32Array>(
  data: T,
  shape: readonly number[],
): T {
  const [count, ...places] = shape;
  const channels = places.pop() ?? 1;
  const pixels = places.reduce((product, length) => product * length, 1);
  const result = new (data.constructor as new (length: number) => T)(data.length);
  for (let i = 0, to = 0; i < count; i++) {
    const from = i * pixels * channels;
    for (let p = from; p < from + pixels; p++) {
      for (let c = 0; c < channels; c++) result[to++] = data[p + c * pixels];
    }
  }
  return result;
}
