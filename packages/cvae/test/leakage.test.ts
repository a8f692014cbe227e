/** Where a label goes: generative classification, probes and swapped labels on models whose answers are known. */
import { diagnose, Random, train, type NdArray } from "@elbo/core";
import { expect, test } from "vitest";
import * as tf from "@tensorflow/tfjs-core";
import { classifyByBound, cvae, labelLeakage, type Cvae } from "../src/index.ts";

/** Two classes of six bits: the first three mostly 1 or mostly 0, the rest fair coins. */
function coins(
  count: number,
  seed: number,
): { data: Float32Array; shape: number[]; labels: Int32Array } {
  const random = new Random(seed);
  const labels = Int32Array.from({ length: count }, () => random.integer(2));
  const data = Float32Array.from({ length: 6 * count }, (_, i) => {
    if (i % 6 >= 3) return random.integer(2);
    const isOften = random.uniform() < 0.9;
    return isOften ? labels[Math.floor(i / 6)] : 1 - labels[Math.floor(i / 6)];
  });
  return { data, shape: [count, 6], labels };
}

const classifier = {
  /** Most of the first three values. */
  predict: async ({ data, shape }: NdArray): Promise<NdArray> => {
    const labels = Int32Array.from({ length: shape[0] }, (_, n) =>
      data[6 * n] + data[6 * n + 1] + data[6 * n + 2] > 1.5 ? 1 : 0,
    );
    return Promise.resolve({ data: labels, shape: [shape[0]] });
  },
};

const make = (prior: "standard" | "conditional"): Cvae =>
  cvae({
    image: [6],
    latent: 2,
    classes: 2,
    prior,
    likelihood: { kind: "bernoulli", binarize: "none" },
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
  });

/** A model that ignores its latents and shows the label: logits `+-log 9` in the first three values, 0 in the others. */
function showingLabels(): Cvae {
  const model = make("standard");
  const set = (name: string, rows: number[][] | number[]): void => {
    model.allVariables[name].assign(tf.tensor(rows));
  };
  const hidden = 16;
  const zeros = (rows: number, columns: number): number[][] =>
    Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  // Hidden units 0 and 1 are the two classes.
  const first = zeros(4, hidden);
  first[2][0] = 1;
  first[3][1] = 1;
  const second = zeros(hidden, 6);
  for (let i = 0; i < 3; i++) {
    second[0][i] = -Math.log(9);
    second[1][i] = Math.log(9);
  }
  set("decoder/dense1/kernel", first);
  set("decoder/dense1/bias", new Array<number>(hidden).fill(0));
  set("decoder/parameters/kernel", second);
  set("decoder/parameters/bias", new Array<number>(6).fill(0));
  for (const [name, variable] of Object.entries(model.allVariables)) {
    if (name.startsWith("encoder/features")) variable.assign(tf.zerosLike(variable)); // q is N(0, 1)
  }
  return model;
}

test.each([1, 4])(
  "classes by a bound that is exact are those of Bayes' rule (%i samples)",
  async (samples) => {
    const x = coins(20, 3);
    const classPrior = [0.7, 0.3];
    const model = showingLabels();
    const { labels, logProbabilities } = await classifyByBound(
      model,
      { data: x.data, shape: x.shape },
      { samples, classPrior },
    );
    for (let n = 0; n < 20; n++) {
      const ones = x.data[6 * n] + x.data[6 * n + 1] + x.data[6 * n + 2];
      // log p(x|1) - log p(x|0) = (2 ones - 3) log 9
      const odds = (2 * ones - 3) * Math.log(9) + Math.log(0.3 / 0.7);
      expect(logProbabilities.data[2 * n + 1] - logProbabilities.data[2 * n]).toBeCloseTo(odds, 4);
      expect(labels[n]).toBe(odds > 0 ? 1 : 0);
    }
  },
);

test("a model that shows its label whatever the latents say leaks nothing", async () => {
  const found = await labelLeakage(showingLabels(), {
    train: coins(200, 1),
    test: coins(200, 2),
    classifier,
  });
  expect(found.swapped.mean).toBe(1);
  expect(found.kept.mean).toBe(0);
  expect(found.probeOfRest.mean).toBeLessThan(0.65);
  expect(found.warning).toBeUndefined();
  const { findings, figures } = await diagnose(showingLabels(), coins(200, 2));
  expect(figures["label leakage"]["swapped"]).toBe(figures["label leakage"]["own"]);
  expect(findings.map(({ symptom }) => symptom)).not.toContain("label leakage");
});

test("a decoder that never saw labels change is warned about", async () => {
  const model = make("standard");
  const data = coins(500, 1);
  // All are called 0, so that decoder and encoder learn the class through z; then the true labels are told.
  const options = {
    steps: 400,
    batchSize: 50,
    validation: 0,
    progress: "silent",
    seed: 1,
  } as const;
  await train(model, { ...data, labels: new Int32Array(500) }, options);
  const found = await labelLeakage(model, { train: data, test: coins(200, 2), classifier });
  expect(found.swapped.mean).toBeLessThan(0.8);
  expect(found.probeOfRest.mean).toBeGreaterThan(0.7);
  expect(found.chance).toBe(0.5);
  const { findings } = await diagnose(model, coins(400, 2));
  const leakage = findings.find(({ symptom }) => symptom === "label leakage");
  expect(leakage?.evidence).toMatch(/^decoded with another label, \d+ % of the examples show it/);
  expect(found.warning).toMatch(
    /^the label leaks through the latents: decoded with another label, \d+ % of the images show it/,
  );
});

test("with a learned prior other labels move the latents to where their prior lies", async () => {
  const model = showingLabels();
  const conditional = make("conditional");
  for (const [name, variable] of Object.entries(conditional.allVariables)) {
    const other = (model.allVariables as Record<string, tf.Variable | undefined>)[name];
    if (other !== undefined) variable.assign(other);
  }
  const found = await labelLeakage(conditional, {
    train: coins(100, 1),
    test: coins(100, 2),
    classifier,
  });
  expect(found.swapped.mean).toBe(1);
});

test("what cannot be measured is refused", async () => {
  const angles = cvae({ image: [6], latent: 2, condition: { angle: { kind: "real" } } });
  const data = coins(10, 1);
  await expect(labelLeakage(angles, { train: data, test: data, classifier })).rejects.toThrow(
    'labelLeakage: model must have a class label as its only condition, got a cvae with "angle"',
  );
  await expect(classifyByBound(angles, data)).rejects.toThrow(
    'classifyByBound: model must have a class label among its conditions, got a cvae with "angle"',
  );
  await expect(classifyByBound(make("standard"), data, { classPrior: [1] })).rejects.toThrow(
    "classifyByBound: classPrior must be 2 numbers that are 1 in all, got [1]",
  );
});
