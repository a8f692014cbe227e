import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { adam, train, Trainer } from "../src/index.ts";
import type { LatentModel, TrainOptions } from "../src/index.ts";
import { bars, smallModel } from "./support/models.ts";

const data = bars(100);
const quiet = {
  progress: "silent",
  batchSize: 10,
  optimizer: adam({ learningRate: 0.01 }),
} as const;

const weightsOf = async (model: LatentModel): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    Object.entries(await model.readWeights()).map(([name, { data: values }]) => [
      name,
      [...values],
    ]),
  );

const trained = async (options: Partial<TrainOptions> = {}) => {
  const model = smallModel();
  // How fast it went is no part of what must be equal.
  const { imagesPerSecond, report, ...result } = await train(model, data, {
    ...quiet,
    epochs: 2,
    ...options,
  });
  expect(imagesPerSecond ?? 1).toBeGreaterThan(0);
  expect(report?.engine ?? "eager").toBe("eager");
  const weights = await weightsOf(model);
  model.dispose();
  return { result, weights };
};

test("training lowers the loss and reports every tenth step and every epoch's end", async () => {
  const { result } = await trained({ epochs: 6 });
  const { steps, epochs } = result.history;
  expect(result.stopped).toBe("finished");
  expect(result.steps).toBe(54);
  expect(steps.map(({ step }) => step)).toEqual([0, 8, 10, 17, 20, 26, 30, 35, 40, 44, 50, 53]);
  expect(epochs.map(({ step }) => step)).toEqual([9, 18, 27, 36, 45, 54]);
  expect(Object.keys(steps[0].terms)).toEqual(["distortion", "kl"]);
  expect(steps[0].loss).toBeCloseTo(steps[0].terms.distortion + steps[0].terms.kl, 4);
  expect(epochs[5].validation?.elbo).toBeGreaterThan((epochs[0].validation?.elbo ?? 0) + 3);
});

test("the same seed gives the same bytes, another seed others", async () => {
  const first = await trained();
  const second = await trained();
  const other = await trained({ seed: 9 });
  expect(second).toEqual(first);
  expect(other.weights).not.toEqual(first.weights);
});

test("a run resumed from its checkpoint equals the run that was not stopped", async () => {
  const whole = await emptyFolder();
  const halves = await emptyFolder();
  const options = { ema: 0.9, clipNorm: 5, earlyStopping: { patience: 9 } };
  const straight = await trained({ ...options, checkpoint: { directory: whole } });
  const abort = new AbortController();
  const first = await trained({
    ...options,
    checkpoint: { directory: halves, everySteps: 5 },
    signal: abort.signal,
    callbacks: { onStep: ({ step }) => step === 12 && abort.abort() },
  });
  expect(first.result.stopped).toBe("aborted");
  const second = await trained({ ...options, checkpoint: { directory: halves } });
  expect(second).toEqual(straight);
  const file = "checkpoint.safetensors";
  expect(await readFile(join(halves, file))).toEqual(await readFile(join(whole, file)));
});

test("a finished run can be made longer and equals the long run", async () => {
  const directory = await emptyFolder();
  await trained({ epochs: 1, checkpoint: { directory } });
  const longer = await trained({ epochs: 3, checkpoint: { directory } });
  expect(longer).toEqual(await trained({ epochs: 3 }));
});

test.each([
  [{ batchSize: 20 }, "train: batchSize must be that of the checkpoint in .* \\(10\\).*, got 20"],
  [{ seed: 3 }, "train: seed must be"],
  [{ optimizer: adam() }, "train: optimizer must be"],
  [{ clipNorm: 1 }, "train: clipNorm must be"],
  [{ validation: 0.2 }, "train: validation must be"],
])("a checkpoint of a run with other options is refused: %o", async (other, message) => {
  const directory = await emptyFolder();
  await trained({ epochs: 1, checkpoint: { directory } });
  await expect(trained({ epochs: 1, checkpoint: { directory }, ...other })).rejects.toThrow(
    new RegExp(message),
  );
});

test("a checkpoint of other data or another model is refused", async () => {
  const directory = await emptyFolder();
  const options = { ...quiet, epochs: 1, checkpoint: { directory } };
  await trained({ epochs: 1, checkpoint: { directory } });
  const model = smallModel();
  await expect(train(model, bars(100, 6), options)).rejects.toThrow("train: data must be");
  const other = smallModel({ weights: { kl: 4 } });
  await expect(train(other, data, options)).rejects.toThrow("train: objective must be");
});

test("early stopping gives the model its best weights", async () => {
  const seen: Record<string, number[]>[] = [];
  const values: number[] = [];
  const { result, weights } = await trained({
    epochs: 60,
    optimizer: adam({ learningRate: 0.2 }),
    earlyStopping: { patience: 2 },
    callbacks: {
      onEpoch: async ({ model }, { validation }) => {
        seen.push(await weightsOf(model));
        values.push(validation?.elbo ?? NaN);
      },
    },
  });
  expect(result.stopped).toBe("early");
  const best = values.indexOf(Math.max(...values));
  expect(values.length).toBe(best + 4);
  expect(weights).toEqual(seen[best]);
});

test("weight averages take the place of the weights in the end and do not disturb training", async () => {
  const plain = await trained();
  const averaged = await trained({ ema: 0.9 });
  expect(averaged.result.history.steps).toEqual(plain.result.history.steps);
  expect(averaged.weights).not.toEqual(plain.weights);
});

test("a value that is not finite ends training, names step and term, and leaves good weights", async () => {
  const { result, weights } = await trained({
    epochs: 40,
    optimizer: adam({ learningRate: 1e20 }),
    logEvery: 1,
  });
  expect(result.stopped).toBe("diverged");
  expect(result.message).toMatch(
    /^train: (distortion|kl|loss) must be finite at every step, got (NaN|Infinity|-Infinity) at step \d+; the model holds the weights of step 0$/,
  );
  expect(Object.values(weights).flat().every(Number.isFinite)).toBe(true);
});

test("the compiled step and the eager one agree over a whole run", async () => {
  const options = { ...quiet, epochs: 3, ema: 0.9, clipNorm: 50, seed: 3 };
  const eager = smallModel();
  await train(eager, data, options);
  const native = smallModel();
  const { report } = await train(native, data, { ...options, engine: "native" });
  expect(report?.engine).toBe("native");
  const expected = await weightsOf(eager);
  const actual = await weightsOf(native);
  for (const name of Object.keys(expected)) {
    // Rounding grows by Adam's division by small gradients.
    expectClose(actual[name], expected[name], { rtol: 1e-3, atol: 1e-4 });
  }
});

test("callbacks see every step and may stop training", async () => {
  const calls: string[] = [];
  const { result } = await trained({
    callbacks: {
      onStep: (context, record) => {
        calls.push(`${context.step}${record === undefined ? "" : "!"}`);
        if (context.step === 4) context.stop();
      },
      onEnd: ({ step, steps, epoch }) => calls.push(`end ${step}/${steps} ${epoch}`),
    },
  });
  expect(calls).toEqual(["1!", "2", "3", "4", "end 4/18 0"]);
  expect(result.stopped).toBe("stopped");
});

test("training frees all tensors but the model's", async () => {
  const model = smallModel();
  const before = tf.memory().numTensors;
  await train(model, data, { ...quiet, epochs: 1, ema: 0.99, earlyStopping: {} });
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

test("a model of labelled data trains its embedding and its prior", async () => {
  const model = smallModel({
    condition: { classes: 4, kind: "embedding", size: 3 },
    prior: "conditional",
  });
  const before = await weightsOf(model);
  await train(model, data, { ...quiet, epochs: 2 });
  const after = await weightsOf(model);
  for (const name of ["condition/0", "scheme/0", "scheme/1"]) {
    expect(after[name]).not.toEqual(before[name]);
  }
});

test.each<[Record<string, unknown>, string]>([
  [{ epochs: undefined }, "train: one of epochs and steps must be given, got neither"],
  [{ steps: 3 }, "train: one of epochs and steps must be given, got both"],
  [{ epochs: 0 }, "train: epochs must be an integer at least 1, got 0"],
  [{ batchSize: 0 }, "train: batchSize must be an integer at least 1, got 0"],
  [
    { batchSize: 91 },
    "train: batchSize must be at most the number of training examples (90), got 91",
  ],
  [{ validation: 1 }, "train: validation must be a finite number at least 0 and below 1, got 1"],
  [{ clipNorm: NaN }, "train: clipNorm must be a finite number above 0, got NaN"],
  [{ ema: 1 }, "train: ema must be a finite number at least 0 and below 1, got 1"],
  [{ logEvery: 1.5 }, "train: logEvery must be an integer at least 1, got 1.5"],
  [
    { validation: 0, earlyStopping: {} },
    "train: validation must be above 0 for earlyStopping, got 0",
  ],
  [{ progress: "loud" }, 'train: progress must be one of "auto", "lines", "silent"'],
  [{ learningRate: 1 }, "train: options must be among epochs, steps, batchSize"],
  [
    { checkpoint: { directory: "" } },
    'train: checkpoint.directory must be a path, as a string, got ""',
  ],
])("bad options are refused: %o", async (bad, message) => {
  const model = smallModel();
  const options = { ...quiet, epochs: 1, ...bad } as TrainOptions;
  await expect(async () => new Trainer(model, options).run(data)).rejects.toThrow(message);
  model.dispose();
});

test.each([
  [
    { data: new Uint8Array(0), shape: [0, 8, 8, 1] },
    "train: images must hold at least one example",
  ],
  [
    { data: new Uint8Array(49), shape: [1, 7, 7, 1] },
    "train: images must have the shape [n, 8, 8, 1]",
  ],
  [{ data: new Float32Array(64).fill(2), shape: [1, 8, 8, 1] }, "must lie in [0, 1], got 2 at 0"],
  [
    { data: new Float32Array(64).fill(NaN), shape: [1, 8, 8, 1] },
    "must lie in [0, 1], got NaN at 0",
  ],
])("bad data are refused", async (bad, message) => {
  const model = smallModel();
  await expect(train(model, bad, { ...quiet, epochs: 1 })).rejects.toThrow(message);
  model.dispose();
});

test("labels are checked before training", async () => {
  const model = smallModel({ condition: { classes: 3 } });
  await expect(train(model, data, { ...quiet, epochs: 1 })).rejects.toThrow(
    /train: labels must be integers in \[0, 3\), got 3 at \d+/,
  );
  const { data: pixels, shape } = data;
  await expect(train(model, { data: pixels, shape }, { ...quiet, epochs: 1 })).rejects.toThrow(
    "train: a model of labelled data needs labels, got undefined",
  );
  model.dispose();
});
