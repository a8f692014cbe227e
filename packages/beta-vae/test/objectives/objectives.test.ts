import { join } from "node:path";
import { linear, train, type Objective, type Terms } from "@elbo/core";
import { checkObjective } from "@elbo/core/conformance";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { crosses } from "../../../core/test/support/bars.ts";
import {
  annealedCapacity,
  betaTcvae,
  betaVae,
  dipVae,
  factorVae,
  freeBits,
  importanceWeighted,
  infoVae,
  loadBetaVae,
  maximumMeanDiscrepancy,
  optimalSigma,
  stratifiedWeights,
} from "../../src/index.ts";

const rows: readonly (readonly [string, (latent: number) => Objective])[] = [
  [
    "annealed capacity",
    () => annealedCapacity({ capacity: linear({ from: 2, to: 3, steps: 100 }), weight: 5 }),
  ],
  [
    "free bits",
    (latent) => freeBits({ nats: 0.5, groups: [[0, 2], [1], ...(latent === 4 ? [[3]] : [])] }),
  ],
  ["β-TCVAE, weighted", () => betaTcvae({ beta: 4 })],
  ["β-TCVAE, stratified", () => betaTcvae({ beta: 4, sampling: "stratified" })],
  [
    "FactorVAE",
    (latent) => factorVae({ latent, gamma: 0.3, hidden: [32, 32], learningRate: 1e-3 }),
  ],
  ["DIP-VAE I", () => dipVae({ kind: "I" })],
  ["DIP-VAE II", () => dipVae({ kind: "II" })],
  ["InfoVAE", (latent) => infoVae({ latent, alpha: 0.5, kernel: "rbf" })],
  ["WAE", (latent) => infoVae({ latent })],
  ["importance weighted", () => importanceWeighted({ draws: 4 })],
  ["doubly reparameterized", () => importanceWeighted({ draws: 4, doublyReparameterized: true })],
];

const small = {
  image: [8, 8, 1],
  latent: 4,
  network: { kind: "mlp", hidden: [32] },
  seed: 1,
} as const;

test.each(rows)(
  "an objective trains compiled, and comes back with a saved model: %s",
  async (_, make) => {
    const data = crosses(300);
    const model = betaVae({ ...small, objective: make(4) });
    const { report, history } = await train(model, data, {
      epochs: 3,
      batchSize: 50,
      seed: 1,
      validation: 0,
      progress: "silent",
    });
    expect(report?.engine).not.toBe("eager");
    const losses = history.epochs.map(({ training }) => training["loss"]);
    expect(losses[2]).toBeLessThan(losses[0]);
    const folder = join(await emptyFolder(), "model");
    await model.save(folder);
    const loaded = await loadBetaVae(folder);
    expect(loaded.objective.kind).toBe(make(4).kind);
    expect(await loaded.loss(data, { seed: 2 })).toEqual(await model.loss(data, { seed: 2 }));
  },
);

test.each(rows.slice(0, 9))("an objective conforms: %s", async (_, make) => {
  await expect(checkObjective({ make: () => make(3) })).resolves.toBeUndefined();
});

test("β-TCVAE's weights: rows of stratified sampling sum to 1 with 1 / N on the diagonal, one other and the rest", () => {
  const [B, N] = [5, 100];
  const weights = stratifiedWeights(B, N);
  for (let i = 0; i < B; i++) {
    const row = [...weights.slice(i * B, (i + 1) * B)];
    expectClose([row.reduce((a, b) => a + b, 0), row[i]], [1, 1 / N], { rtol: 1e-6 });
    const others = row.filter((_, j) => j !== i).sort((a, b) => a - b);
    expectClose(others, [(N - 4) / (N * 4), 0.25, 0.25, 0.25], { rtol: 1e-6 });
  }
  expect(() => stratifiedWeights(5, 4)).toThrow("N one at least B, got 5 and 4");
});

/** The terms of an objective of a Gaussian level with given parameters and draws equal to the means. */
function termsOf(
  objective: Objective,
  mean: number[][],
  logVar: number[][],
  scalars: Record<string, number> = {},
): Terms {
  const m = tf.tensor2d(mean);
  const s = tf.tensor2d(logVar);
  const rate = tf.sum(tf.mul(0.5, tf.sub(tf.add(tf.exp(s), tf.square(m)), tf.add(s, 1))), 1);
  const [B] = m.shape;
  const level = {
    features: m,
    posterior: { kind: "gaussian", parameters: { mean: m, logVar: s } },
    z: tf.expandDims(m, 0),
    terms: { rate },
  };
  const context = {
    training: true,
    batchSize: B,
    draws: 1,
    dataSize: 100,
    noise: {},
    scalars: Object.fromEntries(
      Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)]),
    ),
  };
  const operations = { logLikelihood: () => tf.zeros([1, B]) };
  const pass = { batch: {}, context, levels: { z: level }, decoded: m };
  return objective.terms(operations as never, pass, context);
}

const figure = (terms: Terms, name: string): number =>
  (terms[name] as { ofBatch: tf.Tensor }).ofBatch.dataSync()[0];

test("annealed capacity is the distance of the mean, not the mean of distances", () => {
  // Rates 0.5 and 4.5: mean 2.5, so |2.5 - 2| = 0.5 and not (1.5 + 2.5) / 2.
  const terms = termsOf(annealedCapacity({ capacity: 2 }), [[1], [3]], [[0], [0]], { capacity: 2 });
  expect(figure(terms, "excess")).toBeCloseTo(0.5, 6);
});

test("FactorVAE's discriminator pays ln 2 at chance and beats it where dimensions depend on each other", async () => {
  const model = betaVae({
    ...small,
    objective: factorVae({ latent: 4, gamma: 0, hidden: [64, 64], learningRate: 1e-3 }),
  });
  const { report, history } = await train(model, crosses(1500), {
    epochs: 12,
    batchSize: 64,
    seed: 1,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const of = (epoch: number): number =>
    history.epochs.at(epoch)?.training["discriminator.crossEntropy"] ?? NaN;
  expect(Math.abs(of(0) - Math.LN2)).toBeLessThan(0.3);
  expect(of(-1)).toBeLessThan(0.95 * Math.LN2);
  expect(() => factorVae({ latent: 1 })).toThrow("factorVae: latent must be");
});

test("free bits hold the mean of every group at the floor", () => {
  // KL per dimension: means over the batch are 0.125, 2 and 0.
  const mean = [
    [0.5, 2, 0],
    [0.5, 2, 0],
  ];
  const logVar = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  expect(figure(termsOf(freeBits({ nats: 0.5 }), mean, logVar), "heldRate")).toBeCloseTo(
    0.5 + 2 + 0.5,
    5,
  );
  const grouped = freeBits({ nats: 0.5, groups: [[0, 2], [1]] });
  expect(figure(termsOf(grouped, mean, logVar), "heldRate")).toBeCloseTo(0.5 + 2, 5);
  expect(() => termsOf(freeBits({ nats: 1, groups: [[0], [1]] }), mean, logVar)).toThrow(
    "groups must hold each of the dimensions 0 to 2 once",
  );
});

test("DIP-VAE compares the covariance over the batch with the identity", () => {
  // Means (1, 1), (-1, -1): covariance all ones.
  const mean = [
    [1, 1],
    [-1, -1],
  ];
  const one = termsOf(dipVae({ kind: "I" }), mean, [
    [0, 0],
    [0, 0],
  ]);
  expectClose([figure(one, "offDiagonal"), figure(one, "diagonal")], [2, 0]);
  const two = termsOf(dipVae({ kind: "II" }), mean, [
    [0, 0],
    [0, 0],
  ]);
  expectClose([figure(two, "offDiagonal"), figure(two, "diagonal")], [2, 2]);
});

test.each(["rbf", "imq"] as const)(
  "the discrepancy equals a sum over pairs in float64, and far samples differ more: %s",
  (kernel) => {
    const a = [
      [0.1, -0.3],
      [1, 0.5],
      [-0.7, 0.2],
    ];
    const b = [
      [0.4, 0.1],
      [-0.2, 0.9],
      [0.3, -1],
    ];
    const k = (x: number[], y: number[]): number => {
      const squares = x.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0);
      if (kernel === "rbf") return Math.exp(-squares / 4);
      return [0.1, 0.2, 0.5, 1, 2, 5, 10].reduce((sum, s) => sum + (4 * s) / (4 * s + squares), 0);
    };
    let sum = 0;
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++)
        if (i !== j) sum += (k(a[i], a[j]) + k(b[i], b[j]) - 2 * k(a[i], b[j])) / 6;
    const actual = maximumMeanDiscrepancy(tf.tensor2d(a), tf.tensor2d(b), kernel).dataSync()[0];
    expectClose([actual], [sum], { rtol: 1e-5, atol: 1e-6 });
    const far = tf.add<tf.Tensor2D>(tf.tensor2d(b), 5);
    expect(maximumMeanDiscrepancy(tf.tensor2d(a), far, kernel).dataSync()[0]).toBeGreaterThan(
      actual,
    );
  },
);

test("σ-VAE: the distortion is the Gaussian one at the mean squared error of the batch", async () => {
  const model = betaVae({
    ...small,
    likelihood: { kind: "gaussian", scale: 0.3 },
    objective: optimalSigma(),
  });
  const data = crosses(64);
  const { report } = await train(model, data, {
    epochs: 2,
    batchSize: 32,
    seed: 1,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const x = Float32Array.from(data.data, (byte) => byte / 255);
  const pass = {
    levels: {
      z: {
        posterior: {
          kind: "gaussian",
          parameters: { mean: tf.zeros([64, 1]), logVar: tf.zeros([64, 1]) },
        },
        terms: { rate: tf.zeros([64]) },
      },
    },
    batch: { x: tf.tensor(x, [64, 8, 8, 1]) },
    decoded: tf.fill([1, 64, 8, 8, 1], 0.5),
  };
  const terms = optimalSigma().terms({} as never, pass as never, {} as never);
  const variance = x.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / x.length;
  expectClose([figure(terms, "distortion")], [32 * (Math.log(2 * Math.PI * variance) + 1)], {
    rtol: 1e-5,
  });
});

test.each([
  [factorVae({ latent: 3, hidden: [8] }), "factorVae: latent must be the model's number"],
  [infoVae({ latent: 5 }), "infoVae: latent must be the model's number of dimensions (4), got 5"],
  [freeBits({ nats: 1, groups: [[0, 1]] }), "groups must hold each of the dimensions 0 to 3 once"],
])("an objective of another number of latents is refused: %#", async (objective, message) => {
  const model = betaVae({ ...small, objective });
  const run = { steps: 1, batchSize: 8, validation: 0, progress: "silent" } as const;
  await expect(train(model, crosses(16), run)).rejects.toThrow(message);
});

test("a batch of one has no discrepancy, and a likelihood that is not Gaussian no best deviation", () => {
  const one = tf.zeros<tf.Rank.R2>([1, 2]);
  expect(() => maximumMeanDiscrepancy(one, one, "imq")).toThrow("at least 2 rows, got [1, 2]");
  expect(() => betaVae({ ...small, objective: optimalSigma() })).toThrow(
    'betaVae: the likelihood must be "gaussian" with the objective optimalSigma(), got "bernoulli"',
  );
  expect(() => freeBits({ nats: 1, groups: [[0.5]] })).toThrow("groups[0][0] must be an integer");
});

test("β and another objective together are refused", () => {
  expect(() => betaVae({ ...small, beta: 2, objective: betaTcvae() })).toThrow(
    "betaVae: beta or objective must be given, got both",
  );
});

test("an objective with weights ends with the model that it was made for, and says so", async () => {
  const objective = factorVae({ latent: 4, hidden: [8] });
  const [first, second] = [betaVae({ ...small, objective }), betaVae({ ...small, objective })];
  const data = crosses(40);
  first.dispose();
  const freed =
    "all weights must be there, got discriminator/dense1/kernel freed by dispose() of a model; networks and objectives with weights are made anew for each model";
  expect(() => betaVae({ ...small, objective })).toThrow(`createModel: ${freed}`);
  await expect(train(second, data, { steps: 1, progress: "silent" })).rejects.toThrow(
    `train: ${freed}`,
  );
  await expect(second.encode(data)).rejects.toThrow(`encode: ${freed}`);
  second.dispose();
});
