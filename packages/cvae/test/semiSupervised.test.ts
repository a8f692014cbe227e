/** M2: the sum over classes against brute force, both orders of rows, refusals, saving. */
import {
  mapExamples,
  mixed,
  Random,
  sgd,
  train,
  type Columns,
  type NdArray,
  type StepContext,
} from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  classify,
  cvae,
  labelledPlan,
  loadSemiSupervised,
  loadStacked,
  semiSupervised,
  stacked,
  type SemiSupervised,
  type SemiSupervisedOptions,
} from "../src/index.ts";

const image = [4, 4, 1];
const classes = 3;
const small: SemiSupervisedOptions = {
  image,
  latent: 2,
  classes,
  likelihood: { kind: "bernoulli", binarize: "none" },
  network: { kind: "mlp", hidden: [6] },
  classification: 7,
  seed: 1,
};
const x = uniformImages(new Random(1), [6, ...image]) as NdArray<Float32Array>;
const labels = [2, 0, -1, -1, 1, -1];

const mapped = async (
  model: SemiSupervised,
  name: string,
  run: (batch: Columns, context: StepContext) => Readonly<Record<string, tf.Tensor>>,
): Promise<Record<string, NdArray>> => mapExamples(model, x, { name, labels, run, seed: 3 });

/** The terms of the objective, and `L(x, y)` and `log q(y|x)` of every class by a pass of its own, from the same noise. */
async function termsAndCosts(
  model: SemiSupervised,
  logPrior: readonly number[],
): Promise<{ terms: Record<string, NdArray>; brute: Record<string, number[]> }> {
  const [phase] = model.phases;
  const terms = await mapped(
    model,
    "terms",
    (batch, context) =>
      phase.terms(model.pass(batch, context), context) as Record<string, tf.Tensor>,
  );
  const costs: Float64Array[] = [];
  for (let y = 0; y < classes; y++) {
    const { cost } = await mapped(model, `cost ${y}`, (batch, context) => {
      const given = tf.oneHot(tf.fill([context.batchSize], y, "int32"), classes);
      const way = model.operations.pass(batch, {
        ...context,
        condition: tf.cast(given, "float32"),
      });
      const distortion = tf.neg(tf.squeeze(model.operations.logLikelihood(way), [0]));
      return { cost: tf.add(distortion, way.levels["z"].terms["rate"]) };
    });
    costs.push(Float64Array.from(cost.data, (value) => value - logPrior[y]));
  }
  const { data: logQ } = (await classify(model, x)).logProbabilities;
  const rows = labels.map((label, n) => {
    const q = [0, 1, 2].map((y) => logQ[n * classes + y]);
    const sum = q.reduce((total, log, y) => total + Math.exp(log) * (costs[y][n] + log), 0);
    return label < 0
      ? { labelled: 0, unlabelled: sum, classification: 0 }
      : { labelled: costs[label][n], unlabelled: 0, classification: -q[label] };
  });
  const column = (name: keyof (typeof rows)[number]): number[] => rows.map((row) => row[name]);
  return {
    terms,
    brute: {
      labelled: column("labelled"),
      unlabelled: column("unlabelled"),
      classification: column("classification"),
    },
  };
}

test.each([undefined, [0.5, 0.3, 0.2]])(
  "the terms equal a sum over classes by passes of their own, p(y) %j",
  async (classPrior) => {
    const model = semiSupervised({ ...small, ...(classPrior && { classPrior }) });
    const logPrior = (classPrior ?? [1 / 3, 1 / 3, 1 / 3]).map(Math.log);
    const { terms, brute } = await termsAndCosts(model, logPrior);
    for (const [name, values] of Object.entries(brute)) expectClose(terms[name].data, values);
  },
);

test("labelled rows first, each with its label alone, train as rows in any order with all classes", async () => {
  const data = { ...x, labels };
  const plan = labelledPlan(labels, { labelled: 2, unlabelled: 2 });
  const run = async (options: Partial<SemiSupervisedOptions>): Promise<Record<string, NdArray>> => {
    const model = semiSupervised({ ...small, ...options });
    const optimizer = sgd({ learningRate: 0.05 });
    await train(model, data, {
      steps: 3,
      plan,
      optimizer,
      validation: 0,
      seed: 2,
      progress: "silent",
    });
    return model.readWeights();
  };
  const any = await run({});
  const sorted = await run({ rows: { labelled: 2, unlabelled: 2 } });
  const eager = await run({ rows: { labelled: 2, unlabelled: 2 }, engine: "eager" });
  const start = await semiSupervised(small).readWeights();
  for (const [name, { data: values }] of Object.entries(sorted)) {
    expectClose(values, any[name].data, { rtol: 1e-3, atol: 1e-5 });
    expectClose(values, eager[name].data, { rtol: 1e-3, atol: 1e-5 });
    expect(values).not.toEqual(start[name].data);
  }
});

test("unlabelled rows where labelled ones belong end the run in a sentence", async () => {
  const model = semiSupervised({ ...small, rows: { labelled: 2, unlabelled: 2 } });
  const plan = mixed([{ rows: [0, 1, 2, 3, 4, 5], count: 4 }]);
  const run = train(
    model,
    { ...x, labels: labels.map(() => -1) },
    { steps: 2, plan, validation: 0, progress: "silent" },
  );
  expect((await run).message).toContain(
    "train with plan: labelledPlan(labels, { labelled: 2, unlabelled: 2 })",
  );
});

test("a balanced plan has as many labelled rows of each class, whatever there are", () => {
  const many = [0, 0, 0, 0, 0, 0, 1, -1, -1, -1, -1, -1];
  const plan = labelledPlan(many, { labelled: 4, unlabelled: 2, balanced: true });
  const order = plan.order({
    indices: Int32Array.from(many, (_, i) => i),
    batchSize: 6,
    labels: many,
    random: new Random(1),
  });
  for (let batch = 0; batch < order.batches; batch++) {
    const found = [...order.indices(0, batch)].map((row) => many[row]);
    expect(found).toEqual([0, 0, 1, 1, -1, -1]);
  }
  expect(() => labelledPlan(many, { labelled: 3, unlabelled: 2, balanced: true })).toThrow(
    "labelledPlan: labelled must be a multiple of the number of classes (2) to be balanced, got 3",
  );
  expect(() => labelledPlan([0, 1], { labelled: 1, unlabelled: 1 })).toThrow(
    "labelledPlan: labels must be known for some examples and -1 for others, got no -1",
  );
});

test("it classifies, samples a class, and loads as it was saved", async () => {
  const model = semiSupervised({ ...small, rows: { labelled: 2, unlabelled: 2 }, inject: "film" });
  await train(
    model,
    { ...x, labels },
    {
      steps: 2,
      plan: labelledPlan(labels, { labelled: 2, unlabelled: 2 }),
      validation: 0,
      progress: "silent",
    },
  );
  const directory = await emptyFolder();
  await model.save(directory);
  const loaded = await loadSemiSupervised(directory);
  expect(loaded.options).toEqual(model.options);
  expect(Object.keys(model.variables)).toContain("latents/z/prior/kernel");
  const standard = semiSupervised({ ...small, prior: "standard" });
  expect(Object.keys(standard.variables)).not.toContain("latents/z/prior/kernel");
  const { labels: found, logProbabilities } = await classify(model, x);
  expect(logProbabilities.shape).toEqual([6, 3]);
  expect((await classify(loaded, x)).labels).toEqual(found);
  const sums = [0, 1, 2].map((y) => Math.exp(logProbabilities.data[y]));
  expect(sums.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  expect((await loaded.sample(2, { label: 1, seed: 1 })).data).toEqual(
    (await model.sample(2, { label: 1, seed: 1 })).data,
  );
});

test("what needs to know the class is refused without it, and options are checked", async () => {
  const model = semiSupervised(small);
  await expect(model.encode(x)).rejects.toThrow("encode: label or labels must be given");
  await expect(model.encode(x, { labels })).rejects.toThrow(
    "encode: labels must be integers in [0, 3), got -1 at 2",
  );
  expect((await model.loss(x, { labels })).terms["unlabelled"]).toBeGreaterThan(0);
  const refused =
    (bad: object): (() => unknown) =>
    () =>
      semiSupervised({ ...small, ...bad });
  expect(refused({ classes: 1 })).toThrow(
    "semiSupervised: classes must be an integer at least 2, got 1",
  );
  expect(refused({ classPrior: [0.5, 0.4, 0.2] })).toThrow(
    "classPrior must be 3 numbers that are 1 in all",
  );
  expect(refused({ rows: { labelled: 2 } })).toThrow("rows.unlabelled must be an integer");
  expect(
    refused({
      network: { encoder: model.networks["encoder"], decoder: model.networks["decoder"] },
    }),
  ).toThrow(
    "semiSupervised: network must hold an encoder, a decoder and a classifier, got encoder, decoder",
  );
});

test("M1+M2 classifies and samples through the codes of another model, and loads as it was", async () => {
  const m1 = cvae({
    image,
    latent: 3,
    condition: { none: { kind: "class", classes: 1 } },
    drop: 1,
    network: { kind: "mlp", hidden: [6] },
    seed: 1,
  });
  const m2 = semiSupervised({
    ...small,
    image: [3],
    likelihood: { kind: "gaussian", standardize: true },
  });
  const both = stacked({ m1, m2 });
  const options = { steps: 2, batchSize: 4, validation: 0, progress: "silent" } as const;
  await train(m1, { ...x, condition: { none: null } }, options);
  const codes = await both.codes({ ...x, labels });
  expect(codes.shape).toEqual([6, 3]);
  await train(m2, codes, options);
  const found = await both.classify(x);
  expect(found.labels).toEqual((await classify(m2, await m1.encode(x))).labels);
  const drawn = await both.sample(2, { label: 1, seed: 1 });
  expect(drawn.shape).toEqual([2, ...image]);
  const directory = await emptyFolder();
  await both.save(directory);
  const loaded = await loadStacked(directory);
  expect((await loaded.sample(2, { label: 1, seed: 1 })).data).toEqual(drawn.data);
  expect(() => stacked({ m1, m2: semiSupervised(small) })).toThrow(
    "stacked: image of m2 must be the shape of m1's codes [3], got [4, 4, 1]",
  );
});
