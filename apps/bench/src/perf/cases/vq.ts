import * as tf from "@tensorflow/tfjs-core";
import { adamScalars, adamStep } from "./adam.ts";
import { conv, convWeights, transposed, transposedWeights } from "./layers.ts";
import { feedsOf } from "./work.ts";
import type { ArraySpec, StepWork, Weights, WorkFunctions } from "./work.ts";

const hidden = 128;
const residual = 32;
const codes = 512; // K
const size = 64; // D
const commitment = 0.25;
const decay = 0.99;
const laplace = 1e-5;

const blockWeights = (name: string): ArraySpec[] => [
  ...convWeights(`${name}.a`, 3, [hidden, residual]),
  ...convWeights(`${name}.b`, 1, [residual, hidden]),
];

const networkWeights: readonly ArraySpec[] = [
  ...convWeights("encoder.conv0", 4, [3, hidden / 2]),
  ...convWeights("encoder.conv1", 4, [hidden / 2, hidden]),
  ...convWeights("encoder.conv2", 3, [hidden, hidden]),
  ...blockWeights("encoder.block0"),
  ...blockWeights("encoder.block1"),
  ...convWeights("encoder.output", 1, [hidden, size]),
  ...convWeights("decoder.input", 3, [size, hidden]),
  ...blockWeights("decoder.block0"),
  ...blockWeights("decoder.block1"),
  ...transposedWeights("decoder.conv0", 4, [hidden, hidden / 2]),
  ...transposedWeights("decoder.conv1", 4, [hidden / 2, 3]),
];

function residualStack(weights: Weights, part: string, x: tf.Tensor): tf.Tensor {
  const same = { weights, stride: 1 };
  let h = x;
  for (let i = 0; i < 2; i++) {
    const inner = conv(same, `${part}.block${i}.a`, tf.relu(h));
    h = tf.add(h, conv(same, `${part}.block${i}.b`, tf.relu(inner)));
  }
  return tf.relu(h);
}

/** `[B, 32, 32, 3]` to `[B, 8, 8, D]`. */
function encode(weights: Weights, x: tf.Tensor): tf.Tensor {
  const half = { weights, stride: 2 };
  const y = tf.relu(conv(half, "encoder.conv1", tf.relu(conv(half, "encoder.conv0", x))));
  const grid = conv({ weights, stride: 1 }, "encoder.conv2", y);
  return conv({ weights, stride: 1 }, "encoder.output", residualStack(weights, "encoder", grid));
}

/** `[B, 8, 8, D]` to `[B, 32, 32, 3]`. */
function decode(weights: Weights, z: tf.Tensor): tf.Tensor {
  const grid = conv({ weights, stride: 1 }, "decoder.input", z);
  const y = residualStack(weights, "decoder", grid);
  return transposed(weights, "decoder.conv1", tf.relu(transposed(weights, "decoder.conv0", y)));
}

/** Index of the nearest code of each token, `argmin_k |e_k|^2 / 2 - z . e_k`: int32 `[N]`. */
function nearest(z: tf.Tensor2D, book: tf.Tensor2D): tf.Tensor1D {
  const halfSquares = tf.mul(tf.sum(tf.square(book), 1), 0.5); // [K]
  return tf.argMin(tf.sub(halfSquares, tf.matMul(z, book, false, true)), 1);
}

/** `value` forward, the identity backward. */
function straightThrough(z: tf.Tensor, value: tf.Tensor): tf.Tensor {
  return tf.customGrad(() => ({ value: value.clone(), gradFunc: (dy: tf.Tensor) => dy }))(z);
}

/** The mean of `(z - q)^2` with a gradient to `z` alone. */
function commitmentLoss(z: tf.Tensor, q: tf.Tensor): tf.Tensor {
  return tf.customGrad((zIn, save) => {
    const difference = tf.sub(zIn as tf.Tensor, q);
    (save as tf.GradSaveFunc)([difference]);
    return {
      value: tf.mean(tf.square(difference)),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(saved, tf.mul(dy, 2 / saved.size)),
    };
  })(z);
}

/** Moves the codebook to the running means of its tokens (van den Oord et al., 2017, appendix A.1, with Laplace smoothing). */
function moveCodes(weights: Weights, tokens: tf.Tensor2D, indices: tf.Tensor1D): void {
  const chosen = tf.cast(tf.oneHot(indices, codes), "float32") as tf.Tensor2D; // [N, K]
  const { counts, sums, book } = weights;
  const n = tf.add(tf.mul(counts, decay), tf.mul(tf.sum(chosen, 0), 1 - decay)); // [K]
  const m = tf.add(
    tf.mul(sums, decay),
    tf.mul(tf.matMul(chosen, tokens, true, false), 1 - decay), // [K, D]
  );
  const total = tf.sum(n);
  const smooth = tf.mul(tf.div(tf.add(n, laplace), tf.add(total, codes * laplace)), total);
  counts.assign(n);
  sums.assign(m);
  book.assign(tf.div(m, tf.reshape(smooth, [codes, 1])));
}

function build(all: Weights, inputs: readonly ArraySpec[]): WorkFunctions {
  const { book, counts, sums, ...weights } = all;
  const trained = Object.values(weights);
  const state = [book, counts, sums];
  const feeds = feedsOf(inputs);
  const quantize = (z: tf.Tensor) => {
    const tokens = tf.reshape<tf.Rank.R2>(z, [-1, size]); // [N, D]
    const indices = nearest(tokens, book as tf.Tensor2D);
    const q = tf.reshape(tf.gather(book, indices), z.shape);
    return { tokens, indices, q };
  };
  const loss = ({ x }: Record<string, tf.Tensor>): tf.Scalar => {
    const z = encode(weights, x);
    const { tokens, indices, q } = quantize(z);
    const decoded = decode(weights, straightThrough(z, q));
    const distortion = tf.mean(tf.square(tf.sub(decoded, x)));
    const total = tf.add(distortion, tf.mul(commitmentLoss(z, q), commitment));
    moveCodes(all, tokens, indices);
    return total as tf.Scalar;
  };
  return {
    ...adamStep({ loss, trained, state, feeds }),
    scalars: adamScalars,
    probe: {
      feeds,
      state: [...trained, book],
      fn: ({ x }) => ({ values: decode(weights, quantize(encode(weights, x)).q) }),
    },
  };
}

function vqWork(batch: number): StepWork {
  const inputs: ArraySpec[] = [{ name: "x", shape: [batch, 32, 32, 3], filling: { kind: "unit" } }];
  return {
    name: `vq/${batch}`,
    group: "vq",
    title: `VQ-VAE 32x32x3, K ${codes}, D ${size}, EMA, training, batch ${batch}`,
    model: "vq",
    kind: "train",
    batch,
    weights: [
      ...networkWeights,
      { name: "book", shape: [codes, size], filling: { kind: "uniform", scale: 0.1 } },
      { name: "counts", shape: [codes], filling: { kind: "ones" } },
      { name: "sums", shape: [codes, size], filling: { kind: "copy", of: "book" } },
    ],
    inputs,
    tolerance: { loss: 1e-3, values: 2e-2 },
    build: (weights) => build(weights, inputs),
  };
}

/** The VQ-VAE's works. */
export const vqWorks: readonly StepWork[] = [32, 512].map(vqWork);
