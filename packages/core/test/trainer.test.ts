/** @file Runs of `train` with a model: what they report, when they end, what the model holds then. */
import * as tf from "@tensorflow/tfjs-core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { adam, linear, train } from "../src/index.ts";
import type { TrainingStatus, TrainOptions } from "../src/index.ts";
import { bars, smallModel } from "./support/models.ts";
import type { SmallModel } from "./support/models.ts";
import { line, points, valuesOf } from "./support/plainTrainables.ts";

const data = bars(100);
const quiet = {
  progress: "silent",
  batchSize: 10,
  optimizer: adam({ learningRate: 0.01 }),
} as const;

const weightsOf = async (model: SmallModel): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    Object.entries(await model.readWeights()).map(([name, { data: values }]) => [
      name,
      [...values],
    ]),
  );

const trained = async (options: Partial<TrainOptions> = {}) => {
  const model = smallModel();
  // How fast it went is no part of what must be equal.
  const { examplesPerSecond, report, ...result } = await train(model, data, {
    ...quiet,
    epochs: 2,
    ...options,
  });
  expect(report?.engine ?? "eager").toBe("eager");
  const weights = await weightsOf(model);
  model.dispose();
  return { result, weights, examplesPerSecond };
};

test("training lowers the loss and reports every tenth step and every epoch's end", async () => {
  const { result, examplesPerSecond } = await trained({ epochs: 6 });
  const { steps, epochs } = result.history;
  expect(result.stopped).toBe("finished");
  expect(result.step).toBe(54);
  expect(steps.map(({ step }) => step)).toEqual([0, 8, 10, 17, 20, 26, 30, 35, 40, 44, 50, 53]);
  expect(epochs.map(({ step }) => step)).toEqual([9, 18, 27, 36, 45, 54]);
  expect(Object.keys(steps[0].terms)).toEqual(["distortion", "rate"]);
  expect(steps[0].loss).toBeCloseTo(steps[0].terms["distortion"] + steps[0].terms["rate"], 4);
  const [first, last] = [
    epochs[0].validation ?? { loss: NaN },
    epochs[5].validation ?? { loss: NaN },
  ];
  expect(last["elbo"]).toBeGreaterThan(first["elbo"] + 3);
  expect(last["elbo"]).toBeCloseTo(-last.loss, 6);
  // 34 of the 54 steps are timed.
  expect(examplesPerSecond).toBeGreaterThan(100);
  expect(examplesPerSecond).toBeLessThan(1e7);
});

test("runs too short to be timed report no speed", async () => {
  const { examplesPerSecond } = await trained({ epochs: 2 });
  expect(examplesPerSecond).toBeUndefined();
});

test("the same seed gives the same bytes, another seed others", async () => {
  const first = await trained();
  const second = await trained();
  const other = await trained({ seed: 9 });
  expect(second).toEqual(first);
  expect(other.weights).not.toEqual(first.weights);
});

test("a finished run can be made longer and equals the long run", async () => {
  const directory = await emptyFolder();
  await trained({ epochs: 1, checkpoint: { directory } });
  const longer = await trained({ epochs: 3, checkpoint: { directory } });
  const straight = await trained({ epochs: 3 });
  expect(longer.result).toEqual(straight.result);
  expect(longer.weights).toEqual(straight.weights);
});

test.each([
  [{ batchSize: 20 }, "train: batchSize must be that of the checkpoint in .* \\(10\\).*, got 20"],
  [{ seed: 3 }, "train: seed must be"],
  [{ optimizer: adam() }, "train: optimizer must be"],
  [{ clipNorm: 1 }, "train: clipNorm must be"],
  [{ validation: 0.2 }, "train: validation must be"],
  [{ microBatches: 2 }, "train: microBatches must be"],
  [{ startStep: 3 }, "train: startStep must be"],
  [{ trains: (name: string) => name.startsWith("decoder/") }, "train: phases must be"],
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
  const other = smallModel({ weights: { rate: 4 } });
  await expect(train(other, data, options)).rejects.toThrow(
    /train: (objective|phases) must be that of the checkpoint/,
  );
});

test("early stopping gives the model its best weights", async () => {
  const seen: Record<string, number[]>[] = [];
  const values: number[] = [];
  const model = smallModel();
  const result = await train(model, data, {
    ...quiet,
    epochs: 60,
    optimizer: adam({ learningRate: 0.2 }),
    earlyStopping: { patience: 2 },
    callbacks: {
      onEpoch: async (_, { validation }) => {
        seen.push(await weightsOf(model));
        values.push(validation?.loss ?? NaN);
      },
    },
  });
  expect(result.stopped).toBe("early");
  const best = values.indexOf(Math.min(...values));
  expect(values.length).toBe(best + 4);
  expect(await weightsOf(model)).toEqual(seen[best]);
  model.dispose();
});

test("early stopping watches what is trained, at the weights that terms have in the end", async () => {
  // With a weight of 0.001 the rate rises and the ELBO falls, while what is trained still gets better.
  const model = smallModel({ weights: { rate: linear({ from: 0, to: 0.001, steps: 20 }) } });
  const { history, stopped } = await train(model, data, {
    ...quiet,
    epochs: 12,
    earlyStopping: { patience: 0 },
  });
  const figures = history.epochs.map(({ validation }) => validation ?? { loss: NaN });
  for (const { loss, distortion, rate } of figures)
    expectClose([loss], [distortion + 0.001 * rate]);
  expect(stopped).toBe("finished");
  const elbos = figures.map(({ elbo }) => elbo);
  expect(Math.max(...elbos)).toBeGreaterThan(elbos[11]);
  const losses = figures.map(({ loss }) => loss);
  expect(Math.min(...losses)).toBe(losses[11]);
  model.dispose();
});

test("early stopping can watch another figure, which is to rise if it is the ELBO", async () => {
  const options = { epochs: 3, earlyStopping: { watch: "elbo", patience: 0 } };
  const { result } = await trained(options);
  expect(result.stopped).toBe("finished");
  const falling = await trained({
    ...options,
    earlyStopping: { ...options.earlyStopping, goal: "min" },
  });
  expect(falling.result.stopped).toBe("early");
  await expect(trained({ earlyStopping: { watch: "typo" } })).rejects.toThrow(
    'train: earlyStopping.watch must be a figure of the validation (loss, elbo, distortion, rate), got "typo"',
  );
});

test("weight averages follow their formula and do not disturb training", async () => {
  const options = { ...quiet, validation: 0, batchSize: 12, logEvery: 1 } as const;
  const plain = line();
  const average: Record<string, number[]> = valuesOf(plain);
  const { history } = await train(plain, points(12), {
    ...options,
    steps: 6,
    callbacks: {
      // On the eager engine variables are up to date after every step.
      onStep: ({ step }) => {
        const decay = Math.min(0.9, step / (9 + step));
        for (const [name, values] of Object.entries(valuesOf(plain))) {
          average[name] = values.map((v, i) => decay * average[name][i] + (1 - decay) * v);
        }
      },
    },
  });
  const averaged = line();
  const other = await train(averaged, points(12), { ...options, steps: 6, ema: 0.9 });
  expect(other.history.steps).toEqual(history.steps);
  for (const [name, values] of Object.entries(valuesOf(averaged))) {
    expectClose(values, average[name]);
  }
});

test("a value that is not finite ends training, names step and term, and leaves good weights", async () => {
  const { result, weights } = await trained({
    epochs: 40,
    optimizer: adam({ learningRate: 1e20 }),
    logEvery: 1,
  });
  expect(result.stopped).toBe("diverged");
  expect(result.message).toMatch(
    /^train: (distortion|rate|loss) must be finite at every step, got (NaN|Infinity|-Infinity) at step \d+; the model holds the weights of step 0/,
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
      onStep: (status, record) => {
        calls.push(`${status.step}${record === undefined ? "" : "!"}`);
        if (status.step === 4) status.stop();
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
  await train(model, data, { ...quiet, epochs: 1, ema: 0.99, earlyStopping: {}, microBatches: 2 });
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

test("only a part of a model is trained where trains says so, and the rest stays to the byte", async () => {
  const model = smallModel();
  const before = await weightsOf(model);
  await train(model, data, { ...quiet, epochs: 1, trains: (name) => name.startsWith("decoder/") });
  const after = await weightsOf(model);
  for (const [name, values] of Object.entries(after)) {
    if (name.startsWith("decoder/")) expect(values).not.toEqual(before[name]);
    else expect(values).toEqual(before[name]);
  }
  model.dispose();
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
  [{ validation: 1 }, "train: validation must be a finite number at least 0 and below 1, or"],
  [{ clipNorm: NaN }, "train: clipNorm must be a finite number above 0, got NaN"],
  [{ ema: 1 }, "train: ema must be a finite number at least 0 and below 1, got 1"],
  [{ logEvery: 1.5 }, "train: logEvery must be an integer at least 1, got 1.5"],
  [{ optimizer: "adam" }, "train: optimizer must be one that adam(), adamW() or sgd() made"],
  [{ plan: "balanced" }, "train: plan must be a plan that uniform(), balanced() or mixed() made"],
  [
    { validation: 0, earlyStopping: {} },
    "train: validation must be above 0 for earlyStopping, got 0",
  ],
  [{ progress: "loud" }, 'train: progress must be one of "auto", "lines", "silent"'],
  [{ learningRate: 1 }, "train: options must be among epochs, steps, validation"],
  [
    { checkpoint: { directory: "" } },
    'train: checkpoint.directory must be a path, as a string, got ""',
  ],
])("bad options are refused: %o", async (bad, message) => {
  const model = smallModel();
  const options = { ...quiet, epochs: 1, ...bad } as TrainOptions;
  await expect(train(model, data, options)).rejects.toThrow(message);
  model.dispose();
});

test.each([
  [{ data: new Uint8Array(0), shape: [0, 8, 8, 1] }, "must be at least one, got 0"],
  [{ data: new Uint8Array(49), shape: [1, 7, 7, 1] }, "must have the shape [n, 8, 8, 1]"],
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

test.each(["eager", "native"] as const)(
  "a model trained for 2 + 2 epochs equals one trained for 4, to the byte (%s)",
  async (engine) => {
    const [parts, whole] = [smallModel(), smallModel()];
    for (let i = 0; i < 2; i++) await train(parts, data, { ...quiet, engine, epochs: 2 });
    await train(whole, data, { ...quiet, engine, epochs: 4 });
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
    expect(parts.step).toBe(36);
    parts.dispose();
    whole.dispose();
  },
);

test("the loss of a model is that of its present step, so a warm-up is not taken for a weight of 0", async () => {
  const model = smallModel({ weights: { rate: linear({ from: 0, to: 1, steps: 18 }) } });
  const before = await model.loss(data);
  expect(before.total).toBeCloseTo(before.terms["distortion"], 6);
  await train(model, data, { ...quiet, epochs: 2 });
  const after = await model.loss(data);
  expect(after.total).toBeCloseTo(after.terms["distortion"] + after.terms["rate"], 4);
  model.dispose();
});

test.each(["native", "eager"] as const)(
  "weights that are read and written between epochs leave the optimizer's moments alone, on %s",
  async (engine) => {
    const left = [];
    for (const isTouched of [false, true]) {
      const model = smallModel();
      const onEpoch = async (): Promise<void> => {
        if (isTouched) await model.writeWeights(await model.readWeights());
      };
      await train(model, data, { ...quiet, engine, epochs: 3, callbacks: { onEpoch } });
      left.push(await weightsOf(model));
      model.dispose();
    }
    expect(left[1]).toEqual(left[0]);
  },
);

test.each(["native", "eager"] as const)(
  "weights that are written in the middle of an epoch leave averages alone, on %s",
  async (engine) => {
    const left = [];
    for (const isRead of [true, false]) {
      const model = smallModel();
      const start = await model.readWeights();
      const onStep = async ({ step }: TrainingStatus): Promise<void> => {
        if (step !== 13) return;
        if (isRead) await model.readWeights(); // brings all variables up to date
        await model.writeWeights(start);
      };
      const options = { ...quiet, engine, ema: 0.9, callbacks: { onStep } };
      await train(model, data, { ...options, epochs: 2 });
      left.push(await weightsOf(model));
      model.dispose();
    }
    expect(left[1]).toEqual(left[0]);
  },
);
