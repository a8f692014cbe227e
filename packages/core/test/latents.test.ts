import { expectClose } from "@elbo/test-utils";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { gaussian, laplace, Random, reparameterized } from "../src/index.ts";
import type { Distribution, Latents, StepContext } from "../src/index.ts";

const context = (noise: tf.Tensor): StepContext => ({
  training: false,
  batchSize: 3,
  draws: noise.shape[0],
  dataSize: 3,
  noise: { posterior: noise },
  scalars: {},
});

const numbers = (tensor: unknown): number[] => [...(tensor as tf.Tensor).dataSync()];

interface Inferred {
  readonly posterior: Distribution;
  readonly z: tf.Tensor;
  readonly context: StepContext;
}

function infer(latents: Latents, noise: tf.Tensor): Inferred {
  const own = context(noise);
  const posterior = latents.posterior(normals(new Random(3), [3, 4]), own);
  return { posterior, z: latents.draw(posterior, own), context: own };
}

test("with two Gaussians the rate is the closed form, whatever the draws", () => {
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const one = infer(latents, normals(new Random(1), [1, 3, 2]));
  const four = infer(latents, normals(new Random(2), [4, 3, 2]));
  const { mean, logVar } = latents.describe?.(one.posterior) ?? {};
  const [m, v] = [numbers(mean), numbers(logVar)];
  const closed = [0, 1, 2].map((b) =>
    [0, 1].reduce((sum, d) => {
      const i = 2 * b + d;
      return sum + 0.5 * (Math.exp(v[i]) + m[i] ** 2 - 1 - v[i]);
    }, 0),
  );
  expectClose(numbers(latents.terms(one.posterior, one.z, one.context)["rate"]), closed);
  expectClose(numbers(latents.terms(four.posterior, four.z, four.context)["rate"]), closed);
  expect(four.z.shape).toEqual([4, 3, 2]);
});

test("without a closed form the rate is the mean over draws of log q(z|x) - log p(z), which is minus the log ratio", () => {
  const latents = reparameterized({ size: 2, posterior: laplace, prior: gaussian });
  const uniform = tf.tidy(() =>
    tf.add(0.5, tf.mul(0.4, tf.tanh(normals(new Random(1), [4, 3, 2])))),
  );
  const { posterior, z, context: own } = infer(latents, uniform);
  const rate = numbers(latents.terms(posterior, z, own)["rate"]);
  const ratio = latents.logRatio?.(posterior, z, own) as tf.Tensor;
  expect(ratio.shape).toEqual([4, 3]);
  expectClose(rate, numbers(tf.neg(tf.mean(ratio, 0))));
});

test("a rate estimated from many draws is near the closed form", () => {
  const family = {
    ...gaussian,
    kind: "stranger",
    of: (raw: tf.Tensor): Distribution => ({ ...gaussian.of(raw), kind: "stranger" }),
    standard: (shape: readonly number[]): Distribution =>
      ({ ...gaussian.standard?.(shape), kind: "stranger" }) as Distribution,
  };
  const known = reparameterized({ size: 2, posterior: gaussian });
  const unknown = reparameterized({ size: 2, posterior: family });
  const noise = normals(new Random(1), [4000, 3, 2]);
  const a = infer(known, noise);
  const b = infer(unknown, noise);
  // Per example the standard deviation of the log ratio is about 1, so its error about 1 / sqrt(4000).
  expectClose(
    numbers(unknown.terms(b.posterior, b.z, b.context)["rate"]),
    numbers(known.terms(a.posterior, a.z, a.context)["rate"]),
    { atol: 0.1 },
  );
});

test("the pairs of a posterior are log q(z_i | x_j) per dimension", () => {
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const { posterior, z } = infer(latents, normals(new Random(1), [1, 3, 2]));
  const pairs = latents.logPosteriorPairs?.(posterior, tf.squeeze(z, [0])) as tf.Tensor;
  expect(pairs.shape).toEqual([3, 3, 2]);
  const { mean, logVar } = latents.describe?.(posterior) ?? {};
  const [m, v, points] = [numbers(mean), numbers(logVar), numbers(z)];
  const expected: number[] = [];
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let d = 0; d < 2; d++) {
        const [mu, s] = [m[2 * j + d], v[2 * j + d]];
        const square = (points[2 * i + d] - mu) ** 2 / Math.exp(s);
        expected.push(-0.5 * (Math.log(2 * Math.PI) + s + square));
      }
    }
  }
  expectClose(numbers(pairs), expected);
});

test("one prior for the whole example serves where its density is one number", () => {
  const latents = reparameterized({
    size: 2,
    posterior: gaussian,
    prior: {
      kind: "joint",
      distribution: () => ({
        kind: "joint",
        noise: "normal",
        mean: () => tf.zeros([2]),
        sample: (noise) => noise,
        logProb: (x) => tf.neg(tf.sum(tf.square(x), -1)), // [(K,) B]
      }),
    },
  });
  const { posterior, z, context: own } = infer(latents, normals(new Random(1), [2, 3, 2]));
  const { rate } = latents.terms(posterior, z, own);
  const logQ = tf.sum(posterior.logProb(z), 2);
  const logP = tf.neg(tf.sum(tf.square(z), 2));
  expectClose(numbers(rate), numbers(tf.mean(tf.sub(logQ, logP), 0)));
});
