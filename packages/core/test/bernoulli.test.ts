import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { bernoulli } from "../src/distributions/bernoulli.ts";
import { Random } from "../src/random/random.ts";
import * as reference from "./support/references.ts";
import { compute, meanOf, toTensor, values } from "./support/tensors.ts";

const logits = [-100, -20, -5, -1, -0.1, 0, 0.3, 2, 8, 30, 100];
const p = bernoulli({ logits: toTensor(values(logits)) });
const logProb = (x: number): Float32Array => compute(() => p.logProb(tf.fill([logits.length], x)));

test.each([0, 0.3, 1])("log probability of %d is the closed form, at extreme logits too", (x) => {
  expectClose(
    logProb(x),
    logits.map((l) => reference.bernoulliLogProb(Math.fround(x), Math.fround(l))),
    { rtol: 1e-6, atol: 4e-6 }, // x l - softplus(l) cancels to within a unit of the last place of l
  );
});

test("the probabilities of 0 and 1 sum to 1", () => {
  const [zero, one] = [logProb(0), logProb(1)];
  expectClose(
    zero.map((l, i) => Math.exp(l) + Math.exp(one[i])),
    logits.map(() => 1),
  );
});

test("mean and entropy are the closed forms", () => {
  expectClose(
    compute(() => p.mean()),
    logits.map(reference.sigmoid),
    { rtol: 1e-5, atol: 1e-30 },
  );
  expectClose(
    compute(() => p.entropy()),
    logits.map((l) => {
      const t = Math.abs(Math.fround(l));
      return reference.softplus(-t) + t * reference.sigmoid(-t);
    }),
    { rtol: 1e-5, atol: 1e-30 },
  );
});

test("samples are binary and as frequent as the mean, and entropy agrees with Monte Carlo", () => {
  const draws = 20_000;
  const logit = 0.8;
  const single = bernoulli({ logits: tf.scalar(logit) });
  const uniform = new Float32Array(draws);
  new Random(1).fillUniformInto(uniform);
  const sample = compute(() => single.sample(tf.tensor1d(uniform)));
  expect(new Set(sample)).toEqual(new Set([0, 1]));
  const frequency = meanOf(sample);
  expect(Math.abs(frequency.mean - reference.sigmoid(logit))).toBeLessThan(4.5 * frequency.error);
  const surprise = meanOf(compute(() => tf.neg(single.logProb(tf.tensor1d(sample)))));
  expect(Math.abs(surprise.mean - compute(() => single.entropy())[0])).toBeLessThan(
    4.5 * surprise.error,
  );
});

test("log probability of grey values is the mean over binary draws with them as probabilities", () => {
  const grey = [0.1, 0.4, 0.75, 0.98];
  const logits = tf.tensor1d([-2, 0.5, 3, -1]);
  const logProbOf = (values: number[]): number =>
    compute(() => tf.sum(bernoulli({ logits }).logProb(tf.tensor1d(values))))[0];
  let mean = 0;
  for (let draw = 0; draw < 16; draw++) {
    const binary = grey.map((_, i) => (draw >> i) & 1);
    const probability = grey.reduce((p, g, i) => p * (binary[i] === 1 ? g : 1 - g), 1);
    mean += probability * logProbOf(binary);
  }
  expect(logProbOf(grey)).toBeCloseTo(mean, 5);
});
