import { expectGradient } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";
import { gaussian, gaussianKl } from "../src/distributions/gaussian.ts";
import * as reference from "./support/references.ts";
import { normals, sumOver, toTensor } from "./support/tensors.ts";

const x = toTensor(normals(1, [2, 5], 2));
const mean = toTensor(normals(2, [2, 5], 2));
const logVar = toTensor(normals(3, [2, 5]));
const otherMean = toTensor(normals(4, [2, 5]));
const otherLogVar = toTensor(normals(5, [2, 5]));

test("gradient of the log density", () => {
  expectGradient({
    inputs: [x, mean, logVar],
    fn: (at, m, s) => gaussian({ mean: m, logVar: s }).logProb(at),
    reference: (at, m, s) => sumOver(reference.gaussianLogProb, at, m, s),
  });
});

test("gradient of the KL against N(0, I)", () => {
  expectGradient({
    inputs: [mean, logVar],
    fn: (m, s) => gaussianKl({ mean: m, logVar: s }),
    reference: (m, s) => sumOver((a, b) => reference.gaussianKl(a, b), m, s),
  });
});

test("gradient of the KL between two Gaussians", () => {
  expectGradient({
    inputs: [mean, logVar, otherMean, otherLogVar],
    fn: (m, s, m2, s2) => gaussianKl({ mean: m, logVar: s }, { mean: m2, logVar: s2 }),
    reference: (m, s, m2, s2) => sumOver(reference.gaussianKl, m, s, m2, s2),
  });
});

test("gradient of the entropy and of a reparameterized sample", () => {
  expectGradient({
    inputs: [logVar],
    fn: (s) => gaussian({ mean: tf.zerosLike(s), logVar: s }).entropy(),
    reference: (s) => sumOver((b) => 0.5 * b, s),
  });
  expectGradient({
    inputs: [mean, logVar, x],
    fn: (m, s, e) => gaussian({ mean: m, logVar: s }).sample(e),
    reference: (m, s, e) => sumOver((a, b, c) => a + Math.exp(b / 2) * c, m, s, e),
  });
});

test("the gradient of one log variance for all dimensions is the sum over them", () => {
  expectGradient({
    inputs: [x, mean, tf.scalar(-0.7)],
    fn: (at, m, s) => gaussian({ mean: m, logVar: s }).logProb(at),
    reference: (at, m, [s]) => sumOver((a, b) => reference.gaussianLogProb(a, b, s), at, m),
  });
});
