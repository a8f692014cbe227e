import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { adam, diagnose, elbo, registerSymptom, sgd, train } from "../src/index.ts";
import type { EpochRecord, History, Objective, StepRecord } from "../src/index.ts";
import type { ExaminedRun, Symptom } from "../src/diagnosis/symptom.ts";
import { divergence } from "../src/diagnosis/symptoms/divergence.ts";
import { learningRate } from "../src/diagnosis/symptoms/learningRate.ts";
import { overfitting } from "../src/diagnosis/symptoms/overfitting.ts";
import { bars, smallModel as modelOf } from "./support/models.ts";
import type { SmallModel, SmallOptions } from "./support/models.ts";

/** The bars are grey; that they are binarized is chosen. */
const smallModel = (options: SmallOptions = {}): SmallModel =>
  modelOf({ likelihood: { kind: "bernoulli", binarize: "dynamic" }, ...options });

/** A history of these distortions, one logged step per epoch, with a rate of 1. */
function historyOf(training: readonly number[], held: readonly number[] = []): History {
  const steps = training.map((distortion, step): StepRecord => ({
    step,
    epoch: step,
    loss: distortion + 1,
    terms: { distortion, rate: 1 },
  }));
  const epochs = training.map((distortion, epoch): EpochRecord => {
    const validation = held[epoch];
    return {
      epoch,
      step: epoch + 1,
      training: { loss: distortion + 1, distortion },
      ...(validation === undefined
        ? {}
        : { validation: { loss: validation + 1, distortion: validation } }),
    };
  });
  return { steps, epochs };
}

/** What a symptom that looks at the history alone says. */
async function signOf(symptom: Symptom, history: History) {
  // 100 examples, a standard deviation of 10 between them.
  const evaluation = {
    elbo: { mean: -21, standardError: 1 },
    distortion: { mean: 20, standardError: 1 },
  };
  const figures = await symptom.measure({
    ...{ history, evaluation, rows: { count: 100 }, model: { objective: elbo(), levels: {} } },
    collapse: () => Promise.resolve({ gain: { mean: 1, standardError: 1 } }),
  } as unknown as ExaminedRun);
  return figures && symptom.judge(figures);
}

const falling = Array.from({ length: 40 }, (_, i) => 20 + 80 * Math.exp(-i / 8));

test("a loss that falls calmly shows neither leaps nor divergence", async () => {
  expect(await signOf(learningRate, historyOf(falling))).toBeUndefined();
  expect(await signOf(divergence, historyOf(falling))).toBeUndefined();
});

test.each([
  ["rises above its start", falling.map((value, i) => (i > 0 && i < 6 ? 400 : value))],
  ["leaps late", falling.map((value, i) => (i > 29 && i < 34 ? value + 60 : value))],
])("a loss that %s shows a learning rate that is too high", async (_, training) => {
  const sign = await signOf(learningRate, historyOf(training));
  expect(sign?.severity).toBe("wrong");
  expect(sign?.evidence).toMatch(/rose|leapt/);
});

test("a term that is not finite is named with its step", async () => {
  const history = historyOf([...falling.slice(0, 5), NaN]);
  expect((await signOf(divergence, history))?.evidence).toMatch(/at step 5; the loss was 101/);
});

test("held-out distortions that rise again while those of training fall are overfitting", async () => {
  const held = falling.map((value, i) => value + i);
  expect((await signOf(overfitting, historyOf(falling, held)))?.evidence).toMatch(/rose from/);
  expect(await signOf(overfitting, historyOf(falling, falling))).toBeUndefined();
});

test("without validation the examples given are compared with those of training", async () => {
  const below = falling.map((value) => value - 30); // held out: 20, from -10 in training
  expect((await signOf(overfitting, historyOf(below)))?.evidence).toMatch(
    /held-out negative ELBO is 21.00 nats/,
  );
  expect(await signOf(overfitting, historyOf(falling))).toBeUndefined();
});

const symptomsOf = async (...given: Parameters<typeof diagnose>): Promise<string[]> =>
  (await diagnose(...given)).findings.map(({ symptom }) => symptom);

test("a short sound training shows nothing, and says what was looked for", async () => {
  const model = smallModel();
  const { history } = await train(model, bars(256), {
    steps: 200,
    batchSize: 32,
    optimizer: adam({ learningRate: 0.01 }),
    progress: "silent",
  });
  const diagnosis = await diagnose(model, bars(64), history);
  expect(diagnosis.findings).toEqual([]);
  expect(String(diagnosis)).toMatch(/^Nothing found of: divergence, learning rate too high, KL/);
  expect(diagnosis.figures["posterior collapse"]["rate"]).toBeGreaterThan(0.1);
});

test("a training that diverged is diagnosed like others, from the weights before and the history", async () => {
  const model = smallModel();
  const { history, stopped } = await train(model, bars(256), {
    steps: 200,
    batchSize: 32,
    optimizer: sgd({ learningRate: 1e6 }),
    progress: "silent",
  });
  expect(stopped).toBe("diverged");
  const { findings } = await diagnose(model, bars(64), history);
  expect(findings[0].symptom).toBe("divergence");
  expect(findings[0].evidence).toMatch(/^a term was not finite at step \d+/);
});

test("of a model whose weights are not finite divergence alone is said", async () => {
  const model = smallModel();
  const kernel = model.allVariables["encoder/features/kernel"];
  kernel.assign(tf.mul(kernel, NaN));
  const { findings, figures } = await diagnose(model, bars(64));
  expect(findings.map(({ symptom }) => symptom)).toEqual(["divergence"]);
  expect(Object.keys(figures)).toEqual(["divergence"]);
  expect(findings[0].evidence).toBe("-log p(x|z) of held-out examples is not finite");
});

test("units that died are a learning rate that was too high", async () => {
  const model = smallModel();
  const history = historyOf(falling, falling);
  expect(await symptomsOf(model, bars(64), history)).not.toContain("learning rate too high");
  const bias = model.allVariables["decoder/dense1/bias"];
  bias.assign(tf.sub(bias, 1e3));
  const { findings } = await diagnose(model, bars(64), history);
  const found = findings.find(({ symptom }) => symptom === "learning rate too high");
  expect(found?.evidence).toMatch(/exactly the same for all examples/);
});

test("latents that say next to nothing are counted by what the others say", async () => {
  const model = smallModel({ latent: 8 });
  expect(await symptomsOf(model, bars(64))).not.toContain("unused latents");
  const kernel = model.allVariables["encoder/features/kernel"]; // [16, 16]: eight means, then log variances
  kernel.assign(tf.mul(kernel, tf.mul(10, tf.cast(tf.less(tf.range(0, 16), 3), "float32"))));
  const { findings, figures } = await diagnose(model, bars(64));
  const found = findings.find(({ symptom }) => symptom === "unused latents");
  expect(found?.severity).toBe("note");
  const { needed, units } = figures["unused latents"];
  expect(units).toBe(8);
  expect(needed).toBeLessThanOrEqual(3);
  expect(needed).toBeGreaterThan(0);
});

test("a weight of the divergence as large as the number of values is found, and the collapse that it makes", async () => {
  const model = smallModel({ weights: { rate: 64 } });
  await train(model, bars(256), {
    steps: 100,
    batchSize: 32,
    optimizer: adam({ learningRate: 0.01 }),
    progress: "silent",
  });
  const { findings } = await diagnose(model, bars(64));
  expect(findings.map(({ symptom }) => symptom)).toEqual([
    "KL weight off by the number of values",
    "posterior collapse",
  ]);
  expect(findings[0].figures).toEqual({ values: 64, weight: 64 });
});

test("an objective whose distortion is a mean over values is found by its size", async () => {
  const means: Objective = {
    ...elbo(),
    terms(model, pass, context) {
      const { distortion, ...terms } = elbo().terms(model, pass, context);
      return { ...terms, distortion: tf.div(distortion, 64) };
    },
  };
  const { figures } = await diagnose(smallModel({ objective: means }), bars(64));
  const { weight } = figures["KL weight off by the number of values"];
  expect(Math.abs(weight / 64 - 1)).toBeLessThan(0.1);
});

test("grey values under a Bernoulli are wrong as they are, worth a note where nobody chose, and no word where somebody did", async () => {
  const { shape } = bars(32);
  const grey = { data: Float32Array.from({ length: 32 * 64 }, (_, i) => (i % 10) / 10), shape };
  const of = async (binarize?: "none" | "dynamic") => {
    const likelihood =
      binarize === undefined ? "bernoulli" : ({ kind: "bernoulli", binarize } as const);
    const { findings } = await diagnose(smallModel({ likelihood }), grey);
    return findings.find(({ symptom }) => symptom === "grey values under a Bernoulli")?.severity;
  };
  expect([await of("none"), await of(), await of("dynamic")]).toEqual(["wrong", "note", undefined]);
  expect(await symptomsOf(smallModel(), bars(32))).not.toContain("grey values under a Bernoulli");
});

test("latents far wider than the prior are found, those of a fresh model are not", async () => {
  const model = smallModel();
  expect(await symptomsOf(model, bars(32))).not.toContain("exploding variance");
  const kernel = model.allVariables["encoder/features/kernel"];
  kernel.assign(tf.mul(kernel, 30));
  const { figures } = await diagnose(model, bars(32));
  expect(figures["exploding variance"]["aggregated"]).toBeGreaterThan(10);
  expect(await symptomsOf(model, bars(32))).toContain("exploding variance");
});

test("symptoms of one's own join the table, names are taken once", async () => {
  const own: Symptom = {
    measure: ({ rows }) => ({ count: rows.count }),
    judge: ({ count }) =>
      count < 10 ? { severity: "note", evidence: `${count} examples`, advice: "more" } : undefined,
  };
  registerSymptom("few examples", own);
  expect(await symptomsOf(smallModel(), bars(4))).toContain("few examples");
  expect(await symptomsOf(smallModel(), bars(40), undefined, { limit: 20 })).not.toContain(
    "few examples",
  );
  expect(() => {
    registerSymptom("few examples", { ...own });
  }).toThrow("must be new");
});
