import { makeValue, type Attributes, type Value } from "../value.ts";

/**
 * The geometry of a 2-D convolution, channels last.
 *
 * `padBefore` and `padAfter` are [rows, columns]; the filter is `[height, width, inputs, outputs]`.
 */
export interface ConvolutionGeometry {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padBefore: readonly [number, number];
  readonly padAfter: readonly [number, number];
}

/** The geometry of a convolution and the shape of its gradient. */
export interface GradientGeometry extends ConvolutionGeometry {
  readonly shape: readonly number[];
}

function attributesOf(geometry: ConvolutionGeometry): Attributes {
  const { strides, dilations, padBefore, padAfter } = geometry;
  return { strides, dilations, padBefore, padAfter };
}

/** `y[n, i, j, o] = sum over a, b, c of x[n, i s + a d - p, j s + b d - p, c] w[a, b, c, o]`. */
export function conv2d(x: Value, filter: Value, geometry: ConvolutionGeometry): Value {
  const { strides, dilations, padBefore, padAfter } = geometry;
  const spatial = [0, 1].map((i) => {
    const extent = (filter.shape[i] - 1) * dilations[i] + 1;
    const length = x.shape[i + 1] + padBefore[i] + padAfter[i];
    return Math.floor((length - extent) / strides[i]) + 1;
  });
  return makeValue(
    { op: "conv2d", inputs: [x, filter], attributes: attributesOf(geometry) },
    { shape: [x.shape[0], ...spatial, filter.shape[3]], dtype: "float32" },
  );
}

/** Depthwise: `y[n, i, j, c q + m] = sum over a, b of x[n, i s + a d - p, j s + b d - p, c] w[a, b, c, m]`, where m < q. */
export function depthwiseConv2d(x: Value, filter: Value, geometry: ConvolutionGeometry): Value {
  const { shape } = conv2d(x, filter, geometry);
  return makeValue(
    { op: "depthwiseConv2d", inputs: [x, filter], attributes: attributesOf(geometry) },
    { shape: [...shape.slice(0, 3), filter.shape[2] * filter.shape[3]], dtype: "float32" },
  );
}

/** Gradient of {@link conv2d} by `x`, which is also the transposed convolution; `shape` is that of `x`. */
export function conv2dInputGradient(dy: Value, filter: Value, geometry: GradientGeometry): Value {
  return gradient("conv2dInputGradient", [dy, filter], geometry);
}

/** Gradient of {@link depthwiseConv2d} by `x`, whose shape is `shape`. */
export function depthwiseConv2dInputGradient(
  dy: Value,
  filter: Value,
  geometry: GradientGeometry,
): Value {
  return gradient("depthwiseConv2dInputGradient", [dy, filter], geometry);
}

/** Gradient of {@link conv2d} by the filter, whose shape is `shape`. */
export function conv2dFilterGradient(x: Value, dy: Value, geometry: GradientGeometry): Value {
  return gradient("conv2dFilterGradient", [x, dy], geometry);
}

/** Gradient of {@link depthwiseConv2d} by the filter, whose shape is `shape`. */
export function depthwiseConv2dFilterGradient(
  x: Value,
  dy: Value,
  geometry: GradientGeometry,
): Value {
  return gradient("depthwiseConv2dFilterGradient", [x, dy], geometry);
}

function gradient(op: string, inputs: readonly Value[], geometry: GradientGeometry): Value {
  const { shape } = geometry;
  return makeValue(
    { op, inputs, attributes: { ...attributesOf(geometry), shape } },
    { shape, dtype: "float32" },
  );
}
