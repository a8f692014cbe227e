import { makeValue, type Value } from "../value.ts";
import type { ConvolutionGeometry } from "./convolution.ts";

/** The geometry of pooling; the window is [rows, columns]. */
export interface PoolingGeometry extends ConvolutionGeometry {
  readonly window: readonly [number, number];
}

/** Largest or mean element of every window of images `[batch, height, width, channels]`; padding does not take part. */
export function pool2d(
  op: "maxPool2d" | "averagePool2d",
  x: Value,
  geometry: PoolingGeometry,
): Value {
  const { window, strides, dilations, padBefore, padAfter } = geometry;
  const spatial = [0, 1].map((i) => {
    const extent = (window[i] - 1) * dilations[i] + 1;
    const length = x.shape[i + 1] + padBefore[i] + padAfter[i];
    return Math.floor((length - extent) / strides[i]) + 1;
  });
  return makeValue(
    { op, inputs: [x], attributes: { window, strides, dilations, padBefore, padAfter } },
    { shape: [x.shape[0], ...spatial, x.shape[3]], dtype: x.dtype },
  );
}
