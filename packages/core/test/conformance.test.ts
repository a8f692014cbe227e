/** Every built-in likelihood, scheme, objective and optimizer is a row; what breaks a contract is found. */
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { checkLikelihood } from "../src/conformance/checkLikelihood.ts";
import type { LikelihoodCase } from "../src/conformance/checkLikelihood.ts";
import { checkOptimizer } from "../src/conformance/checkOptimizer.ts";
import type { OptimizerCase } from "../src/conformance/checkOptimizer.ts";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import { categoricalLikelihood } from "../src/likelihoods/categorical.ts";
import { countLikelihood } from "../src/likelihoods/count.ts";
import { discretizedLogisticLikelihood } from "../src/likelihoods/discretizedLogistic.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import { cosine, linear } from "../src/objective/ramps.ts";
import { adam, adamW } from "../src/optimizers/adam.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import { gaussian } from "../src/distributions/gaussian.ts";
import { laplace } from "../src/distributions/laplace.ts";
import { logistic } from "../src/distributions/logistic.ts";
import { checkObjective } from "../src/conformance/checkObjective.ts";
import type { ObjectiveCase } from "../src/conformance/checkObjective.ts";
import { checkScheme } from "../src/conformance/checkScheme.ts";
import type { SchemeCase } from "../src/conformance/checkScheme.ts";
import { ordinalLikelihood } from "../src/likelihoods/ordinal.ts";
import { withMissing } from "../src/likelihoods/withMissing.ts";
import { deterministic } from "../src/latents/deterministic.ts";
import { reparameterized } from "../src/latents/reparameterized.ts";
import type { LatentPrior } from "../src/latents/reparameterized.ts";
import { elbo } from "../src/model/elbo.ts";
import type { Objective } from "../src/model/objective.ts";
import { mlp } from "../src/networks/mlp.ts";
import { createVariable } from "../src/step/createVariable.ts";
import { betaTcvae } from "./programs/betaTcvae.ts";
import { factorVae } from "./programs/factorVae.ts";
import { importanceWeighted } from "./programs/importanceWeighted.ts";
import { laplace as ownLaplace } from "./programs/laplaceVae.ts";
import { lion } from "./programs/lion.ts";
import { studentT } from "./programs/studentT.ts";

const engines = ["native", "eager"] as const;
const image = [2, 3, 1];
const bytes = {
  data: Uint8Array.from({ length: 18 }, (_, i) => (i * 53) % 256),
  shape: [3, ...image],
};
const numbers = { data: Float32Array.from({ length: 9 }, (_, i) => i * 40 - 100), shape: [3, 3] };
const column = { data: Float32Array.of(3, -200, 500), shape: [3] };
const tokens = { data: Int32Array.of(0, 1, 2, 3, 0, 0), shape: [2, 3] };

const likelihoods: Record<string, LikelihoodCase> = {
  "bernoulli, dynamic": { make: () => bernoulliLikelihood(image), values: bytes },
  "bernoulli, static": {
    make: () => bernoulliLikelihood(image, { binarize: "static" }),
    values: bytes,
  },
  "bernoulli, grey": {
    make: () => bernoulliLikelihood(image, { binarize: "none" }),
    values: bytes,
  },
  "bernoulli of a column": {
    make: () => bernoulliLikelihood([]),
    values: { data: Uint8Array.of(0, 1, 1), shape: [3] },
  },
  "gaussian, global": { make: () => gaussianLikelihood(image), values: bytes },
  "gaussian, fixed": { make: () => gaussianLikelihood(image, { scale: 0.3 }), values: bytes },
  "gaussian, pixel": { make: () => gaussianLikelihood(image, { scale: "pixel" }), values: bytes },
  "gaussian, standardized": {
    make: () => gaussianLikelihood([3], { standardize: true }),
    values: numbers,
  },
  "gaussian of a column, standardized, pixel": {
    make: () => gaussianLikelihood([], { standardize: true, scale: "pixel" }),
    values: column,
  },
  "discretized logistic": { make: () => discretizedLogisticLikelihood(image), values: bytes },
  "discretized logistic of 2 levels": {
    make: () => discretizedLogisticLikelihood(image, { levels: 2 }),
    values: bytes,
  },
  categorical: { make: () => categoricalLikelihood([3], { classes: 4 }), values: tokens },
  ordinal: { make: () => ordinalLikelihood([3], { levels: 4 }), values: tokens },
  "ordinal of two levels, a column": {
    make: () => ordinalLikelihood([], { levels: 2 }),
    values: { data: Int32Array.of(0, 1, 1), shape: [3] },
  },
  count: {
    make: () => countLikelihood([3]),
    values: { data: Int32Array.of(0, 3, 1, 70, 2, 900), shape: [2, 3] },
  },
  "count of a column that may miss cells": {
    make: () => withMissing(countLikelihood([])),
    values: { data: Float32Array.of(0, 12, 5), shape: [3] },
  },
  "a column without missing cells that may have some": {
    make: () => withMissing(gaussianLikelihood([], { standardize: true })),
    values: column,
  },
  "categorical with padding": {
    make: () => categoricalLikelihood([3], { classes: 4, padding: 0 }),
    values: tokens,
    isNormalized: false,
  },
  "Student t, written outside": { make: () => studentT([3], { scale: 50 }), values: numbers },
};

test.each(Object.entries(likelihoods))("likelihood: %s", async (_, given) => {
  await checkLikelihood({ ...given, engines });
});

const optimizers: Record<string, OptimizerCase> = {
  sgd: { make: () => sgd() },
  "sgd with momentum": { make: () => sgd({ momentum: 0.9 }) },
  adam: { make: () => adam() },
  "adam with a schedule": {
    make: () => adam({ learningRate: cosine({ from: 1e-2, to: 1e-3, steps: 100 }) }),
  },
  adamW: { make: () => adamW({ weightDecay: 0.1 }) },
  "Lion, written outside": { make: () => lion({ learningRate: 1e-3 }) },
};

test.each(Object.entries(optimizers))("optimizer: %s", async (_, given) => {
  await checkOptimizer({ ...given, engines });
});

const size = 3;
const learnedPrior = (): LatentPrior => {
  const mean = createVariable([size], (values) => values.fill(0.5));
  return {
    kind: "shifted",
    variables: { mean },
    distribution: ({ batchSize }) =>
      gaussian({
        mean: tf.tile(tf.expandDims(mean, 0), [batchSize, 1]),
        logVar: tf.zeros([batchSize, size]),
      }),
  };
};
const schemes: Record<string, SchemeCase> = {
  gaussian: { make: () => reparameterized({ size, posterior: gaussian }) },
  laplace: { make: () => reparameterized({ size, posterior: laplace }) },
  "logistic, without a closed form": { make: () => reparameterized({ size, posterior: logistic }) },
  "gaussian with a Laplace prior": {
    make: () => reparameterized({ size, posterior: gaussian, prior: laplace }),
  },
  "gaussian with a learned prior": {
    make: () => reparameterized({ size, posterior: gaussian, prior: learnedPrior() }),
  },
  deterministic: { make: () => deterministic([2, size], "no prior") },
  "Laplace, written outside": { make: () => reparameterized({ size, posterior: ownLaplace }) },
};

test.each(Object.entries(schemes))("scheme: %s", async (_, given) => {
  await checkScheme({ ...given, engines });
});

const objectives: Record<string, ObjectiveCase> = {
  elbo: { make: () => elbo() },
  "elbo with weights": {
    make: () => elbo({ weights: { rate: linear({ from: 0, to: 2, steps: 10 }), distortion: 0.5 } }),
  },
  "importance-weighted, written outside": { make: () => importanceWeighted(3) },
  "β-TCVAE, written outside": { make: () => betaTcvae(2) },
  "FactorVAE, written outside": {
    make: () => factorVae({ gamma: 2, latent: size, discriminator: discriminator() }),
    mustFall: false, // the discriminator moves the target
  },
};
const discriminator = (): tfl.LayersModel => {
  const { encoder } = mlp({
    example: { x: gaussianLikelihood([size]) },
    latents: { features: [1], latent: [1] },
    hidden: [8],
    seed: 2,
  });
  return encoder;
};

test.each(Object.entries(objectives))("objective: %s", async (_, given) => {
  await checkObjective({ ...given, engines });
});

describe("what breaks a contract is found", () => {
  const base = gaussianLikelihood(image, { scale: 0.3 });
  const scheme = reparameterized({ size, posterior: gaussian });
  const broken: [string, Partial<ReturnType<typeof gaussianLikelihood>>, string][] = [
    [
      "a density without its normalization",
      {
        distribution: (decoded) => ({
          ...base.distribution(decoded),
          logProb: (x) => tf.neg(tf.square(tf.sub(x, decoded))),
          sample: (noise) => tf.add(tf.mul(noise, 0.3), tf.add(decoded, 0.1)),
        }),
      },
      "checkLikelihood: gaussian: the mean of the score of draws must be 0",
    ],
    [
      "a sum over the batch",
      { logProb: (decoded, x) => tf.sum(base.distribution(decoded).logProb(x)) },
      "checkLikelihood: gaussian: log probabilities of two draws must have the shape [2, 3], got []",
    ],
    [
      "a gradient that is stopped",
      {
        distribution: (decoded) =>
          base.distribution(tf.tidy(() => tf.mul(tf.onesLike(decoded), tf.round(decoded)))),
      },
      "checkLikelihood: gaussian: the gradient of the log probability must be that of finite differences",
    ],
    [
      "options that are no JSON",
      { options: { scale: NaN } },
      "checkLikelihood: gaussian: option scale must be JSON, got NaN",
    ],
  ];
  test.each(broken)("in a likelihood: %s", async (_, part, message) => {
    const make = (): typeof base => ({ ...base, ...part });
    await expect(checkLikelihood({ make, values: bytes, engines: ["eager"] })).rejects.toThrow(
      message,
    );
  });

  test.each<[string, Partial<ReturnType<typeof adam>>, string]>([
    [
      "a slot that is not returned",
      { slots: ["m", "v", "w"] },
      "checkOptimizer: adam: update must return the variable and every slot, got",
    ],
    [
      "uphill",
      {
        update: ({ variable, gradient, slots }) => ({
          ...slots,
          variable: tf.add(variable, tf.mul(gradient, 0.01)),
        }),
      },
      "checkOptimizer: adam: 200 updates must bring |x|^2 / 2 from 0.5 to at most 0.45, got",
    ],
    [
      "values that depend on their neighbours",
      {
        update: ({ variable, gradient, slots }) => ({
          ...slots,
          variable: tf.sub(variable, tf.mean(gradient)),
        }),
      },
      "checkOptimizer: adam: variable must not depend on neighbours",
    ],
    [
      "a division by the gradient",
      {
        update: ({ variable, gradient, slots }) => ({
          ...slots,
          variable: tf.sub(variable, tf.div(0.01, gradient)),
        }),
      },
      "checkOptimizer: adam: the new variable after gradients of 0, 1e-20, -1e-8 and 1e12 must be finite",
    ],
  ])("in an optimizer: %s", async (_, part, message) => {
    const make = (): ReturnType<typeof adam> => ({ ...adam(), ...part });
    await expect(checkOptimizer({ make, engines: ["eager"] })).rejects.toThrow(message);
  });

  test.each<[string, Partial<ReturnType<typeof reparameterized>>, string]>([
    [
      "a rate that is half of it",
      {
        terms: (posterior, z, context) => ({
          rate: tf.mul(0.5, scheme.terms(posterior, z, context)["rate"]),
        }),
      },
      "checkScheme: gaussian: rate must be the mean of -logRatio over draws",
    ],
    [
      "a penalty over the batch among those per example",
      {
        terms: (posterior, z, context) => ({
          ...scheme.terms(posterior, z, context),
          spread: tf.sum(tf.sub(z, tf.mean(z, 1, true)), [0, 2]),
        }),
      },
      "checkScheme: gaussian: spread of an example must not depend on the others",
    ],
    [
      "codes that do not give the modes back",
      { code: (posterior) => tf.mul(posterior.mean(), 1.001) },
      "checkScheme: gaussian: the latents of a code must be the mode",
    ],
    [
      "one draw for all",
      { draw: (posterior, context) => tf.slice(scheme.draw(posterior, context), [0, 0], [1, -1]) },
      "checkScheme: gaussian: draws must have the shape [2, 3, 3], got [1, 3, 3]",
    ],
  ])("in a scheme: %s", async (_, part, message) => {
    const make = (): typeof scheme => ({ ...scheme, ...part });
    await expect(checkScheme({ make, engines: ["eager"] })).rejects.toThrow(message);
  });

  test("in an objective: a term over the batch, and a weight without a term", async () => {
    const whole: Objective = {
      kind: "whole",
      terms: (model, pass) => {
        const cost = tf.neg(tf.squeeze(model.logLikelihood(pass), [0]));
        return { cost: tf.add(cost, tf.mean(cost)) };
      },
    };
    await expect(checkObjective({ make: () => whole })).rejects.toThrow(
      "checkObjective: whole: the term cost of an example must not depend on the others, or be of the batch",
    );
    await expect(
      checkObjective({ make: () => ({ ...elbo(), weights: { kl: 2 } }) }),
    ).rejects.toThrow(
      "checkObjective: elbo: weights must belong to terms (distortion, rate), got kl",
    );
  });
});
