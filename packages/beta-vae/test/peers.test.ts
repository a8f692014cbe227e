/**
 * Defects of other libraries of VAEs, seen in their code or their issues: for each a test that would have caught it. Those of
 * vector quantization and of priors over codes are in the package of VQ-VAEs.
 */
import {
  adam,
  evaluate,
  gaussian,
  klDivergence,
  linear,
  Random,
  train,
  type NdArray,
  type Objective,
  type Terms,
} from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { crosses } from "../../core/test/support/bars.ts";
import {
  annealedCapacity,
  betaTcvae,
  betaVae,
  dipVae,
  explicitness,
  interventionalRobustness,
  modularity,
  mutualInformationGapChen,
  stratifiedWeights,
  type BetaVae,
} from "../src/index.ts";

const shared = {
  image: [8, 8, 1],
  network: { kind: "mlp", hidden: [16] },
  seed: 1,
} as const;

const small = (): BetaVae =>
  betaVae({ ...shared, latent: 3, likelihood: { kind: "bernoulli", binarize: "none" } });

const normals = (count: number, seed: number): Float32Array => {
  const values = new Float32Array(count);
  new Random(seed).fillNormalInto(values);
  return values;
};

test("beta-tcvae, pythae, disentangling-vae, PyTorch-VAE: stratified weights lay 1/N in column 0, not on the diagonal", () => {
  const [B, N] = [5, 1000];
  const weights = stratifiedWeights(B, N);
  const row = (i: number): number[] => [...weights.slice(i * B, (i + 1) * B)];
  for (let i = 0; i < B; i++) {
    expectClose([row(i)[i], row(i).reduce((a, b) => a + b, 0)], [1 / N, 1], { rtol: 1e-6 });
  }
  expect(row(1)[0]).toBeCloseTo(1 / 4, 6);
});

/** The terms of β-TCVAE for independent draws of B posteriors. */
function tcvaeTerms(objective: Objective, mean: tf.Tensor2D, logVar: tf.Tensor2D): Terms {
  const [B, L] = mean.shape;
  const q = gaussian({ mean, logVar });
  const z = q.sample(tf.tensor2d(normals(B * L, 8), [B, L]));
  const level = {
    features: mean,
    posterior: q,
    z: tf.expandDims(z, 0),
    terms: { rate: tf.sum(klDivergence(q, gaussian({ mean: 0, logVar: 0 })), 1) },
  };
  const p = gaussian({ mean: tf.zeros([B, L]), logVar: tf.zeros([B, L]) });
  const operations = {
    logLikelihood: () => tf.zeros([1, B]),
    logRatio: () => tf.expandDims(tf.sum(tf.sub(p.logProb(z), q.logProb(z)), 1), 0),
    logPosteriorPairs: () => q.logProb(tf.expandDims(z, 1)),
  };
  const context = {
    training: true,
    batchSize: B,
    draws: 1,
    dataSize: 10 * B,
    noise: {},
    scalars: {},
  };
  const pass = { batch: {}, context, levels: { z: level }, decoded: mean };
  return objective.terms(operations as never, pass, context);
}

const ofBatch = (terms: Terms, name: string): number =>
  (terms[name] as { ofBatch: tf.Tensor }).ofBatch.dataSync()[0];

test("disentangling-vae, PyTorch-VAE: one copy of the log weight per dimension made the total correlation -60 and the loss negative", () => {
  const [B, L] = [64, 10];
  const mean = tf.tensor2d(normals(B * L, 3), [B, L]);
  const logVar = tf.fill<tf.Rank.R2>([B, L], -1);
  const terms = tcvaeTerms(betaTcvae({ sampling: "stratified" }), mean, logVar);
  // Independent dimensions: what is left is the error of a batch of 64, which is of the order of ln B per dimension at most.
  expect(Math.abs(ofBatch(terms, "totalCorrelation"))).toBeLessThan(5);
  const parts = ["mutualInformation", "totalCorrelation", "dimensionWise"];
  const sum = parts.reduce((total, name) => total + ofBatch(terms, name), 0);
  const rate = tf
    .mean(tf.sum(klDivergence(gaussian({ mean, logVar }), gaussian({ mean: 0, logVar: 0 })), 1))
    .dataSync()[0];
  expect(sum).toBeGreaterThan(0);
  expect(Math.abs(sum - rate)).toBeLessThan(0.2 * rate);
});

test("beta-tcvae: with B = N the stratified estimate of log q(z) is not the mean over all posteriors", () => {
  // 1/N on the diagonal, (N - M) / (N M) = 1 / (N (N - 1)) once, 1 / (N - 1) elsewhere: the row still sums to 1.
  const N = 6;
  const row = [...stratifiedWeights(N, N).slice(0, N)];
  expectClose([row[0], row[1], row[2]], [1 / N, 1 / (N * (N - 1)), 1 / (N - 1)], { rtol: 1e-6 });
});

test("disentangling-vae: latents that are reshaped where they should be transposed leave a mutual information gap of nothing", () => {
  const count = 400;
  const random = new Random(2);
  const rows = Array.from({ length: count }, () => [random.integer(4), random.integer(3)]);
  const mean: NdArray = { data: Float32Array.from(rows.flat()), shape: [count, 2] };
  const logVar: NdArray = { data: new Float32Array(2 * count).fill(-6), shape: [count, 2] };
  const factors: NdArray = { data: Int32Array.from(rows.flat()), shape: [count, 2] };
  expect(mutualInformationGapChen({ mean, logVar, factors }, { draws: 200 })).toBeGreaterThan(0.9);
});

test("disentangling-vae: a return inside of the loop reports the first batch divided by the number of batches", async () => {
  const model = small();
  const data = crosses(150);
  const { distortion, rate } = await evaluate(model, data, { samples: 1, batchSize: 64 });
  const scores = await model.score(data);
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / 150;
  expectClose([rate.mean], [mean(scores.rate)], { rtol: 1e-5 });
  const first = scores.distortion.subarray(0, 64);
  expect(distortion.mean).toBeGreaterThan(2 * (mean(first) / 3));
});

test("pythae, disentangling-vae: means of batch means weigh the examples of a small last batch more", async () => {
  const model = small();
  const bright = new Uint8Array(65 * 64);
  bright.fill(255, 64 * 64); // the 65th image alone is white
  const data = { data: bright, shape: [65, 8, 8, 1] };
  const figures = async (batchSize: number): Promise<number> =>
    (await evaluate(model, data, { samples: 1, batchSize })).distortion.mean;
  const all = await figures(65);
  expectClose([await figures(64), await figures(7), await figures(1)], [all, all, all], {
    rtol: 1e-5,
  });
});

test("pythae: get_nll has the sign of a log likelihood and ignores how many draws were asked for", async () => {
  const model = small();
  const data = crosses(60);
  const optimizer = adam({ learningRate: 0.01 });
  await train(model, data, {
    steps: 100,
    batchSize: 30,
    optimizer,
    validation: 0,
    progress: "silent",
  });
  const nll = async (samples: number): Promise<number> =>
    (await evaluate(model, data, { samples, seed: 1 })).nll.mean;
  const [one, seven, hundred] = [await nll(1), await nll(7), await nll(100)];
  expect(hundred).toBeGreaterThan(0); // of 64 binary pixels
  expect(new Set([one, seven, hundred]).size).toBe(3);
  expect(hundred).toBeLessThan(one);
  const scaled = betaVae({
    image: [8, 8, 1],
    latent: 3,
    likelihood: { kind: "gaussian", scale: 0.1 },
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
  });
  const { distortion, mse } = await evaluate(scaled, data, { samples: 64 });
  // A scale of 1 would make it 64 / 2 ln(2 pi) and half the squared error at most.
  expect(distortion.mean).toBeGreaterThan((0.5 * 64 * mse.mean) / 0.1 ** 2 - 64 * 2);
});

/** The terms of an objective at given parameters, with draws equal to the means. */
function dipTerms(kind: "I" | "II", mean: number[][], logVar: number[][]): Terms {
  const [m, v] = [tf.tensor2d(mean), tf.tensor2d(logVar)];
  const [B] = m.shape;
  const level = {
    features: m,
    posterior: { kind: "gaussian", parameters: { mean: m, logVar: v } },
    z: tf.expandDims(m, 0),
    terms: { rate: tf.zeros([B]) },
  };
  const context = { training: true, batchSize: B, draws: 1, dataSize: B, noise: {}, scalars: {} };
  const operations = { logLikelihood: () => tf.zeros([1, B]) };
  const pass = { batch: {}, context, levels: { z: level }, decoded: m };
  return dipVae({ kind }).terms(operations as never, pass, context);
}

test("PyTorch-VAE: DIP-VAE's covariance is centred over latents, not over examples, and not divided by their number", () => {
  // Every example has the mean 0 over its latents: centring there would leave these as they are. Variance 4 and covariance -4.
  const rows = [
    [3, -3],
    [-1, 1],
    [3, -3],
    [-1, 1],
  ];
  const terms = dipTerms(
    "I",
    rows,
    rows.map(() => [0, 0]),
  );
  expectClose([ofBatch(terms, "offDiagonal"), ofBatch(terms, "diagonal")], [2 * 16, 2 * 9], {
    rtol: 1e-6,
  });
});

test("PyTorch-VAE: exp(2 logvar) squares the variance in DIP-VAE II", () => {
  const zero = [
    [0, 0],
    [0, 0],
  ];
  const logThree = zero.map(() => [Math.log(3), Math.log(3)]);
  expectClose([ofBatch(dipTerms("II", zero, logThree), "diagonal")], [2 * (3 - 1) ** 2], {
    rtol: 1e-5,
  });
});

test("PyTorch-VAE: validation weighs the KL by 1 and training by 0.00025", async () => {
  const model = betaVae({ ...shared, latent: 3, beta: 0.5 });
  const data = crosses(100);
  const { history } = await train(model, data, {
    epochs: 2,
    batchSize: 32,
    validation: 0.2,
    progress: "silent",
  });
  for (const { validation = {} } of history.epochs) {
    const { loss, distortion, rate } = validation as Record<string, number>;
    expectClose([loss], [distortion + 0.5 * rate], { rtol: 1e-5 });
    expect(rate).toBeGreaterThan(0); // and its log had the sign turned around
  }
});

test("PyTorch-VAE: a decay of 0.0 in a configuration takes the learning rate to 0 after the first epoch", async () => {
  const model = small();
  const rate = linear({ from: 1e-2, to: 1e-3, steps: 4 });
  expect([rate(0), rate(4), rate(1000)]).toEqual([1e-2, 1e-3, 1e-3]);
  const run = { epochs: 1, batchSize: 50, validation: 0, progress: "silent" } as const;
  const optimizer = adam({ learningRate: rate });
  const weights: Float32Array[] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    await train(model, crosses(200), { ...run, optimizer });
    weights.push((await model.readWeights())["decoder/dense1/kernel"].data as Float32Array);
  }
  expect(weights[1]).not.toEqual(weights[0]);
  expect(weights[2]).not.toEqual(weights[1]);
});

test("disentangling-vae: losses are reported at the posterior's mean, where the distortion is smaller than that of draws", async () => {
  const likelihood = { kind: "gaussian", scale: 0.05 } as const;
  const model = betaVae({ ...shared, latent: 3, likelihood });
  const data = crosses(60);
  const run = { steps: 150, batchSize: 30, validation: 0, progress: "silent" } as const;
  await train(model, data, { ...run, optimizer: adam({ learningRate: 0.01 }) });
  const { distortion } = await evaluate(model, data, { samples: 64, seed: 1 });
  const x = Float64Array.from(data.data, (byte) => byte / 255);
  /** `-ln N(x; mean, 0.05^2)` per image, the mean over them. */
  const distortionOf = (means: ArrayLike<number>): number =>
    x.reduce((sum, value, i) => sum + 0.5 * ((value - means[i]) / 0.05) ** 2, 0) / 60 +
    64 * Math.log(0.05 * Math.sqrt(2 * Math.PI));
  const { draws, mean } = (await model.posterior(data, { draws: 64, seed: 1 })) as Record<
    string,
    NdArray
  >;
  const atMean = distortionOf((await model.decode(mean)).data);
  const byDraw = await Promise.all(
    Array.from({ length: 64 }, async (_, k) => {
      // [n, draws, L]
      const z = Float32Array.from({ length: 180 }, (__, i) => {
        const [row, d] = [Math.floor(i / 3), i % 3];
        return draws.data[(row * 64 + k) * 3 + d];
      });
      return distortionOf((await model.decode({ data: z, shape: [60, 3] })).data);
    }),
  );
  const average = byDraw.reduce((a, b) => a + b, 0) / 64;
  expect(average).toBeGreaterThan(atMean);
  expect(Math.abs(distortion.mean - average)).toBeLessThan(0.2 * (average - atMean));
});

test("pythae: the capacity grows by epochs and is compared with every example's rate", async () => {
  const capacity = linear({ from: 0, to: 10, steps: 10 });
  const model = betaVae({
    ...shared,
    latent: 3,
    likelihood: { kind: "bernoulli", binarize: "none" },
    objective: annealedCapacity({ capacity }),
  });
  const data = crosses(100);
  const rates = (await model.score(data)).rate;
  const mean = rates.reduce((a, b) => a + b, 0) / 100;
  for (const step of [0, 3, 7]) {
    const { terms } = await model.loss(data, { step });
    expectClose([terms["excess"]], [Math.abs(mean - step)], { rtol: 1e-4 });
  }
});

const withDeadCode = (width: number): { codes: NdArray; factors: NdArray } => {
  const random = new Random(4);
  const count = 900;
  const rows = Array.from({ length: count }, () => [random.integer(4), random.integer(3)]);
  const codes = rows.map(([a, b]) => [a + random.uniform() / 2, b, 0.25].slice(0, width));
  return {
    codes: { data: Float32Array.from(codes.flat()), shape: [count, width] },
    factors: { data: Int32Array.from(rows.flat()), shape: [count, 2] },
  };
};

test("disentanglement_lib: modularity averages over dead codes", () => {
  expect(modularity(withDeadCode(3))).toBeCloseTo(modularity(withDeadCode(2)), 12);
});

test("disentanglement_lib: explicitness divides by the deviation of a dead code, which is 0", () => {
  const score = explicitness(withDeadCode(3));
  expect(Number.isFinite(score)).toBe(true);
  expect(score).toBeCloseTo(explicitness(withDeadCode(2)), 3);
});

test("disentanglement_lib: the number of active dimensions is always that of all, and IRS sums up what it should count", async () => {
  expect(interventionalRobustness(withDeadCode(3))).toBeCloseTo(
    interventionalRobustness(withDeadCode(2)),
    12,
  );
  const model = betaVae({ ...shared, latent: 6, beta: 60 });
  const data = crosses(400);
  await train(model, data, { epochs: 30, batchSize: 50, validation: 0, progress: "silent" });
  const { activeUnits } = await evaluate(model, data, { samples: 1 });
  expect(activeUnits.mean).toBeLessThan(6);
  expect(Number.isInteger(activeUnits.mean)).toBe(true);
});
