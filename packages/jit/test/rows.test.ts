import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type TracedFunction } from "../src/index.ts";
import { seeded } from "./mlpVae.ts";

function weights(shape: readonly number[], seed: number): tf.Tensor {
  const draw = seeded(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => draw() / 4),
    [...shape],
  );
}

const constants = {
  dense: weights([108, 37], 1),
  bias: weights([37], 2),
  out: weights([37, 5], 3),
  filter: weights([4, 4, 3, 18], 4),
  narrow: weights([3, 3, 18, 2], 5),
  depthwise: weights([3, 3, 3, 2], 6),
  codes: weights([11, 3], 7),
};

/** Forward functions of images [batch, 6, 6, 3]. */
const functions: [string, TracedFunction][] = [
  [
    "dense layers",
    ({ x }) => {
      const hidden = tf.relu(
        tf.add(tf.matMul(tf.reshape(x, [-1, 108]), constants.dense), constants.bias),
      );
      return { y: tf.sigmoid(tf.matMul(hidden, constants.out)) };
    },
  ],
  [
    "convolutions",
    ({ x }) => {
      const image = x as tf.Tensor4D;
      const y = tf.relu(tf.conv2d(image, constants.filter as tf.Tensor4D, 2, "same"));
      return { y: tf.conv2d(y, constants.narrow as tf.Tensor4D, 1, "same") };
    },
  ],
  [
    "transposed and depthwise convolutions",
    ({ x }) => {
      const image = x as tf.Tensor4D;
      const y = tf.depthwiseConv2d(image, constants.depthwise as tf.Tensor4D, 1, "same");
      const shape: [number, number, number, number] = [x.shape[0], 12, 12, 3];
      const flow = tf.slice4d(y, [0, 0, 0, 0], [-1, -1, -1, 3]);
      const filter = tf.slice4d(constants.filter as tf.Tensor4D, [0, 0, 0, 0], [4, 4, 3, 3]);
      return { y: tf.conv2dTranspose(flow, filter, shape, 2, "same") };
    },
  ],
  [
    "sums, softmax and nearest codes of a row",
    ({ x }) => {
      const rows = tf.reshape(x, [-1, 36, 3]);
      const distances = tf.sub(
        tf.sum(tf.square(constants.codes), 1),
        tf.mul(2, tf.matMul(tf.reshape(x, [-1, 3]), constants.codes, false, true)),
      );
      return {
        y: tf.softmax(tf.sum(tf.exp(rows), 1)),
        codes: tf.reshape(tf.cast(tf.argMin(distances, 1), "float32"), [-1, 36]),
      };
    },
  ],
];

const cases = functions.flatMap(([name, fn]) =>
  (["native", "wasm"] as const).map((engine) => ({ name, fn, engine })),
);

test.each(cases)(
  "$name on $engine: a row has the same bits whatever the batch and the other rows",
  async ({ fn, engine }) => {
    const f = jit(fn, { feeds: { x: { shape: [null, 6, 6, 3] } }, engine, threads: 2 });
    const draw = seeded(8);
    const row = Float32Array.from({ length: 108 }, draw);
    const alone = await f({ x: row });
    for (const batch of [2, 3, 7, 20, 33, 130]) {
      const x = Float32Array.from({ length: 108 * batch }, draw);
      const places = [0, batch - 1, Math.floor(batch / 2)];
      for (const place of places) x.set(row, 108 * place);
      const results = await f({ x });
      for (const [name, { data }] of Object.entries(alone)) {
        for (const place of places) {
          const size = data.length;
          expect(results[name].data.slice(place * size, (place + 1) * size), name).toEqual(data);
        }
      }
    }
    f.dispose();
  },
);
