/** Functions of covered operators, for more than one test. */
import * as tf from "@tensorflow/tfjs-core";
import type { TracedFunction } from "../../src/types.ts";

/** Tells TypeScript the rank. */
export const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

/** Functions of one number, value by value. */
export const functionsOfOne: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  ...{ abs: tf.abs, acos: tf.acos, acosh: tf.acosh, asin: tf.asin, asinh: tf.asinh, atan: tf.atan },
  ...{ atanh: tf.atanh, ceil: tf.ceil, cos: tf.cos, cosh: tf.cosh, elu: tf.elu, erf: tf.erf },
  ...{ exp: tf.exp, expm1: tf.expm1, floor: tf.floor, log: tf.log, log1p: tf.log1p, neg: tf.neg },
  ...{ logSigmoid: tf.logSigmoid, reciprocal: tf.reciprocal, relu: tf.relu, relu6: tf.relu6 },
  ...{ round: tf.round, rsqrt: tf.rsqrt, selu: tf.selu, sigmoid: tf.sigmoid, sign: tf.sign },
  ...{ sin: tf.sin, sinh: tf.sinh, softplus: tf.softplus, sqrt: tf.sqrt, square: tf.square },
  ...{ tan: tf.tan, tanh: tf.tanh, isNaN: tf.isNaN, isInf: tf.isInf, isFinite: tf.isFinite },
};

/** Functions of an image [2, 6, 5, 4] whose values and gradients must agree. */
export const imageFunctions: [string, (x: tf.Tensor) => tf.Tensor][] = [
  ["max pooling, tiles", (x) => tf.maxPool(image(tf.slice(x, 0, [2, 6, 4, 4])), 2, 2, "valid")],
  ["max pooling, overlapping", (x) => tf.maxPool(image(x), 3, 2, "same")],
  ["max pooling, all", (x) => tf.maxPool(image(x), [6, 5], 1, "valid")],
  ["max pooling, padded", (x) => tf.maxPool(image(x), 3, 2, 1, "floor")],
  ["mean pooling, tiles", (x) => tf.avgPool(image(tf.slice(x, 0, [2, 6, 4, 4])), 2, 2, "valid")],
  ["mean pooling, overlapping", (x) => tf.avgPool(image(x), 3, 1, "same")],
  ["mean pooling, all", (x) => tf.avgPool(image(x), [6, 5], 1, "valid")],
  ["local response", (x) => tf.localResponseNormalization(image(x), 2, 1, 0.5, 0.7)],
  ["space to batch", (x) => tf.spaceToBatchND(tf.pad(x, [[0, 0], [0, 0], [0, 1], [0, 0]]), [2, 2], [[0, 0], [0, 0]])], // prettier-ignore
  ["batch to space", (x) => tf.batchToSpaceND(x, [2, 1], [[1, 0], [0, 0]])], // prettier-ignore
  ["moments", (x) => tf.add(tf.moments(x, [0, 1, 2]).variance, tf.moments(x, [0, 1, 2]).mean)],
];

/** Functions of images of any size. */
export const resizings: [string, (x: tf.Tensor) => tf.Tensor][] = [
  ["nearest, doubled", (x) => tf.image.resizeNearestNeighbor(image(x), [12, 10])],
  ["nearest, uneven", (x) => tf.image.resizeNearestNeighbor(image(x), [7, 3])],
  ["nearest, aligned", (x) => tf.image.resizeNearestNeighbor(image(x), [9, 8], true)],
  ["bilinear", (x) => tf.image.resizeBilinear(image(x), [12, 10])],
  ["bilinear, aligned", (x) => tf.image.resizeBilinear(image(x), [4, 9], true)],
];

/** Functions of float, integer and boolean vectors x, n, b. */
export const typedFunctions: [string, TracedFunction][] = [
  [
    "logic",
    ({ b }) => ({ y: tf.logicalXor(b, tf.logicalNot(tf.logicalAnd(b, tf.logicalOr(b, b)))) }),
  ],
  ["selection of booleans", ({ b }) => ({ y: tf.where(b, tf.logicalNot(b), b) })],
  ["comparison of booleans", ({ b }) => ({ y: tf.greater(b, tf.logicalNot(b)) })],
  [
    "sums of booleans",
    ({ b }) => ({ y: tf.sum(b), z: tf.mean(b), any: tf.any(b), all: tf.all(b) }),
  ],
  ["integers", ({ n }) => ({ y: tf.add(tf.mul(n, n), tf.abs(tf.neg(n))), s: tf.sign(n) })],
  ["floored division of integers", ({ n }) => ({ y: tf.floorDiv(n, tf.scalar(-3, "int32")) })],
  ["floored remainder of integers", ({ n }) => ({ y: tf.mod(n, tf.scalar(-3, "int32")) })],
  // The value differs by engine; what matters is that the process lives.
  ["integers divided by zero", ({ n }) => ({ y: tf.zerosLike(tf.floorDiv(n, tf.zerosLike(n))) })],
  ["integer extremes", ({ n }) => ({ y: tf.max(n), z: tf.min(n), p: tf.prod(n), c: tf.cumsum(n) })],
  ["integer powers", ({ n }) => ({ y: tf.pow(n, tf.scalar(2, "int32")) })],
  [
    "casts",
    ({ x, n, b }) => ({ y: tf.cast(x, "int32"), z: tf.cast(n, "bool"), w: tf.cast(b, "float32") }),
  ],
  ["remainders", ({ x }) => ({ y: tf.mod(x, -0.75), z: tf.mod(x, 0.75) })],
  ["one-hot", ({ n }) => ({ y: tf.oneHot(tf.cast(tf.abs(n), "int32"), 4) })],
  ["counts", ({ n }) => ({ y: tf.bincount(tf.abs(n) as tf.Tensor1D, [], 5) })],
  [
    "bounds",
    ({ x }) => ({ y: tf.lowerBound([-1, 0, 0.5, 1], x), z: tf.upperBound([-1, 0, 0.5, 1], x) }),
  ],
  ["scatter", ({ x }) => ({ y: tf.scatterND([[1], [3], [1], [0], [6], [2]], x, [8]) })],
  [
    "update",
    ({ x }) => ({ y: tf.tensorScatterUpdate(tf.ones([8]), [[1], [3], [7], [0], [6], [2]], x) }),
  ],
  ["top-k", ({ x }) => ({ y: tf.topk(x, 3).values, z: tf.topk(x, 3).indices })],
  [
    "segments out of range",
    ({ x }) => ({ y: tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, -1, 2, 5, 0], "int32"), 3) }),
  ],
];
