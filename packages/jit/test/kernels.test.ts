import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import type { NdArray, TracedFunction } from "../src/types.ts";
import { expectAgreement } from "./support/agree.ts";
import { drawing } from "./support/randomGraphs.ts";

/** Small multiples of 1/8: exact, with ties. */
function array(shape: readonly number[], seed = 1): NdArray<Float32Array> {
  const draw = drawing(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length }, () => (draw(25) - 12) / 8), shape };
}

/** The value of a function of tensors and the gradients of its weighted sum by all of them. */
function withGradients(f: (...xs: tf.Tensor[]) => tf.Tensor): TracedFunction {
  return (feeds) => {
    const xs = Object.values(feeds);
    const weighted = (...args: tf.Tensor[]): tf.Tensor => {
      const y = f(...args);
      const weights = tf.reshape(tf.sin(tf.range(1, y.size + 1)), y.shape);
      return tf.sum(tf.mul(y, weights));
    };
    const gradients = tf.grads(weighted)(xs);
    return { y: f(...xs), ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) };
  };
}

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

/** Functions of an image [2, 6, 5, 4] whose values and gradients must agree. */
const imageFunctions: [string, (x: tf.Tensor) => tf.Tensor][] = [
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

test.each(imageFunctions)("%s: value and gradient agree", async (_, f) => {
  await expectAgreement(withGradients(f), { x: array([2, 6, 5, 4]) });
});

test("depth to space agrees", async () => {
  const fn: TracedFunction = ({ x }) => ({ y: tf.depthToSpace(image(x), 2) });
  await expectAgreement(fn, { x: array([2, 3, 5, 8]) });
});

const resizings: [string, (x: tf.Tensor) => tf.Tensor][] = [
  ["nearest, doubled", (x) => tf.image.resizeNearestNeighbor(image(x), [12, 10])],
  ["nearest, uneven", (x) => tf.image.resizeNearestNeighbor(image(x), [7, 3])],
  ["nearest, aligned", (x) => tf.image.resizeNearestNeighbor(image(x), [9, 8], true)],
  ["bilinear", (x) => tf.image.resizeBilinear(image(x), [12, 10])],
  ["bilinear, aligned", (x) => tf.image.resizeBilinear(image(x), [4, 9], true)],
];

// tfjs-cpu's own gradients are wrong for more than one image (nearest) and for images that are not square (bilinear).
test.each(resizings)(
  "resizing, %s: value and gradient agree for one square image",
  async (_, f) => {
    await expectAgreement(withGradients(f), { x: array([1, 6, 6, 3]) });
  },
);

test.each(resizings)("resizing, %s: the gradient is the transpose for any images", async (_, f) => {
  const x = array([3, 6, 5, 2]);
  const compiled = jit(withGradients(f), { feeds: { x: { shape: x.shape } }, engine: "native" });
  const { y, g0 } = await compiled({ x });
  compiled.dispose();
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a).reduce((sum, v, i) => sum + v * b[i], 0);
  const weights = Array.from(y.data, (_, i) => Math.sin(i + 1));
  expect(dot(x.data, g0.data)).toBeCloseTo(dot(y.data, weights), 3);
});

test("batch normalization with statistics of the batch agrees, gradients included", async () => {
  const f = (x: tf.Tensor, offset: tf.Tensor, scale: tf.Tensor): tf.Tensor => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean, variance, offset, scale); // prettier-ignore
  };
  const inputs = { x: array([3, 4, 4, 2]), offset: array([2], 2), scale: array([2], 3) };
  await expectAgreement(withGradients(f), inputs);
});

const geometry = fc.record({
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.integer({ min: 3, max: 9 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  stride: fc.integer({ min: 1, max: 3 }),
  pad: fc.constantFrom("same" as const, "valid" as const),
  inputs: fc.integer({ min: 1, max: 4 }),
  outputs: fc.integer({ min: 1, max: 4 }),
});

type Geometry = Parameters<Parameters<typeof geometry.map>[0]>[0];

function fits({ height, width, kernel, pad }: Geometry): boolean {
  return pad === "same" || (kernel[0] <= height && kernel[1] <= width);
}

const convolutions: [string, (g: Geometry) => Promise<unknown>][] = [
  [
    "conv2d",
    ({ height, width, kernel, stride, pad, inputs, outputs }) =>
      expectAgreement(
        withGradients((x, w) => tf.conv2d(image(x), image(w), stride, pad)),
        { x: array([2, height, width, inputs]), w: array([...kernel, inputs, outputs], 2) },
      ),
  ],
  [
    "depthwise convolution",
    ({ height, width, kernel, stride, pad, inputs, outputs }) =>
      expectAgreement(
        withGradients((x, w) => tf.depthwiseConv2d(image(x), image(w), stride, pad)),
        { x: array([2, height, width, inputs]), w: array([...kernel, inputs, outputs], 2) },
      ),
  ],
  [
    "transposed convolution",
    ({ height, width, kernel, stride, inputs, outputs }) =>
      expectAgreement(
        withGradients((x, w) => {
          const shape: [number, number, number, number] = [2, height * stride, width * stride, outputs]; // prettier-ignore
          return tf.conv2dTranspose(image(x), image(w), shape, stride, "same");
        }),
        { x: array([2, height, width, inputs]), w: array([...kernel, outputs, inputs], 2) },
      ),
  ],
  [
    "pooling",
    ({ height, width, kernel, stride, pad, inputs }) =>
      expectAgreement(
        withGradients((x) =>
          tf.add(
            tf.maxPool(image(x), kernel, stride, pad),
            tf.avgPool(image(x), kernel, stride, pad),
          ),
        ),
        { x: array([2, height, width, inputs]) },
      ),
  ],
];

test.each(convolutions)("%s of random geometry agrees, gradients included", async (_, check) => {
  const property = fc.asyncProperty(geometry.filter(fits), async (g) => {
    await check(g);
  });
  await fc.assert(property, { numRuns: Number(process.env.ELBO_RUNS ?? 25), seed: 3 });
});

test("the gradient of gather is exact with indices that repeat, on many threads", async () => {
  const [rows, size, count] = [64, 16, 4096];
  const draw = drawing(5);
  const indices = Int32Array.from({ length: count }, () => draw(rows));
  // Small whole numbers: every order of summation gives the same sum.
  const weights = Float32Array.from({ length: count * size }, () => draw(9) - 4);
  const expected = new Float32Array(rows * size);
  weights.forEach((w, i) => (expected[indices[Math.floor(i / size)] * size + (i % size)] += w));
  const step = jit(
    ({ codebook, indices, weights }) => {
      const loss = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.gather(x, indices), weights));
      return { gradient: tf.grad(loss)(codebook) };
    },
    {
      feeds: {
        codebook: { shape: [rows, size] },
        indices: { shape: [count], dtype: "int32" },
        weights: { shape: [count, size] },
      },
      engine: "native",
      threads: 8,
    },
  );
  for (let run = 0; run < 10; run++) {
    const { gradient } = await step({ codebook: array([rows, size]), indices, weights });
    expect(gradient.data).toEqual(expected);
  }
  step.dispose();
});

const int = (values: number[]): NdArray => ({
  data: Int32Array.from(values),
  shape: [values.length],
});

/** Functions of float, integer and boolean vectors x, n, b. */
const typed: [string, TracedFunction][] = [
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

test.each(typed)("%s agree", async (_, fn) => {
  const x = { data: new Float32Array([-1.5, 0, 0.5, 0.5, 2.25, -0.25]), shape: [6] };
  const b = { data: new Uint8Array([1, 0, 0, 1, 1, 0]), shape: [6] };
  // All inputs are used, for a feed that is not would be fine too.
  await expectAgreement(fn, { x, n: int([-7, 7, 0, 2, -2, 3]), b });
});

test("kernels refuse what is not covered by naming the operation and the way out", async () => {
  const fft = jit(({ x }) => ({ y: tf.real(tf.spectral.rfft(x)) }), {
    feeds: { x: { shape: [4] } },
    engine: "native",
  });
  await expect(fft({ x: new Float32Array(4) })).rejects.toThrow(/jit: .*kernel \w+; use another/);
  fft.dispose();
});
