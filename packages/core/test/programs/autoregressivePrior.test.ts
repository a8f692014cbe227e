import { Random, train } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { autoregressivePrior } from "./autoregressivePrior.ts";

const K = 6;

/** Codes that step by one most of the time: the next one is nearly known, each alone is uniform. */
function chains(count: number, seed: number): { data: Int32Array; shape: number[] } {
  const random = new Random(seed);
  const data = new Int32Array(count * 9);
  for (let n = 0; n < count; n++) {
    let code = random.integer(K);
    for (let t = 0; t < 9; t++) {
      data[n * 9 + t] = code;
      code = random.uniform() < 0.9 ? (code + 1) % K : random.integer(K);
    }
  }
  return { data, shape: [count, 3, 3] };
}

const prior = autoregressivePrior({ positions: [3, 3], codebookSize: K, seed: 1 });
const context = { training: false, batchSize: 2, draws: 1, dataSize: 1, noise: {}, scalars: {} };

test("a position does not see codes at or after itself", () => {
  const a = [0, 1, 2, 3, 4, 5, 0, 1, 2];
  const b = [0, 1, 2, 3, 5, 0, 1, 2, 3]; // differs from position 4 on
  const logits = prior.logits(tf.tensor2d([a, b], [2, 9], "int32"), context).dataSync();
  expect(logits.slice(0, 5 * K)).toEqual(logits.slice(9 * K, 14 * K));
});

test("bits per code fall below the entropy of single codes, and samples step as the data do", async () => {
  const { report, history } = await train(prior, chains(2000, 1), {
    epochs: 15,
    seed: 1,
    validation: 0.1,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const nats = history.epochs[history.epochs.length - 1].validation?.["codes"] ?? NaN;
  // The truth: log K for the first, then 0.9 + 0.1 / K on one code and 0.1 / K on each other.
  const p = 0.9 + 0.1 / K;
  const conditional = -p * Math.log(p) - (K - 1) * (0.1 / K) * Math.log(0.1 / K);
  const truth = Math.log(K) + 8 * conditional;
  expect(nats).toBeLessThan(0.7 * 9 * Math.log(K)); // the unigram: nine uniform codes
  expect(nats).toBeGreaterThan(0.95 * truth);

  const { data, shape } = await prior.sample(100, { seed: 3 });
  expect(shape).toEqual([100, 3, 3]);
  let steps = 0;
  for (let n = 0; n < 100; n++)
    for (let t = 1; t < 9; t++) if (data[n * 9 + t] === (data[n * 9 + t - 1] + 1) % K) steps++;
  expect(steps / 800).toBeGreaterThan(0.8);
  const some = await prior.sample(3, { seed: 3 });
  expectClose(some.data, data.subarray(0, 27));
});
