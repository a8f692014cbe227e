/**
 * Resizing images is linear in each direction: a matrix from old to new rows, another for columns.
 *
 * Gradients are the transposed matrices, so repeated pixels sum exactly. Enlarging by whole factors with the nearest
 * pixel, what upsampling layers do, is only a repetition.
 */
import { constant } from "../../graph/operations/leaves.ts";
import { gather } from "../../graph/operations/indexing.ts";
import { matMul } from "../../graph/operations/linear.ts";
import { reduce } from "../../graph/operations/reduce.ts";
import { expand, reshape } from "../../graph/operations/reshape.ts";
import { cast } from "../../graph/operations/elementwise.ts";
import type { Value } from "../../graph/value.ts";
import type { Kernel, KernelCall, KernelTable } from "../kernel.ts";

interface Resizing {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** How old positions follow from new ones: `old = scale * new`. */
function scaleOf(from: number, to: number, { alignCorners }: Resizing): number {
  return alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
}

/** The old row that is nearest to each new one. */
function nearestRows(from: number, to: number, options: Resizing): Int32Array {
  const scale = scaleOf(from, to, options);
  return Int32Array.from({ length: to }, (_, i) => {
    const at = scale * (options.halfPixelCenters ? i + 0.5 : i);
    const nearest = options.alignCorners ? Math.round(at) : Math.floor(at);
    return Math.max(0, Math.min(from - 1, nearest));
  });
}

/** Weights of old rows in new rows, `[to, from]`. */
function nearestMatrix(from: number, to: number, options: Resizing): Float32Array {
  const matrix = new Float32Array(to * from);
  nearestRows(from, to, options).forEach((row, i) => (matrix[i * from + row] = 1));
  return matrix;
}

/** The same for interpolation between two neighbours; below the first centre TF.js extrapolates, and so does this. */
function linearMatrix(from: number, to: number, options: Resizing): Float32Array {
  const scale = scaleOf(from, to, options);
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const at = options.halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(from - 1, Math.ceil(at));
    const fraction = at - low;
    matrix[i * from + low] += 1 - fraction;
    matrix[i * from + high] += fraction;
  }
  return matrix;
}

type MatrixOf = typeof nearestMatrix;

interface Sizes {
  /** [height, width] */
  readonly old: readonly number[];
  readonly new: readonly number[];
}

/** Applies row and column matrices to `[n, h, w, c]`; with `back`, their transposes to a gradient. */
function applyMatrices(
  x: Value,
  sizes: Sizes,
  { matrixOf, options, back }: { matrixOf: MatrixOf; options: Resizing; back: boolean },
): Value {
  const [n, h, w, c] = x.shape;
  const matrix = (i: number): Value =>
    constant(
      matrixOf(sizes.old[i], sizes.new[i], options),
      [sizes.new[i], sizes.old[i]],
      "float32",
    );
  const [height, width] = back ? sizes.old : sizes.new;
  const transposeA = back;
  const rows = matMul(matrix(0), reshape(x, [n, h, w * c]), { transposeA }); // [n, height, w c]
  const columns = matMul(matrix(1), reshape(rows, [n * height, w, c]), { transposeA });
  return reshape(columns, [n, height, width, c]);
}

function optionsOf({ attributes }: KernelCall): Resizing {
  return {
    alignCorners: Boolean(attributes.alignCorners),
    halfPixelCenters: Boolean(attributes.halfPixelCenters),
  };
}

/** Whole factors by which rows and columns repeat, if that is all that happens. */
function repetition(sizes: Sizes, { alignCorners }: Resizing): [number, number] | undefined {
  const factors = sizes.new.map((n, i) => n / sizes.old[i]);
  const whole = factors.every((f) => Number.isInteger(f) && f >= 1);
  return whole && !alignCorners ? (factors as [number, number]) : undefined;
}

const bilinear: Kernel = (call) => {
  const x = cast(call.input("images"), "float32");
  const sizes = { old: x.shape.slice(1, 3), new: call.attributes.size as number[] };
  return applyMatrices(x, sizes, {
    matrixOf: linearMatrix,
    options: optionsOf(call),
    back: false,
  });
};

const nearest: Kernel = (call) => {
  const x = call.input("images");
  const options = optionsOf(call);
  const [n, h, w, c] = x.shape;
  const sizes = { old: [h, w], new: call.attributes.size as number[] };
  const [height, width] = sizes.new;
  const factors = repetition(sizes, options);
  if (factors) {
    const repeated = expand(reshape(x, [n, h, 1, w, 1, c]), [n, h, factors[0], w, factors[1], c]);
    return reshape(repeated, [n, height, width, c]);
  }
  const rows = constant(nearestRows(h, height, options), [height], "int32");
  const columns = constant(nearestRows(w, width, options), [width], "int32");
  return gather(gather(x, rows, 1), columns, 2);
};

/** TF.js's gradients ignore `halfPixelCenters`; the compiled ones agree with the eager ones. */
const gradient =
  (matrixOf: MatrixOf): Kernel =>
  (call) => {
    const [images, dy] = [call.input("images"), call.input("dy")];
    const options = { ...optionsOf(call), halfPixelCenters: false };
    const [n, h, w, c] = images.shape;
    const sizes = { old: [h, w], new: dy.shape.slice(1, 3) };
    const factors = repetition(sizes, options);
    if (factors && matrixOf === nearestMatrix) {
      const apart = reshape(dy, [n, h, factors[0], w, factors[1], c]);
      return reduce("reduceSum", apart, { axes: [2, 4] });
    }
    return applyMatrices(dy, sizes, { matrixOf, options, back: true });
  };

/** Resizing of images and its gradients. */
export const resizeKernels: KernelTable = {
  ResizeBilinear: bilinear,
  ResizeBilinearGrad: gradient(linearMatrix),
  ResizeNearestNeighbor: nearest,
  ResizeNearestNeighborGrad: gradient(nearestMatrix),
};
