/** @file Steps that are handed over ahead: what they leave must be what steps one at a time leave. */
import { emptyFolder } from "@elbo/test-utils";
import { beforeAll, describe, expect, test } from "vitest";
import { adam, train } from "../src/index.ts";
import type { TrainOptions } from "../src/index.ts";
import { Random } from "../src/random/random.ts";
import { line, points, valuesOf } from "./support/plainTrainables.ts";

/** So wide that its step is no brief one, which runs where it is called. */
const size = 16_384;
const count = 96;

const x = new Float32Array(count * size);
const y = new Float32Array(count);
const data = { x: { data: x, shape: [count, size] }, y: { data: y, shape: [count] } };

beforeAll(() => {
  new Random(1).fillNormalInto(x);
  new Random(2).fillNormalInto(y);
});

const options = {
  progress: "silent",
  validation: 0,
  batchSize: 16,
  optimizer: adam({ learningRate: 0.001 }),
  seed: 3,
} as const;

/** The weights and the numbers that a run leaves. */
async function left(engine: "native" | "eager", more: Partial<TrainOptions> = {}) {
  const trainable = line({ size });
  const length = more.steps === undefined ? { epochs: 5 } : {};
  const { history, step, stopped } = await train(trainable, data, {
    ...options,
    ...length,
    engine,
    ...more,
  });
  const values = valuesOf(trainable);
  trainable.dispose();
  return { history, step, stopped, values };
}

/** Looks at every step, so that none is handed over before the last is over. */
const oneAtATime = { callbacks: { onStep: () => undefined } };

describe.each(["native", "eager"] as const)("on the engine %s", (engine) => {
  const runs: [string, Partial<TrainOptions>][] = [
    ["all of them logged", { logEvery: 1 }],
    ["some of them logged", { logEvery: 4 }],
    ["batches in parts", { microBatches: 2 }],
    ["averages of weights", { ema: 0.9 }],
  ];
  test.each(runs)("steps handed over ahead leave the same bytes: %s", async (_, more) => {
    const expected = await left(engine, { ...more, ...oneAtATime });
    expect(expected.history.steps.length).toBeGreaterThan(4);
    expect(await left(engine, more)).toEqual(expected);
  });

  test("checkpoints between epochs are of their step, and a resumed run ends with the same bytes", async () => {
    const directory = await emptyFolder();
    const expected = await left(engine, oneAtATime);
    const checkpoint = { directory, everySteps: 4 };
    let epochs = 0;
    const onEpoch = (): void => {
      if (++epochs === 2) throw new Error("enough"); // at step 12, before its checkpoint: the last one is of step 8
    };
    await expect(left(engine, { checkpoint, callbacks: { onEpoch } })).rejects.toThrow("enough");
    const resumed = await left(engine, { checkpoint });
    expect(resumed.values).toEqual(expected.values);
    expect(resumed.step).toBe(expected.step);
  });

  test("whoever stops a run at any moment finds the variables as its steps left them", async () => {
    let stop = (): void => undefined;
    const stopping = left(engine, {
      epochs: 400,
      callbacks: {
        onEpoch: (status) => {
          stop = () => {
            status.stop();
          };
        },
      },
    });
    const timer = setInterval(() => {
      stop();
    }, 30);
    const { step, stopped, values } = await stopping;
    clearInterval(timer);
    expect(stopped).toBe("stopped");
    const again = await left(engine, { steps: step });
    expect(again.values).toEqual(values);
  });

  test("a signal ends a run between steps that it counts", async () => {
    const abort = new AbortController();
    const trainable = line({ size });
    const running = train(trainable, data, {
      ...options,
      engine,
      epochs: 400,
      signal: abort.signal,
    });
    setTimeout(() => {
      abort.abort();
    }, 60);
    const { step, stopped } = await running;
    const values = valuesOf(trainable);
    trainable.dispose();
    expect(stopped).toBe("aborted");
    expect((await left(engine, { steps: step })).values).toEqual(values);
  });

  test("training goes on to the byte after the writer of progress threw between two steps", async () => {
    const data = points(2000);
    const more = { ...options, batchSize: 1, engine };
    const [whole, broken] = [line(), line()];
    await train(whole, data, { ...more, epochs: 1 });
    const write = (text: string): void => {
      if (text.startsWith("\r")) throw new Error("the terminal is gone");
    };
    const progress = { write, isTerminal: true }; // writes every tenth of a second
    const failing = train(broken, data, { ...more, epochs: 1, progress });
    await expect(failing).rejects.toThrow("the terminal is gone");
    const left = 2000 - (broken.step ?? 0);
    if (left > 0) await train(broken, data, { ...more, steps: left });
    expect(valuesOf(broken)).toEqual(valuesOf(whole));
    whole.dispose();
    broken.dispose();
  });
});
