/** @file What one step does, against numbers computed by hand. */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import type { Columns } from "../src/step/columns.ts";
import type { Trainable } from "../src/step/trainable.ts";
import { compile } from "../src/runner/program.ts";
import { resolvePhases } from "../src/training/phases.ts";
import { gradientsProgram } from "../src/training/stepProgram.ts";
import { train } from "../src/training/train.ts";
import { plainDescent, valuesOf } from "./support/plainTrainables.ts";

const scalarVariable = (value: number): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor1d([value])));
const column = (values: readonly number[]) => ({
  data: Float32Array.from(values),
  shape: [values.length],
});
const perExample = { shape: [], dtype: "float32" } as const;
const oneStep = { progress: "silent", validation: 0, steps: 1, logEvery: 1 } as const;

interface Duel {
  readonly fake: tf.Tensor;
}

/**
 * A generator g, which gives `g x`, against a critic d, which gives `d y`: the critic wants `(d g x - 1)^2` small, the generator
 * `(d g x)^2 + 3 g`, one after the other, each at the other's value from before.
 */
function duel(options: Partial<Trainable<Duel>> = {}): Trainable<Duel> {
  const variables = { "generator/g": scalarVariable(2), "critic/d": scalarVariable(0.5) };
  const state = { "state/seen": scalarVariable(0) };
  const { "generator/g": g, "critic/d": d } = variables;
  const judged = ({ fake }: Duel): tf.Tensor => tf.mul(fake, d);
  return {
    kind: "duel",
    columns: { x: perExample },
    variables,
    state,
    pass: ({ x }) => ({ fake: tf.mul(x, g) }),
    phases: [
      {
        name: "generate",
        terms: (pass) => ({
          realism: tf.square(judged(pass)),
          size: tf.mul(tf.onesLike(pass.fake), g),
        }),
        weights: { size: 3 },
      },
      {
        name: "judge",
        trains: (name) => name.startsWith("critic/"),
        optimizer: plainDescent(0.1),
        terms: (pass) => ({ surprise: tf.square(tf.sub(judged(pass), 1)) }),
      },
    ],
    ...options,
  };
}

describe.each(["eager", "native"] as const)("on the engine %s", (engine) => {
  test("both phases of an adversary take their gradients at the values from before the step", async () => {
    const trainable = duel();
    const data = { x: column([1, 2]) };
    const { history } = await train(trainable, data, {
      ...oneStep,
      engine,
      batchSize: 2,
      optimizer: plainDescent(0.01),
    });
    // x^2 is 2.5 in the mean and x 1.5. With g = 2 and d = 0.5:
    // generate: d/dg of 2.5 (d g)^2 + 3 g is 5 d^2 g + 3 = 5.5; judge: d/dd of mean (d g x - 1)^2 is 2 (2.5 d g^2 - 1.5 g) = 4.
    const values = valuesOf(trainable);
    expectClose(values["generator/g"], [2 - 0.01 * 5.5]);
    expectClose(values["critic/d"], [0.5 - 0.1 * 4]);
    expect(values["state/seen"]).toEqual([0]);
    const [{ loss, terms }] = history.steps;
    expectClose(
      [loss, terms["realism"], terms["size"], terms["judge.loss"], terms["judge.surprise"]],
      [2.5 + 6, 2.5, 2, 0.5, 0.5],
    );
  });

  test("afterStep sees the pass from before the updates and is the last to assign", async () => {
    const trainable = duel({
      afterStep({ fake }) {
        const { variables, state = {} } = trainable;
        // The pass has g = 2; the variable is already moved.
        state["state/seen"].assign(
          tf.add(tf.sum(fake, 0, true), tf.mul(100, variables["generator/g"])),
        );
      },
    });
    const data = { x: column([1, 2]) };
    const optimizer = plainDescent(0.01);
    await train(trainable, data, { ...oneStep, engine, batchSize: 2, optimizer });
    expectClose(valuesOf(trainable)["state/seen"], [6 + 100 * 1.945]);
  });

  test("moving averages of batch normalization count once however many passes there are", async () => {
    const network = tfl.sequential();
    network.add(tfl.layers.batchNormalization({ inputShape: [1], momentum: 0.9 }));
    const weights = (names: readonly string[]) =>
      Object.fromEntries(
        network.layers[0].weights
          .filter(({ originalName }) => names.some((name) => originalName.includes(name)))
          .map((weight) => [`norm/${weight.originalName}`, weight.read() as tf.Variable]),
      );
    const scale = scalarVariable(1);
    const trainable: Trainable<tf.Tensor> = {
      kind: "normalized",
      columns: { x: { shape: [1], dtype: "float32" } },
      variables: { ...weights(["gamma", "beta"]), "other/scale": scale },
      state: weights(["moving"]),
      pass: ({ x }: Columns, { training }) => network.apply(x, { training }) as tf.Tensor,
      phases: [
        { name: "first", terms: (y) => ({ square: tf.reshape(tf.square(y), [-1]) }) },
        {
          name: "second",
          trains: (name) => name === "other/scale",
          terms: (y) => ({ scaled: tf.reshape(tf.square(tf.sub(tf.mul(y, scale), 1)), [-1]) }),
        },
      ],
      afterStep: () => undefined,
    };
    const data = { x: { data: Float32Array.from([1, 3, 5, 7]), shape: [4, 1] } };
    await train(trainable, data, {
      ...oneStep,
      engine,
      batchSize: 4,
      optimizer: plainDescent(0.1),
    });
    const moved = Object.fromEntries(
      Object.entries(valuesOf(trainable)).map(([name, [value]]) => [
        name.replace(/.*moving_/, ""),
        value,
      ]),
    );
    // From 0 and 1 a tenth of the way to the batch's mean 4 and variance 5, once.
    expectClose([moved["mean"], moved["variance"]], [0.4, 1.4]);
    network.dispose();
  });
});

test("a phase that may move nothing still reports its terms, and its variables stay", async () => {
  const trainable = duel();
  const { history } = await train(
    trainable,
    { x: column([1, 2]) },
    {
      ...oneStep,
      engine: "eager",
      batchSize: 2,
      trains: (name) => name.startsWith("critic/"),
    },
  );
  const values = valuesOf(trainable);
  expect(values["generator/g"]).toEqual([2]);
  expectClose(values["critic/d"], [0.5 - 0.1 * 4]);
  expectClose([history.steps[0].terms["realism"]], [2.5]);
});

test("the passes of two phases are one in the compiled step", async () => {
  const matrix = (rows: number, columns: number): tf.Variable =>
    tf.tidy(() => tf.variable(tf.ones([rows, columns])));
  const variables = { "a/w": matrix(3, 4), "b/v": matrix(4, 1) };
  const { "a/w": w, "b/v": v } = variables;
  const product = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.matMul(x, y);
  const trainable: Trainable<tf.Tensor> = {
    kind: "shared",
    columns: { x: { shape: [3], dtype: "float32" } },
    variables,
    pass: ({ x }) => product(x, w),
    phases: [
      { name: "a", terms: (h) => ({ size: tf.sum(tf.square(h), 1) }) },
      {
        name: "b",
        trains: (name) => name === "b/v",
        terms: (h) => ({ value: tf.reshape(tf.square(product(h, v)), [-1]) }),
      },
    ],
  };
  const phases = resolvePhases(trainable, { optimizer: plainDescent(1) });
  const program = gradientsProgram({ trainable: trainable, phases });
  const compiled = compile(program);
  const text = Buffer.from(await compiled.toOnnx({ batch: 5 })).toString("latin1");
  compiled.dispose();
  // x w once, its gradient, h v, its gradient; a pass of its own for each phase would make five.
  // A node's type is field 4 of its message, and its name may have the word too.
  const count = (type: string): number =>
    text.split(`"${String.fromCharCode(type.length)}${type}`).length - 1;
  expect(count("MatMul") + count("Gemm")).toBe(4);
});

test("terms are weighted by examples before the mean over the batch", async () => {
  const trainable = duel();
  const data = { x: column([1, 2]), weights: [2, 0] };
  const { history } = await train(trainable, data, {
    ...oneStep,
    engine: "eager",
    batchSize: 2,
    optimizer: plainDescent(0.01),
  });
  // Only x = 1 counts, twice over two.
  expectClose([history.steps[0].terms["realism"]], [1]);
  expectClose(valuesOf(trainable)["generator/g"], [2 - 0.01 * (2 * 0.25 * 2 + 3)]);
});

type Bad = readonly [string, (good: Trainable<Duel>) => Partial<Trainable<Duel>>, string];

test.each<Bad>([
  [
    "a variable in two phases",
    ({ phases }) => ({ phases: [...phases, { ...phases[1], name: "again" }] }),
    "train: a variable must belong to one phase, got critic/d in judge and again",
  ],
  [
    "two phases that leave their variables open",
    ({ phases: [first] }) => ({ phases: [first, { ...first, name: "other" }] }),
    "train: at most one phase may leave open which variables it trains, got generate and other",
  ],
  [
    "phases of one name",
    ({ phases: [first, second] }) => ({ phases: [first, { ...second, name: "generate" }] }),
    "train: phases must have different names, got generate, generate",
  ],
  ["no phase", () => ({ phases: [] }), "train: a duel must have a phase, got none"],
  [
    "a term of another shape",
    () => ({ phases: [{ name: "p", terms: ({ fake }) => ({ a: tf.mean(fake) }) }] }),
    "train: a term must have the shape [2], one value per example (or be { ofBatch: scalar }), got a of the shape []",
  ],
  [
    "a figure of the batch that is no scalar",
    () => ({ phases: [{ name: "p", terms: ({ fake }) => ({ a: { ofBatch: fake } }) }] }),
    "train: a figure of the batch must be a scalar, got a of the shape [2]",
  ],
  [
    "a weight without a term",
    ({ phases: [first] }) => ({ phases: [{ ...first, weights: { typo: 2 } }] }),
    "train: a weight must belong to a term (realism, size), got one of typo",
  ],
  [
    "a loss that depends on nothing",
    () => ({ phases: [{ name: "p", terms: () => ({ a: tf.ones([2]) }) }] }),
    "train: the loss of phase p must depend on one of its variables, got one that depends on none",
  ],
  [
    "a variable that says it is not trained",
    ({ variables }) => {
      variables["critic/d"].trainable = false;
      return {};
    },
    "train: variables must be trainable, got critic/d, which is not; it belongs into state",
  ],
  [
    "a name that checkpoints need",
    ({ variables }) => ({ variables: { ...variables, "average/x": scalarVariable(0) } }),
    "train: names of variables must not begin with optimizer, average, best, history, got average/x",
  ],
])("%s is refused in a sentence", async (_, change, message) => {
  const good = duel();
  const trainable = { ...good, ...change(good) };
  const options = { ...oneStep, engine: "eager", batchSize: 2 } as const;
  await expect(train(trainable, { x: column([1, 2]) }, options)).rejects.toThrow(message);
});
