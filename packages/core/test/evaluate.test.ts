import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expectClose } from "@elbo/test-utils";
import { expect, expectTypeOf, test } from "vitest";
import {
  createModel,
  elbo,
  evaluate,
  gaussian,
  gaussianLikelihood,
  mlp,
  Random,
  reparameterized,
  train,
} from "../src/index.ts";
import type {
  BoundFigure,
  Estimate,
  Evaluation,
  LatentModel,
  NdArray,
  Objective,
} from "../src/index.ts";
import { bars, smallModel } from "./support/models.ts";

const means = (evaluation: object): Record<string, number> =>
  Object.fromEntries(
    Object.entries(evaluation as Evaluation<string>).map(([name, { mean }]) => [name, mean]),
  );

test("figures do not depend on the batch size", async () => {
  const model = smallModel();
  const data = bars(64);
  const all: Evaluation<string> = await evaluate(model, data, { samples: 7, batchSize: 64 });
  expect(Object.keys(all)).toEqual(["elbo", "distortion", "rate", "nll", "activeUnits", "mse"]);
  for (const batchSize of [1, 7]) {
    const other: Evaluation<string> = await evaluate(model, data, { samples: 7, batchSize });
    for (const name of Object.keys(all)) {
      expectClose(
        [other[name].mean, other[name].standardError],
        [all[name].mean, all[name].standardError],
        { rtol: 1e-6 },
      );
    }
  }
});

test("the same seed gives the same figures, another seed others", async () => {
  const model = smallModel();
  const first = await evaluate(model, bars(20), { samples: 3, seed: 4 });
  expect(await evaluate(model, bars(20), { samples: 3, seed: 4 })).toEqual(first);
  expect(await evaluate(model, bars(20), { samples: 3, seed: 5 })).not.toEqual(first);
});

test("the draws of an example do not depend on how many there are of them", async () => {
  const model = smallModel();
  const data = bars(20);
  const few = await evaluate(model, data, { samples: 2, limit: 5 });
  const first = { data: data.data.slice(0, 5 * 64), shape: [5, 8, 8, 1] };
  expect(await evaluate(model, first, { samples: 2 })).toEqual(few);
});

test("mse is that of reconstruct(x) on grey values", async () => {
  const model = smallModel();
  const data = bars(10);
  const { data: y } = await model.reconstruct(data);
  const errors = y.map((value, i) => (value - data.data[i] / 255) ** 2);
  const { mse } = await evaluate(model, data, { samples: 1 });
  expectClose([mse.mean], [errors.reduce((a, b) => a + b, 0) / errors.length]);
});

test("elbo, distortion and rate agree with loss() of the model", async () => {
  const likelihood = { kind: "gaussian", scale: 0.1 } as const;
  const model = smallModel({ likelihood, weights: { rate: 4 } });
  const { elbo: bound, distortion, rate } = await evaluate(model, bars(30), { samples: 200 });
  const { total, terms } = await model.loss(bars(30));
  expect(bound.mean).toBeCloseTo(-(distortion.mean + rate.mean), 5);
  expectClose([terms["rate"]], [rate.mean]);
  expect(total).toBeCloseTo(terms["distortion"] + 4 * terms["rate"], 4);
});

test("the nll of one draw is at least that of many", async () => {
  const model = smallModel();
  const one = means(await evaluate(model, bars(64), { samples: 1 }));
  const many = means(await evaluate(model, bars(64), { samples: 50 }));
  expect(many["nll"]).toBeLessThan(one["nll"]);
  expect(many["nll"]).toBeLessThan(-many["elbo"]);
});

/**
 * x = W z + b + s e with orthogonal columns of W, so that the posterior is a diagonal Gaussian and log p(x) is known:
 * x is Gaussian with mean b and covariance W W' + s^2 I, whose eigenvalues are |w_l|^2 + s^2 and s^2.
 */
const scale = 0.5;
const columns = [
  [1, 1, -1, 0.5],
  [0.6, -0.6, 0, 0],
];
const bias = [0.1, -0.2, 0.3, 0];
const square = (v: readonly number[]): number => v.reduce((sum, value) => sum + value * value, 0);

/** `error` moves the encoder away from the exact posterior. */
function linearModel(error: number): LatentModel<NdArray, BoundFigure> {
  const dense = (units: number, inputs: number): tfl.LayersModel =>
    tfl.sequential({ layers: [tfl.layers.dense({ units, inputShape: [inputs] })] });
  const encoder = dense(4, 4);
  const decoder = dense(4, 2);
  const gain = columns.map((w) => w.map((value) => value / (square(w) + scale ** 2)));
  const kernel = bias.map((_, d) => [gain[0][d], gain[1][d], 0, 0]);
  const shift = gain.map((g) => -g.reduce((sum, value, d) => sum + value * bias[d], 0));
  const logVar = columns.map((w) => Math.log(scale ** 2 / (square(w) + scale ** 2)));
  encoder.setWeights([
    tf.tensor2d(kernel),
    tf.tensor1d([...shift.map((value) => value + error), ...logVar.map((value) => value + error)]),
  ]);
  decoder.setWeights([tf.tensor2d(columns), tf.tensor1d(bias)]);
  return createModel({
    kind: "linear",
    options: {},
    example: { x: gaussianLikelihood([4], { scale }) },
    latents: reparameterized({ size: 2, posterior: gaussian }),
    networks: { encoder, decoder },
    compute: { engine: "eager" },
  });
}

function linearData(count: number): NdArray {
  const random = new Random(3);
  const noise = new Float32Array(count * 6);
  random.fillNormalInto(noise);
  const data = new Float32Array(count * 4);
  for (let n = 0; n < count; n++) {
    for (let d = 0; d < 4; d++) {
      const [z0, z1] = noise.subarray(n * 6, n * 6 + 2);
      data[n * 4 + d] =
        bias[d] + columns[0][d] * z0 + columns[1][d] * z1 + scale * noise[n * 6 + 2 + d];
    }
  }
  return { data, shape: [count, 4] };
}

/** `ln p(x)` of every example. */
function exactLogLikelihoods({ data, shape }: NdArray): number[] {
  return Array.from({ length: shape[0] }, (_, n) => {
    const x = bias.map((b, d) => data[n * 4 + d] - b);
    let quadratic = square(x) / scale ** 2;
    let logDeterminant = 4 * Math.log(scale ** 2);
    for (const w of columns) {
      const projected = w.reduce((sum, value, d) => sum + value * x[d], 0) ** 2 / square(w);
      const eigenvalue = square(w) + scale ** 2;
      quadratic += projected * (1 / eigenvalue - 1 / scale ** 2);
      logDeterminant += Math.log(eigenvalue / scale ** 2);
    }
    return -0.5 * (quadratic + logDeterminant + 4 * Math.log(2 * Math.PI));
  });
}

const exactNll = (data: NdArray): number => {
  const all = exactLogLikelihoods(data);
  return -all.reduce((sum, value) => sum + value, 0) / all.length;
};

/**
 * KL(q || p(z|x)) of the moved posterior: variances are larger by the factor e^error, means off by `error`, in each of the two
 * dimensions, `1/2 (e^error + error^2 / v - 1 - error)`. What the ELBO lacks of ln p(x), for every x.
 */
const gapOf = (error: number): number =>
  columns
    .map((w) => scale ** 2 / (square(w) + scale ** 2))
    .reduce((sum, v) => sum + 0.5 * (Math.exp(error) + error ** 2 / v - 1 - error), 0);

test("with the exact posterior of a linear-Gaussian model one draw gives the exact likelihood", async () => {
  const data = linearData(40);
  const { nll } = await evaluate(linearModel(0), data, { samples: 1 });
  expectClose([nll.mean], [exactNll(data)], { rtol: 1e-5 });
});

test.each([0, 0.7])(
  "the ELBO of a linear-Gaussian model is the likelihood less the posterior's KL divergence (error %d)",
  async (error) => {
    const data = linearData(40);
    const { elbo: bound } = await evaluate(linearModel(error), data, { samples: 1024 });
    // 40 examples with 1,024 draws of a distortion that deviates by about 2 nats: 0.01.
    expect(Math.abs(bound.mean - (-exactNll(data) - gapOf(error)))).toBeLessThan(0.04);
  },
);

test("standard errors are those of the mean over examples", async () => {
  const data = linearData(40);
  const all = exactLogLikelihoods(data);
  const center = all.reduce((sum, value) => sum + value, 0) / 40;
  const variance = all.reduce((sum, value) => sum + (value - center) ** 2, 0) / 39;
  const { nll } = await evaluate(linearModel(0), data, { samples: 1 });
  expectClose([nll.standardError], [Math.sqrt(variance / 40)], { rtol: 1e-4 });
});

test("the importance-weighted likelihood is finite where the weights are far below every float", async () => {
  const data = linearData(6);
  const far = { data: data.data.map((value) => value + 60), shape: data.shape };
  const { nll, elbo: bound } = await evaluate(linearModel(0), far, { samples: 16 });
  expectClose([nll.mean], [exactNll(far)], { rtol: 1e-4 });
  expect(nll.mean).toBeGreaterThan(1000);
  expect(bound.mean).toBeLessThan(-1000);
});

test("the importance-weighted bound approaches the exact likelihood from below and tightens with k", async () => {
  const data = linearData(400);
  const model = linearModel(0.7);
  const exact = -exactNll(data);
  const bounds: number[] = [];
  for (const samples of [1, 5, 25, 200]) {
    bounds.push(-(await evaluate(model, data, { samples })).nll.mean);
  }
  expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
  // 400 examples with 200 draws leave a Monte-Carlo error of about 0.01.
  expect(bounds[3]).toBeLessThan(exact + 0.02);
  expect(bounds[3]).toBeGreaterThan(exact - 0.08);
  expect(bounds[0]).toBeLessThan(exact - 0.3);
});

test("active units counts the dimensions that the data move", async () => {
  const data = linearData(200);
  const { activeUnits } = await evaluate(linearModel(0), data, { samples: 1 });
  expect(activeUnits.mean).toBe(2);
  const dead = linearModel(0);
  const weights = await dead.readWeights();
  const [kernelName] = Object.keys(weights);
  const kernel = weights[kernelName].data.map((value, i) => (i % 4 === 1 ? value / 1000 : value));
  await dead.writeWeights({ ...weights, [kernelName]: { data: kernel, shape: [4, 4] } });
  expect((await evaluate(dead, data, { samples: 1 })).activeUnits.mean).toBe(1);
});

test("the sample count is honoured where it is no multiple of the draws at a time", async () => {
  const model = linearModel(0.7);
  const data = linearData(3);
  const { nll } = await evaluate(model, data, { samples: 33, batchSize: 3 });
  const single = await evaluate(model, data, { samples: 33, batchSize: 1 });
  expectClose([nll.mean], [single.nll.mean], { rtol: 1e-6 });
  const more = await evaluate(model, data, { samples: 34, batchSize: 3 });
  expect(more.nll.mean).not.toBe(nll.mean);
});

test("standard errors fall as one over the root of the number of examples", async () => {
  const model = smallModel();
  const few = await evaluate(model, bars(25), { samples: 1 });
  const many = await evaluate(model, bars(400), { samples: 1 });
  const ratio = few.distortion.standardError / many.distortion.standardError;
  expect(ratio).toBeGreaterThan(2.5);
  expect(ratio).toBeLessThan(6);
});

/** Adds sums of the latents' own to the small model. */
function countingModel(threshold: number): LatentModel {
  const example = smallModel({ likelihood: { kind: "bernoulli", binarize: "none" } }).example;
  const base = reparameterized({ size: 2, posterior: gaussian });
  const latents = {
    ...base,
    metrics: {
      sums: (posterior: unknown) => ({
        above: tf.cast(
          tf.greater((posterior as { mean(): tf.Tensor }).mean(), threshold),
          "float32",
        ),
      }),
      finish: ({ above }: Readonly<Record<string, Float64Array>>, examples: number) => ({
        share: above[0] / examples,
      }),
    },
  };
  return createModel({
    kind: "counting",
    options: {},
    example,
    latents: latents,
    networks: mlp({ example, latents: base, hidden: [16], seed: 1 }),
    compute: { engine: "eager" },
  });
}

test("figures of the scheme over the whole pass are of what encode gives, with jackknife errors", async () => {
  const data = bars(200);
  const codes = (await countingModel(0).encode(data)).data.filter((_, i) => i % 2 === 0);
  const threshold = [...codes].sort((a, b) => a - b)[60];
  const share = codes.filter((value) => value > threshold).length / 200;
  const evaluation = await evaluate<"share">(countingModel(threshold), data, {
    samples: 1,
    batchSize: 33,
  });
  expect(evaluation.share.mean).toBeCloseTo(share, 10);
  const binomial = Math.sqrt((share * (1 - share)) / 200);
  expect(evaluation.share.standardError / binomial).toBeGreaterThan(0.5);
  expect(evaluation.share.standardError / binomial).toBeLessThan(1.7);
});

/** Per example the index of its batch's fill, and of the batch its size, the data's size and a mean. */
const batchObjective: Objective = {
  kind: "of-batch",
  terms(model, pass, { batchSize, dataSize }) {
    const { distortion, rate } = elbo().terms(model, pass, pass.context) as Record<
      string,
      tf.Tensor
    >;
    return {
      distortion,
      rate,
      squares: tf.square(rate),
      size: { ofBatch: tf.scalar(batchSize) },
      all: { ofBatch: tf.scalar(dataSize) },
      meanRate: { ofBatch: tf.mean(rate) },
    };
  },
};

test("terms of the batch are measured on whole batches of the size and of the data trained with", async () => {
  const { example } = smallModel();
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [16], seed: 1 });
  const objective = batchObjective;
  const model = createModel({
    kind: "batchwise",
    options: {},
    example,
    latents,
    networks,
    objective,
    compute: { engine: "eager" },
  });
  await train(model, bars(50), { steps: 1, batchSize: 20, validation: 0, progress: "silent" });
  const evaluation: Evaluation<string> = await evaluate(model, bars(70), { samples: 1 });
  const { size, all, meanRate, squares, rate } = evaluation;
  expect(size).toEqual({ mean: 20, standardError: 0 });
  expect(all.mean).toBe(50);
  // Three whole batches of the 70 examples: the first 60, whose rates have no noise.
  const { rate: rates } = await model.score(bars(70));
  if (rates === undefined) throw new Error("the model has a rate");
  const batches = [0, 1, 2].map(
    (b) => rates.slice(20 * b, 20 * b + 20).reduce((sum, value) => sum + value, 0) / 20,
  );
  const center = batches.reduce((sum, value) => sum + value, 0) / 3;
  expect(meanRate.mean).toBeCloseTo(center, 1);
  expect(meanRate.standardError).toBeGreaterThan(0);
  expect(squares.mean).toBeGreaterThan((rate?.mean ?? NaN) ** 2);
  const few: Evaluation<string> = await evaluate(model, bars(7), { samples: 1 });
  expect(few.size.mean).toBe(7);
});

test("a misspelt figure does not compile, and those that a model has need no question mark", () => {
  type OfSmall = Awaited<ReturnType<typeof evaluate<BoundFigure>>>;
  expectTypeOf<OfSmall["nll"]>().toEqualTypeOf<Estimate>();
  expectTypeOf<OfSmall["distortion"]>().toEqualTypeOf<Estimate>();
  expectTypeOf<Evaluation["nll"]>().toEqualTypeOf<Estimate | undefined>();
  // @ts-expect-error -- no figure has this name
  expectTypeOf<OfSmall["nil"]>().toBeUnknown();
});

test.each<[Record<string, number>, string]>([
  [{ samples: 0 }, "evaluate: samples must be an integer at least 1, got 0"],
  [{ batchSize: 0 }, "evaluate: batchSize must be an integer at least 1, got 0"],
  [{ limit: -1 }, "evaluate: limit must be an integer at least 1, got -1"],
  [{ sample: 3 }, "evaluate: options must be among samples"],
])("bad options are refused: %o", async (options, message) => {
  await expect(evaluate(smallModel(), bars(2), options)).rejects.toThrow(message);
});
