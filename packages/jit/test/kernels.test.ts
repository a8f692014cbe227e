import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import type { NdArray, TracedFunction } from "../src/types.ts";
import { expectAgreement } from "./support/agree.ts";
import { drawing } from "./support/randomGraphs.ts";
import { image, imageFunctions, resizings, typedFunctions } from "./support/samples.ts";

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

test.each(imageFunctions)("%s: value and gradient agree", async (_, f) => {
  await expectAgreement(withGradients(f), { x: array([2, 6, 5, 4]) });
});

test("depth to space agrees", async () => {
  const fn: TracedFunction = ({ x }) => ({ y: tf.depthToSpace(image(x), 2) });
  await expectAgreement(fn, { x: array([2, 3, 5, 8]) });
});

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

test.each(typedFunctions)("%s agree", async (_, fn) => {
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
