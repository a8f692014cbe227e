import { emptyFolder, expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  createLikelihood,
  createModel,
  elbo,
  evaluate,
  gaussian,
  linear,
  loadModel,
  mlp,
  reparameterized,
  train,
} from "../src/index.ts";
import type {
  Distribution,
  Evaluation,
  LatentModel,
  Latents,
  ModelKind,
  Networks,
} from "../src/index.ts";
import { bars } from "./support/models.ts";

const log: string[] = [];

/** Gaussian latents with everything optional that a scheme can have. */
function fullScheme(): Latents {
  const base = reparameterized({ size: 2, posterior: gaussian });
  const count = tf.tidy(() => tf.variable(tf.scalar(0), false));
  const center = tf.tidy(() => tf.variable(tf.zeros([2]), false));
  return {
    ...base,
    state: { count, center },
    stateParameters: 2,
    schedules: { capacity: linear({ from: 0, to: 10, steps: 10 }) },
    terms: (posterior, z, context) => ({
      ...base.terms(posterior, z, context),
      capacity: tf.mul(tf.onesLike(tf.sum(posterior.mean(), 1)), context.scalars["capacity"]),
      spread: tf.mean(tf.sum(tf.square(z), 2), 0),
    }),
    afterStep(posterior: Distribution) {
      count.assign(tf.add(count, 1));
      center.assign(tf.mean(posterior.mean(), 0));
    },
    initialize: {
      examples: 20,
      from(features) {
        log.push(`initialized with ${features.length} values`);
        tf.tidy(() => {
          center.assign(tf.tensor1d(features.slice(0, 2)));
        });
      },
    },
  };
}

function make(networks?: Networks): LatentModel {
  const example = { x: createLikelihood("bernoulli", [8, 8, 1]) };
  const latents = fullScheme();
  return createModel({
    kind: "full",
    options: {},
    example,
    latents,
    networks: networks ?? mlp({ example, latents, hidden: [8], seed: 3 }),
    objective: elbo({ weights: { capacity: 0, spread: linear({ from: 0, to: 0.1, steps: 5 }) } }),
    seed: 3,
    compute: { engine: "eager" },
  });
}

const options = { batchSize: 10, progress: "silent", logEvery: 1, validation: 0 } as const;

test("schedules reach the terms, weights may be scheduled, and the state moves with every step", async () => {
  log.length = 0;
  const model = make();
  const { history } = await train(model, bars(60), { ...options, epochs: 2 });
  expect(log).toEqual(["initialized with 80 values"]);
  expect(history.steps.map(({ terms }) => terms["capacity"])).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10,
  ]);
  const { loss, terms } = history.steps[11];
  const expected = terms["distortion"] + terms["rate"] + 0.1 * terms["spread"];
  expect(loss).toBeCloseTo(expected, 3);
  expect(history.steps[0].loss).toBeCloseTo(
    history.steps[0].terms["distortion"] + history.steps[0].terms["rate"],
    3,
  );
  const weights = await model.readWeights();
  expect([...weights["latents/z/count"].data]).toEqual([12]);
  expect(model.parameterCount).toBe(64 * 8 + 8 + 8 * 4 + 4 + 2 * 8 + 8 + 8 * 64 + 64 + 2);
});

test("the state is the same on the compiled engine", async () => {
  const eager = make();
  await train(eager, bars(60), { ...options, epochs: 2 });
  const native = make();
  await train(native, bars(60), { ...options, epochs: 2, engine: "native" });
  const expected = await eager.readWeights();
  const actual = await native.readWeights();
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  expect(actual["latents/z/count"].data[0]).toBe(12);
  // Twelve steps of Adam multiply the rounding of the two engines; an update that differs is off by 1e-3 or more.
  for (const [name, { data }] of Object.entries(expected))
    expectClose(actual[name].data, data, { rtol: 1e-3, atol: 2e-4 });
});

test("the state survives a checkpoint, and a resumed run does not initialize again", async () => {
  const directory = await emptyFolder();
  const checkpoint = { directory };
  log.length = 0;
  await train(make(), bars(60), { ...options, epochs: 1, checkpoint });
  const resumed = make();
  await train(resumed, bars(60), { ...options, epochs: 2, checkpoint });
  expect(log).toHaveLength(1);
  const straight = make();
  await train(straight, bars(60), { ...options, epochs: 2 });
  expect(await resumed.readWeights()).toEqual(await straight.readWeights());
});

test("the state is saved and loaded with the weights", async () => {
  const directory = await emptyFolder();
  const model = make();
  await train(model, bars(60), { ...options, epochs: 1 });
  await model.save(directory);
  const kind: ModelKind<LatentModel> = { kind: "full", build: (_, networks) => make(networks) };
  const loaded = await loadModel(directory, kind);
  expect(await loaded.readWeights()).toEqual(await model.readWeights());
});

test("evaluation reports the scheme's other terms by name", async () => {
  const evaluation: Evaluation<string> = await evaluate(make(), bars(10), { samples: 2 });
  expect(Object.keys(evaluation)).toEqual([
    "elbo",
    "distortion",
    "rate",
    "nll",
    "activeUnits",
    "mse",
    "capacity",
    "spread",
  ]);
});

test("a model without a prior says so when it is sampled", async () => {
  const base: { -readonly [Key in keyof Latents]: Latents[Key] } = {
    ...reparameterized({ size: 2, posterior: gaussian }),
  };
  delete base.prior;
  const example = { x: createLikelihood("bernoulli", [8, 8, 1]) };
  const without = (noPrior?: string): LatentModel => {
    const latents = { ...base, ...(noPrior === undefined ? {} : { noPrior }) };
    const networks = mlp({ example, latents, seed: 0 });
    return createModel({ kind: "mute", options: {}, example, latents, networks });
  };
  await expect(without().sample(1)).rejects.toThrow(
    "sample: the model must have a prior, got a mute without",
  );
  await expect(without("sample: fit a code prior first").sample(1)).rejects.toThrow(
    "sample: fit a code prior first",
  );
});
