/** What people get wrong is said in one sentence that names the function they called. */
import { balanced, train, type NdArray } from "@elbo/core";
import { beforeAll, expect, test } from "vitest";
import * as cvaePackage from "../src/index.ts";

const {
  classify,
  classifyByBound,
  complete,
  completionVae,
  cvae,
  labelLeakage,
  labelledPlan,
  loadStacked,
  priorByClass,
  semiSupervised,
  stacked,
} = cvaePackage;
const network = { kind: "mlp", hidden: [4] } as const;
const shared = { image: [4, 4, 1], latent: 2, network, seed: 1 };
const count = 6;
const x = {
  data: Float32Array.from({ length: count * 16 }, (_, i) => ((7 * i) % 11) / 11),
  shape: [count, 4, 4, 1],
};
const labels = Int32Array.of(0, 1, 2, 0, 1, 2);
const labelled = { ...x, labels };
const model = cvae({ ...shared, classes: 3 });
const both = cvae({
  ...shared,
  condition: { label: { kind: "class", classes: 3 }, angle: { kind: "real" } },
});
const m2 = semiSupervised({ ...shared, classes: 3 });
const completing = completionVae({ ...shared, features: 4 });
const judge = {
  predict: ({ shape }: NdArray): Promise<NdArray> =>
    Promise.resolve({ data: new Int32Array(shape[0]), shape: [shape[0]] }),
};
const rows = { labelled: 1, unlabelled: 1 };
const parts = { train: labelled, test: labelled, classifier: judge };
const short = { data: Float32Array.of(1, 0), shape: [4, 4] };
const drawn = { prior: undefined as unknown };
const withNone = (condition: unknown) => completing.sample(2, { condition } as object);

beforeAll(async () => {
  drawn.prior = await priorByClass(model, labelled, { components: 1, draws: 20 });
});

test.each<[() => unknown, string]>([
  [() => classify(undefined as never, x), "classify: model must be a model of the kind semi-sup"],
  [
    () => classify(model, x),
    "classify: model must be a model of the kind semi-supervised, got a cvae",
  ],
  [() => classify(m2, null as never), "classify: examples must be"],
  [() => classify(m2, x, { seed: 1 } as object), "classify: options must be among engine, device"],
  [
    () => classifyByBound({} as never, x),
    "classifyByBound: model must be a model of the kind cvae or",
  ],
  [() => classifyByBound(both, x), "classifyByBound: angle of the condition must be given"],
  [() => classifyByBound(model, null as never), "classifyByBound: examples must be"],
  [
    () => classifyByBound(model, x, { condition: { label: 1 } }),
    "classifyByBound: condition must have columns besides the label",
  ],
  [
    () => classifyByBound(model, x, { condition: [] as never }),
    "classifyByBound: condition must be a record by column, got []",
  ],
  [
    () => classifyByBound(model, x, { classPrior: [0.5, 0.5, 0.5] }),
    "classifyByBound: classPrior must be 3 numbers that are 1 in all, got [0.5, 0.5, 0.5]",
  ],
  [() => labelLeakage(model, undefined as never), "labelLeakage: options must be an object"],
  [
    () => labelLeakage(model, { ...parts, train: undefined as never }),
    "labelLeakage: train must be { data, shape, labels }, got undefined",
  ],
  [
    () => labelLeakage(model, { ...parts, classifier: (() => 1) as never }),
    "labelLeakage: classifier must be an object with predict(x)",
  ],
  [() => labelLeakage(model, { ...parts, seed: "a" as never }), "labelLeakage: seed must be"],
  [
    () => labelLeakage(model, { ...parts, train: { ...labelled, shape: [count, 16] } }),
    "labelLeakage: x must have the shape [n, 4, 4, 1], got [6, 16]",
  ],
  [
    () => labelledPlan(5 as never, rows),
    "labelledPlan: labels must be a list of integers, -1 or null",
  ],
  [() => labelledPlan([0.5, -1], rows), "where nobody knows, got 0.5 at 0"],
  [() => labelledPlan([NaN, -1], rows), "where nobody knows, got NaN at 0"],
  [
    () => priorByClass(both, labelled),
    'priorByClass: model must have a class label as its only condition, got a cvae with "label, angle"',
  ],
  [
    () => priorByClass(model, null as never),
    "priorByClass: examples must be { data, shape, labels }",
  ],
  [
    () => priorByClass(model, labelled, { components: 50, draws: 10 }),
    "priorByClass: components must be an integer from 1 to 9, got 50",
  ],
  [
    () => (drawn.prior as { sample(n: number): unknown }).sample(0),
    "sample: count must be an integer",
  ],
  [
    () => complete(model, x, { mask: "left" }),
    "complete: model must be a model of the kind completion-vae or completion-baseline, got a cvae",
  ],
  [
    () => complete(completing, x, { mask: short }),
    "complete: mask must have 16 values, as its shape says, got 2",
  ],
  [
    () => complete(completing, { ...x, data: x.data.map(() => NaN) }, { mask: "left" }),
    "complete: values of x must lie in [0, 1], got NaN at 0",
  ],
  [
    () =>
      complete(completing, { ...x, data: x.data.map((value) => 255 * value) }, { mask: "left" }),
    "complete: values of x must lie in [0, 1]",
  ],
  [() => complete(completing, { ...x, data: x.data.slice(5) }, { mask: "left" }), "complete: "],
  [
    () => withNone(null),
    'sample: condition must be a record of mask and observed, such as { mask: "left" }, got null',
  ],
  [() => withNone("left"), "sample: condition must be a record of mask and observed"],
  [
    () => withNone({ mask: "left", observed: "x" }),
    "sample: observed of the condition must be { data, shape }",
  ],
  [
    () => stacked({} as never),
    "stacked: m2 must be a model of the kind semi-supervised, got undefined",
  ],
  [() => stacked({ m1: "m1" as never, m2 }), 'stacked: m1 must be a model with latents, got "m1"'],
  [() => loadStacked(undefined as never), "loadStacked: directory must be a path, as a string"],
  [
    () => cvae({ ...shared, condition: null as never }),
    "cvae: condition must be a record of at least one column",
  ],
  [
    () => cvae({ ...shared, classes: 3, network: (() => 3) as never }),
    "createNetworks: network must be a record of layers models",
  ],
  [
    () => cvaePackage.conditionRecord({ columns: {}, dorp: 1 } as never),
    "conditionRecord: options must be among columns, drop, seed",
  ],
  [
    () => cvaePackage.conditionalGaussian(-1, 2),
    "conditionalGaussian: latent must be an integer at least 1",
  ],
  [
    () => train(model, { ...labelled, weights: new Float32Array(count) }, { steps: 1 }),
    "train: weights must be above 0 for some example, got 0 for all 6",
  ],
])("%s is refused", async (call, message) => {
  await expect(Promise.resolve().then(call)).rejects.toThrow(message);
});

test.each([
  [
    { angle: [1e300, 1, 1, 1, 1, 1] },
    "train: angle must be finite numbers of 32 bits, got 1e+300 at 0",
  ],
  [
    { angle: { data: [1, 2], shape: [count] } },
    "train: angle must have as many values as its shape says, got 2 of [6]",
  ],
  [new Int32Array(count), "train: condition must be a record by column"],
])("training with the condition %j is refused", async (condition, message) => {
  const told = ArrayBuffer.isView(condition) ? condition : { ...condition, label: labels };
  await expect(train(both, { ...x, condition: told }, { steps: 1 })).rejects.toThrow(message);
});

test("labels that nobody knows are null as well as -1", async () => {
  const known = [0, 1, 2, null, null, null];
  const options = { steps: 1, validation: 0, progress: "silent" } as const;
  const plan = labelledPlan(known, { labelled: 3, unlabelled: 3 });
  const told = semiSupervised({ ...shared, classes: 3, rows: { labelled: 3, unlabelled: 3 } });
  const { stopped } = await train(told, { ...x, labels: known }, { ...options, plan });
  expect(stopped).toBe("finished");
  await train(m2, { ...x, labels: known }, { ...options, batchSize: 4, plan: balanced() });
});

test("images of 64 bits are completed as those of 32", async () => {
  const options = { mask: "left", seed: 3 } as const;
  const wanted = await complete(completing, x, options);
  const got = await complete(
    completing,
    { ...x, data: Float64Array.from(x.data) as never },
    options,
  );
  expect(got.data).toEqual(wanted.data);
});

test("what a mask hides is never looked at", async () => {
  const data = x.data.map((value, i) => (i % 4 < 2 ? value : NaN));
  const got = await complete(completing, { ...x, data }, { mask: "left" });
  expect(got.data.every(Number.isFinite)).toBe(true);
  expect(got.data[1]).toBe(x.data[1]);
});
