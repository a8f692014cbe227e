import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { createLikelihood } from "../src/distributions/likelihood.ts";
import type { LikelihoodOptions } from "../src/distributions/likelihood.ts";
import {
  bernoulliLogProb,
  discretizedLogisticLogProb,
  gaussianLogProb,
  softplus,
} from "./support/references.ts";
import { compute, normals, toTensor, values } from "./support/tensors.ts";

const x = values([0, 1, 0, 1, 1, 0, 0, 1], [1, 2, 2, 2]);
const decoded = normals(1, [1, 2, 2, 2]);
/** Two parameters for each of two channels: the first two channels are those of the mean. */
const doubled = normals(2, [1, 2, 2, 4]);
const firsts = doubled.data.filter((_, i) => i % 4 < 2);
const seconds = doubled.data.filter((_, i) => i % 4 >= 2);
const bound = (raw: number, lowest: number): number => lowest + softplus(raw - lowest);

interface Row {
  readonly options: LikelihoodOptions;
  readonly full: LikelihoodOptions;
  readonly parameters: number;
  readonly preparation: string;
  readonly variables: number;
  readonly reference: (value: number, i: number) => number;
}

const bernoulliRow: Row = {
  options: "bernoulli",
  full: { kind: "bernoulli", binarize: "dynamic" },
  parameters: 1,
  preparation: "binarize-dynamic",
  variables: 0,
  reference: (value, i) => bernoulliLogProb(value, decoded.data[i]),
};
const gaussianRow: Row = {
  options: "gaussian",
  full: { kind: "gaussian", scale: "global" },
  parameters: 1,
  preparation: "scale",
  variables: 1,
  reference: (value, i) => gaussianLogProb(value, decoded.data[i], 2 * Math.log(0.25)),
};
const rows: Row[] = [
  bernoulliRow,
  {
    ...bernoulliRow,
    options: { kind: "bernoulli", binarize: "static" },
    full: { kind: "bernoulli", binarize: "static" },
    preparation: "binarize-static",
  },
  {
    ...bernoulliRow,
    options: { kind: "bernoulli", binarize: "none" },
    full: { kind: "bernoulli", binarize: "none" },
    preparation: "scale",
  },
  gaussianRow,
  {
    ...gaussianRow,
    options: { kind: "gaussian", scale: 0.5 },
    full: { kind: "gaussian", scale: 0.5 },
    variables: 0,
    reference: (value, i) => gaussianLogProb(value, decoded.data[i], 2 * Math.log(0.5)),
  },
  {
    ...gaussianRow,
    options: { kind: "gaussian", scale: "pixel" },
    full: { kind: "gaussian", scale: "pixel" },
    variables: 0,
    parameters: 2,
    reference: (value, i) =>
      gaussianLogProb(value, firsts[i], bound(seconds[i], 2 * Math.log(1 / 255))),
  },
  {
    ...gaussianRow,
    options: "discretized-logistic",
    full: { kind: "discretized-logistic" },
    variables: 0,
    parameters: 2,
    reference: (value, i) =>
      discretizedLogisticLogProb(value, firsts[i], bound(seconds[i], Math.log(0.1 / 255))),
  },
];

describe.each(rows)("$full", ({ options, full, parameters, preparation, variables, reference }) => {
  const likelihood = createLikelihood(options);
  const distribution = likelihood.distribution(toTensor(parameters === 1 ? decoded : doubled));

  test("says what it needs", () => {
    expect(likelihood.kind).toBe((full as { kind: string }).kind);
    expect(likelihood.options).toEqual(full);
    expect(likelihood.parametersPerChannel).toBe(parameters);
    expect(likelihood.preparation).toBe(preparation);
    expect(likelihood.variables.map((variable) => variable.trainable)).toEqual(
      Array<boolean>(variables).fill(true),
    );
  });

  test("its options survive JSON", () => {
    const json = JSON.parse(JSON.stringify(likelihood.options)) as LikelihoodOptions;
    expect(createLikelihood(json).options).toEqual(full);
  });

  test("log probability is the closed form of what the decoder gives, and has the shape of the image", () => {
    const log = compute(() => distribution.logProb(toTensor(x)));
    expectClose(log, x.data.map(reference), { rtol: 1e-4, atol: 1e-4 });
    expect(distribution.mean().shape).toEqual([1, 2, 2, 2]);
    expect(distribution.sample(tf.fill([1, 2, 2, 2], 0.3)).shape).toEqual([1, 2, 2, 2]);
  });
});

test("the gradient of a learned global scale vanishes at the standard deviation of the residuals", () => {
  const likelihood = createLikelihood("gaussian");
  const [logVar] = likelihood.variables;
  logVar.assign(tf.scalar(Math.log(0.09)));
  const { grads } = tf.variableGrads(
    () =>
      tf.sum(likelihood.distribution(tf.zeros([4])).logProb(tf.tensor1d([0.3, -0.3, 0.3, -0.3]))),
    [logVar],
  );
  expectClose(Object.values(grads)[0].dataSync(), [0], { atol: 1e-5 });
});

test("a learned scale stays above its bound however low the decoder goes, with a finite log probability", () => {
  for (const options of [{ kind: "gaussian", scale: "pixel" }, "discretized-logistic"] as const) {
    const likelihood = createLikelihood(options);
    const log = compute(() =>
      likelihood.distribution(tf.tensor2d([[0.5, -1e4]])).logProb(tf.tensor2d([[1]])),
    );
    expect(Number.isFinite(log[0])).toBe(true);
  }
});

test.each([
  [
    "laplace",
    'createLikelihood: likelihood must be one of "bernoulli", "gaussian", "discretized-logistic", got "laplace"',
  ],
  [
    undefined,
    "createLikelihood: likelihood must be a name or an object with a kind, got undefined",
  ],
  [
    { kind: "bernoulli", binarise: "none" },
    'createLikelihood: options must be among kind, binarize, got "binarise"',
  ],
  [
    { kind: "bernoulli", binarize: true },
    'createLikelihood: binarize must be one of "dynamic", "static", "none", got true',
  ],
  [
    { kind: "gaussian", scale: 0 },
    "createLikelihood: scale must be a finite number above 0, got 0",
  ],
  [
    { kind: "gaussian", scale: NaN },
    "createLikelihood: scale must be a finite number above 0, got NaN",
  ],
  [
    { kind: "gaussian", scale: "row" },
    'createLikelihood: scale must be a number above 0, "global" or "pixel", got "row"',
  ],
])("%j is refused in a sentence", (options, sentence) => {
  expect(() => createLikelihood(options as LikelihoodOptions)).toThrow(sentence);
});

test("an odd number of channels cannot hold two parameters for each", () => {
  expect(() => createLikelihood("discretized-logistic").distribution(tf.zeros([2, 3]))).toThrow(
    "distribution: decoded must have two channels for each of the image, got [2, 3]",
  );
});
