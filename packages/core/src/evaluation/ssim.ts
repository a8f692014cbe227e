import type { ArrayLikeData } from "../data/examples.ts";
import { imagePairs } from "./images.ts";
import type { PeakOptions } from "./images.ts";

const sigma = 1.5;
const largestWindow = 11;

interface Plane {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Structural similarity of each pair of images, in [-1, 1], 1 for equal ones: the mean over places and channels of
 * `(2 m_a m_b + C1)(2 s_ab + C2) / ((m_a^2 + m_b^2 + C1)(s_a^2 + s_b^2 + C2))`, `C1 = (0.01 peak)^2`, `C2 = (0.03 peak)^2`, with means,
 * variances and covariance under an 11x11 Gaussian window of deviation 1.5 at all places where it fits; of images smaller than that
 * under the largest odd window. Source: Wang et al. 2004, IEEE Transactions on Image Processing 13, 600, equation 13.
 *
 * @param a `[n, height, width, channels]`, floats or bytes
 * @param b the same shape and kind
 * @returns n numbers
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function ssim(a: ArrayLikeData, b: ArrayLikeData, options: PeakOptions = {}): Float64Array {
  const fn = "ssim";
  const { a: first, b: second, shape, peak } = imagePairs(fn, { a, b }, options);
  if (shape.length !== 4) {
    throw new RangeError(
      `${fn}: a must have the shape [n, height, width, channels], got [${shape.join(", ")}]`,
    );
  }
  const [count, height, width, channels] = shape;
  const window = windowOf(Math.min(height, width));
  const plane = (values: Float64Array, i: number, c: number): Plane => {
    const start = i * height * width * channels + c;
    const data = Float64Array.from(
      { length: height * width },
      (_, k) => values[start + k * channels],
    );
    return { data, height, width };
  };
  return Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      sum += similarity({ a: plane(first, i, c), b: plane(second, i, c), window, peak });
    }
    return sum / channels;
  });
}

/** The Gaussian window along one axis, sum 1. */
function windowOf(side: number): Float64Array {
  const length = Math.min(largestWindow, side % 2 === 1 ? side : side - 1);
  const middle = (length - 1) / 2;
  const weights = Float64Array.from({ length }, (_, i) =>
    Math.exp(-((i - middle) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((x, y) => x + y, 0);
  return weights.map((weight) => weight / sum);
}

interface Compared {
  readonly a: Plane;
  readonly b: Plane;
  readonly window: Float64Array;
  readonly peak: number;
}

function similarity({ a, b, window, peak }: Compared): number {
  const product = (x: Plane, y: Plane): Plane => ({
    ...x,
    data: x.data.map((value, k) => value * y.data[k]),
  });
  const smooth = (x: Plane): Float64Array => smoothed(x, window);
  const [ma, mb] = [smooth(a), smooth(b)];
  const [aa, bb, ab] = [smooth(product(a, a)), smooth(product(b, b)), smooth(product(a, b))];
  const [c1, c2] = [(0.01 * peak) ** 2, (0.03 * peak) ** 2];
  let sum = 0;
  for (let k = 0; k < ma.length; k++) {
    const [x, y] = [ma[k], mb[k]];
    const variances = aa[k] - x * x + (bb[k] - y * y);
    const covariance = ab[k] - x * y;
    sum += ((2 * x * y + c1) * (2 * covariance + c2)) / ((x * x + y * y + c1) * (variances + c2));
  }
  return sum / ma.length;
}

/** Sums under the window at all places where it fits, rows first. */
function smoothed({ data, height, width }: Plane, window: Float64Array): Float64Array {
  const [h, w] = [height - window.length + 1, width - window.length + 1];
  const rows = new Float64Array(height * w);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let k = 0; k < window.length; k++) sum += window[k] * data[y * width + x + k];
      rows[y * w + x] = sum;
    }
  }
  const out = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      for (let k = 0; k < window.length; k++) sum += window[k] * rows[(y + k) * w + x];
      out[y * w + x] = sum;
    }
  }
  return out;
}
