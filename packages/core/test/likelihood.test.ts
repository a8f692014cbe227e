import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expectGradient } from "@elbo/test-utils/tensors";
import { beforeAll, describe, expect, test } from "vitest";
import type { NdArray } from "@elbo/jit";
import { valuesOf } from "../src/data/columnSource.ts";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import { categoricalLikelihood } from "../src/likelihoods/categorical.ts";
import { createLikelihood, likelihoodJson } from "../src/likelihoods/createLikelihood.ts";
import type { LikelihoodChoice } from "../src/likelihoods/createLikelihood.ts";
import { discretizedLogisticLikelihood } from "../src/likelihoods/discretizedLogistic.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import { logLikelihoodOf } from "../src/likelihoods/likelihood.ts";
import type { Likelihood } from "../src/likelihoods/likelihood.ts";
import {
  bernoulliLogProb,
  discretizedLogisticLogProb,
  gaussianLogProb,
  softmax,
  softplus,
} from "./support/references.ts";
import { compute, normals, toTensor, values } from "./support/tensors.ts";

const shape = [2, 2, 2];
const x = values([0, 1, 0, 1, 1, 0, 0, 1], [1, ...shape]);
const decoded = normals(1, [1, ...shape]);
/** Two parameters for each of two channels: the first two channels are those of the mean. */
const doubled = normals(2, [1, 2, 2, 4]);
const firsts = doubled.data.filter((_, i) => i % 4 < 2);
const seconds = doubled.data.filter((_, i) => i % 4 >= 2);
const bound = (raw: number, lowest: number): number => lowest + softplus(raw - lowest);
const logLikelihood = (likelihood: Likelihood, of: tf.Tensor, at: tf.Tensor): Float32Array =>
  compute(() => logLikelihoodOf(likelihood, of, { values: at, columns: { x: at } }));

interface Row {
  readonly choice: LikelihoodChoice;
  readonly json: object;
  readonly parameterShape: readonly number[];
  readonly variables: readonly string[];
  readonly reference: (value: number, i: number) => number;
}

const bernoulliRow: Row = {
  choice: "bernoulli",
  json: { kind: "bernoulli", binarize: "dynamic" },
  parameterShape: shape,
  variables: [],
  reference: (value, i) => bernoulliLogProb(value, decoded.data[i]),
};
const gaussianRow: Row = {
  choice: "gaussian",
  json: { kind: "gaussian", scale: "global", standardize: false },
  parameterShape: shape,
  variables: ["logVar"],
  reference: (value, i) => gaussianLogProb(value, decoded.data[i], 2 * Math.log(0.25)),
};
const rows: Row[] = [
  bernoulliRow,
  {
    ...bernoulliRow,
    choice: { kind: "bernoulli", binarize: "static" },
    json: { kind: "bernoulli", binarize: "static" },
  },
  {
    ...bernoulliRow,
    choice: { kind: "bernoulli", binarize: "none" },
    json: { kind: "bernoulli", binarize: "none" },
  },
  gaussianRow,
  {
    ...gaussianRow,
    choice: { kind: "gaussian", scale: 0.5 },
    json: { kind: "gaussian", scale: 0.5, standardize: false },
    variables: [],
    reference: (value, i) => gaussianLogProb(value, decoded.data[i], 2 * Math.log(0.5)),
  },
  {
    ...gaussianRow,
    choice: { kind: "gaussian", scale: "pixel" },
    json: { kind: "gaussian", scale: "pixel", standardize: false },
    variables: [],
    parameterShape: [2, 2, 4],
    reference: (value, i) =>
      gaussianLogProb(value, firsts[i], bound(seconds[i], 2 * Math.log(1 / 255))),
  },
  {
    choice: "discretized-logistic",
    json: { kind: "discretized-logistic", levels: 256 },
    variables: [],
    parameterShape: [2, 2, 4],
    reference: (value, i) =>
      discretizedLogisticLogProb(value, firsts[i], bound(seconds[i], Math.log(0.1 / 255))),
  },
  {
    choice: { kind: "discretized-logistic", levels: 2 },
    json: { kind: "discretized-logistic", levels: 2 },
    variables: [],
    parameterShape: [2, 2, 4],
    reference: (value, i) =>
      discretizedLogisticLogProb(value, firsts[i], bound(seconds[i], Math.log(0.1)), 2),
  },
];

describe.each(rows)("$json", ({ choice, json, parameterShape, variables, reference }) => {
  const likelihood = createLikelihood(choice, shape);
  const given = toTensor(parameterShape === shape ? decoded : doubled);

  test("says what it needs, and goes through JSON", () => {
    expect(likelihoodJson(likelihood)).toEqual(json);
    expect(likelihood.column).toEqual({ shape, dtype: "float32" });
    expect(likelihood.parameterShape).toEqual(parameterShape);
    expect(Object.keys(likelihood.variables ?? {})).toEqual(variables);
    const again = JSON.parse(JSON.stringify(likelihoodJson(likelihood))) as LikelihoodChoice;
    expect(likelihoodJson(createLikelihood(again, shape))).toEqual(json);
    expect(createLikelihood(likelihood, shape)).toBe(likelihood);
  });

  test("log probability is the closed form of what the decoder gives, and has the shape of the image", () => {
    const distribution = likelihood.distribution(given);
    const expected = x.data.map(reference);
    const log = compute(() => distribution.logProb(toTensor(x)));
    expectClose(log, expected, { rtol: 1e-4, atol: 1e-4 });
    expect(distribution.mean().shape).toEqual([1, ...shape]);
    expect(distribution.sample(tf.fill([1, ...shape], 0.3)).shape).toEqual([1, ...shape]);
    expectClose(logLikelihood(likelihood, given, toTensor(x)), [expected.reduce((a, b) => a + b)], {
      rtol: 1e-4,
    });
  });

  test("draws are a leading axis: [K, B]", () => {
    const stacked = tf.stack([given, tf.mul(given, 0.5), given]);
    const all = logLikelihood(likelihood, stacked, toTensor(x));
    expect(all).toHaveLength(3);
    expect(all[0]).toBe(all[2]);
    expectClose([all[1]], logLikelihood(likelihood, tf.mul(given, 0.5), toTensor(x)));
  });
});

describe("the deviation of a Gaussian", () => {
  test("that is learned has no gradient where it equals that of the residuals", () => {
    const likelihood = gaussianLikelihood([]);
    const logVar = likelihood.variables?.["logVar"] as tf.Variable;
    const lowest = 2 * Math.log(1 / 255);
    logVar.assign(tf.scalar(lowest + Math.log(Math.expm1(Math.log(0.09) - lowest))));
    const { grads } = tf.variableGrads(
      () =>
        tf.sum(likelihood.distribution(tf.zeros([4])).logProb(tf.tensor1d([0.3, -0.3, 0.3, -0.3]))),
      [logVar],
    );
    expectClose(Object.values(grads)[0].dataSync(), [0], { atol: 1e-4 });
  });

  test("that is learned starts at 1/4 and never falls below 1/255: constant images of 64 pixels give at most 295.8 nats", () => {
    const likelihood = gaussianLikelihood([8, 8, 1]);
    const constant = tf.fill([1, 8, 8, 1], 0.5);
    const start = 64 * gaussianLogProb(0, 0, 2 * Math.log(0.25));
    expectClose(logLikelihood(likelihood, constant, constant), [start], { rtol: 1e-5 });
    likelihood.variables?.["logVar"].assign(tf.scalar(-1000));
    const [most] = logLikelihood(likelihood, constant, constant);
    expect(most).toBeLessThanOrEqual(295.84);
    expectClose([most], [64 * (Math.log(255) - 0.5 * Math.log(2 * Math.PI))], { rtol: 1e-5 });
  });

  test("that the decoder gives stays finite however far it goes", () => {
    for (const likelihood of [
      gaussianLikelihood([1], { scale: "pixel" }),
      discretizedLogisticLikelihood([1]),
    ]) {
      for (const raw of [-1e4, 1e4]) {
        const [log] = logLikelihood(likelihood, tf.tensor2d([[0.5, raw]]), tf.tensor2d([[1]]));
        expect(Number.isFinite(log)).toBe(true);
      }
    }
  });
});

describe("standardized values", () => {
  const data = Float32Array.from([10, 300, 20, 500, 30, 100, 1e6, -1e6]);
  const table = { data, shape: [4, 2] };
  const likelihood = gaussianLikelihood([2], { scale: 1, standardize: true });
  const learn = (of: Likelihood, known: NdArray, ...rows: number[]) =>
    of.fit?.(valuesOf({ known }, Int32Array.from(rows)));
  beforeAll(() => learn(likelihood, table, 0, 1, 2)); // the last row is held out
  const deviations = [Math.sqrt(200 / 3), Math.sqrt(80_000 / 3)];

  test("have the mean and deviation of the rows that were learned from, by channel", () => {
    expectClose((likelihood.state?.["shift"] as tf.Variable).dataSync(), [20, 300]);
    expectClose((likelihood.state?.["scale"] as tf.Variable).dataSync(), deviations);
    const standardized = compute(() => likelihood.input?.of(tf.tensor2d([[10, 500]])) as tf.Tensor);
    expectClose(standardized, [-10 / deviations[0], 200 / deviations[1]]);
  });

  test("have the density and the mean of the values as they were given", () => {
    const raw = tf.tensor2d([[0.5, -1]]);
    const means = [20 + 0.5 * deviations[0], 300 - deviations[1]];
    expectClose(
      compute(() => likelihood.distribution(raw).mean()),
      means,
    );
    const expected = [11, 222].map((value, i) =>
      gaussianLogProb(value, means[i], 2 * Math.log(deviations[i])),
    );
    expectClose(logLikelihood(likelihood, raw, tf.tensor2d([[11, 222]])), [
      expected[0] + expected[1],
    ]);
  });

  test("are learned once: what is learnt stays, also when it came from a file", async () => {
    await learn(likelihood, table, 3);
    expectClose((likelihood.state?.["shift"] as tf.Variable).dataSync(), [20, 300]);
  });

  test("a constant column keeps its unit, and grey levels are learned as fractions", async () => {
    const constant = gaussianLikelihood([], { standardize: true });
    await learn(constant, { data: Float32Array.of(5, 5), shape: [2] }, 0, 1);
    expect((constant.state?.["scale"] as tf.Variable).dataSync()[0]).toBe(1);
    const image = gaussianLikelihood([1, 1, 1], { standardize: true });
    await learn(image, { data: Uint8Array.of(0, 255), shape: [2, 1, 1, 1] }, 0, 1);
    expectClose((image.state?.["shift"] as tf.Variable).dataSync(), [0.5]);
    expectClose((image.state?.["scale"] as tf.Variable).dataSync(), [0.5]);
  });
});

describe("categorical", () => {
  const tokens = categoricalLikelihood([3], { classes: 4, padding: 0 });
  const logits = normals(3, [2, 3, 4]);
  const indices = tf.tensor2d([2, 3, 0, 1, 0, 0], [2, 3], "int32");
  const logOf = (b: number, t: number, k: number): number =>
    Math.log(softmax(logits.data.slice(4 * (3 * b + t), 4 * (3 * b + t) + 4))[k]);

  test("padding costs nothing, the rest its log probability", () => {
    expectClose(logLikelihood(tokens, toTensor(logits), indices), [
      logOf(0, 0, 2) + logOf(0, 1, 3),
      logOf(1, 0, 1),
    ]);
    const whole = categoricalLikelihood([3], { classes: 4 });
    expectClose(
      [logLikelihood(whole, toTensor(logits), indices)[1]],
      [logOf(1, 0, 1) + logOf(1, 1, 0) + logOf(1, 2, 0)],
    );
  });

  test("an encoder gets one-hot rows, draws and modes are indices", () => {
    expect(tokens.input?.shape).toEqual([3, 4]);
    const oneHot = tokens.input?.of(indices) as tf.Tensor;
    expect([...oneHot.dataSync()].slice(0, 8)).toEqual([0, 0, 1, 0, 0, 0, 0, 1]);
    const { drawNoise, meanShape } = tokens;
    expect([drawNoise, meanShape]).toEqual([{ kind: "gumbel", shape: [3, 4] }, [3, 4]]);
    const distribution = tokens.distribution(toTensor(logits));
    expect(distribution.sample(tf.zeros([2, 3, 4])).shape).toEqual([2, 3]);
    expect(distribution.mode?.().dtype).toBe("int32");
  });

  test("a column of a table has no axis: [] to [classes]", () => {
    const column = categoricalLikelihood([], { classes: 4 });
    expect(column.parameterShape).toEqual([4]);
    const one = toTensor(normals(3, [1, 4]));
    expectClose(logLikelihood(column, one, tf.tensor1d([2], "int32")), [logOf(0, 0, 2)]);
  });

  test("gradient of the masked log probability", () => {
    expectGradient({
      inputs: [toTensor(logits)],
      fn: (raw) => logLikelihoodOf(tokens, raw, { values: indices, columns: {} }),
    });
  });
});

test("plain numbers have two parameters in [2]", () => {
  const real = gaussianLikelihood([], { scale: "pixel" });
  expect(real.parameterShape).toEqual([2]);
  const log = logLikelihood(real, tf.tensor2d([[0.3, -1]]), tf.tensor1d([1]));
  expectClose(log, [gaussianLogProb(1, 0.3, bound(-1, 2 * Math.log(1 / 255)))]);
});

const bad = (value: unknown): never => value as never;

test.each([
  [
    "laplace",
    'createLikelihood: the kind of a likelihood must be registered (bernoulli, gaussian, discretized-logistic, categorical, ordinal, count, with-missing), got "laplace"',
  ],
  [
    undefined,
    "createLikelihood: likelihood must be a name, an object with a kind, or a likelihood, got undefined",
  ],
  [
    { kind: "bernoulli", binarise: "none" },
    'bernoulliLikelihood: options must be among binarize, got "binarise"',
  ],
  [
    { kind: "bernoulli", binarize: true },
    'bernoulliLikelihood: binarize must be one of "dynamic", "static", "none", got true',
  ],
  [
    { kind: "gaussian", scale: 0 },
    'gaussianLikelihood: scale must be a finite number above 0, or one of "global", "pixel", got 0',
  ],
  [
    { kind: "gaussian", scale: NaN },
    'gaussianLikelihood: scale must be a finite number above 0, or one of "global", "pixel", got NaN',
  ],
  [
    { kind: "gaussian", scale: "row" },
    'gaussianLikelihood: scale must be a finite number above 0, or one of "global", "pixel", got "row"',
  ],
  [
    { kind: "discretized-logistic", levels: 1 },
    "discretizedLogisticLikelihood: levels must be an integer at least 2, got 1",
  ],
  [
    { kind: "categorical" },
    "categoricalLikelihood: classes must be an integer at least 2, got undefined",
  ],
  [
    { kind: "categorical", classes: 3, padding: 3 },
    "categoricalLikelihood: padding must be below classes (3), got 3",
  ],
  [
    bernoulliLikelihood([3]),
    "createLikelihood: the likelihood must be made for the shape [2, 2, 2], got one for [3]",
  ],
])("%j is refused in a sentence", (choice, sentence) => {
  expect(() => createLikelihood(bad(choice), shape)).toThrow(sentence);
});
