/** Guidance at sampling: formulas against samples of its two ends, in both spaces, compiled and eager. */
import { gaussian, mapExamples, type StepContext } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { cvae, type Cvae } from "../src/index.ts";

/** A model whose prior and decoder depend on the label. */
function makeModel(inject?: "film"): Cvae {
  const model = cvae({
    image: [6],
    latent: 2,
    classes: 3,
    drop: 0.3,
    ...(inject && { inject }),
    likelihood: { kind: "gaussian", scale: 0.5 }, // the decoder's output is the mean that is shown
    network: { kind: "mlp", hidden: [5] },
    seed: 2,
  });
  const assign = (name: string, shape: number[]): void => {
    const size = shape[0] * shape[1];
    model.allVariables[name].assign(
      tf.tensor2d(
        Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
        shape as [number, number],
      ),
    );
  };
  assign("latents/z/prior/kernel", [3, 4]);
  if (inject !== undefined) assign("decoder/dense1_shift/kernel", [3, 5]);
  return model;
}

const draw = async (model: Cvae, options: object): Promise<number[]> => [
  ...(await model.sample(4, { seed: 5, ...options })).data,
];

test.each([undefined, "film"] as const)(
  "in the space of logits it is l_none + w (l_told - l_none) of one z; 1 is the condition as it is (inject: %s)",
  async (inject) => {
    const model = makeModel(inject);
    const told = await draw(model, { label: 1 });
    expectClose(await draw(model, { label: 1, guidance: 1 }), told);
    const none = await draw(model, { label: 1, guidance: 0 });
    const wanted = none.map((value, i) => value + 2.5 * (told[i] - value));
    expectClose(await draw(model, { label: 1, guidance: 2.5 }), wanted);
    expectClose(await draw(model, { label: 1, guidance: 2.5, engine: "eager" }), wanted);
    expect(wanted).not.toEqual(told);
  },
);

/** A model whose decoder shows its latents as they are: `relu(z) - relu(-z)`. */
function showingLatents(prior: tf.Variable): Cvae {
  const model = cvae({
    image: [2],
    latent: 2,
    classes: 3,
    drop: 0.3,
    likelihood: { kind: "gaussian", scale: 1 },
    network: { kind: "mlp", hidden: [4] },
  });
  const zeros = Array.from({ length: 3 }, () => [0, 0, 0, 0]);
  const values = {
    "decoder/dense1/kernel": [[1, -1, 0, 0], [0, 0, 1, -1], ...zeros],
    "decoder/dense1/bias": [0, 0, 0, 0],
    "decoder/parameters/kernel": [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ],
    "decoder/parameters/bias": [0, 0],
  };
  for (const [name, value] of Object.entries(values)) {
    model.allVariables[name].assign(tf.tensor(value));
  }
  model.allVariables["latents/z/prior/kernel"].assign(prior);
  return model;
}

test("in the space of latents z is z_none + w (z_told - z_none) of the same noise", async () => {
  const kernel = makeModel().variables["latents/z/prior/kernel"];
  const model = showingLatents(kernel);
  const moments = (raw: number[]): { mean: Float32Array; deviation: Float32Array } => {
    const { mean, logVar } = gaussian.of(tf.tensor2d([raw])).parameters;
    const deviation = tf.exp(tf.mul(logVar, 0.5));
    return {
      mean: mean.dataSync() as Float32Array,
      deviation: deviation.dataSync() as Float32Array,
    };
  };
  const told = moments(((await kernel.array()) as number[][])[1].map((value) => 10 * value)); // the prior's speed
  const none = moments([0, 0, 0, 0]);
  const unled = await draw(model, { label: 1 });
  const led = await draw(model, { label: 1, guidance: { strength: 3, space: "latents" } });
  const wanted = unled.map((z, i) => {
    const noise = (z - told.mean[i % 2]) / told.deviation[i % 2];
    const without = none.mean[i % 2] + none.deviation[i % 2] * noise;
    return without + 3 * (z - without);
  });
  expectClose(led, wanted, { rtol: 1e-4, atol: 1e-4 });
});

test("mapExamples gives what a traced function makes of examples and condition, once for each", async () => {
  const x = { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [2, 6] };
  const model = makeModel();
  const run = (batch: Readonly<Record<string, tf.Tensor>>, context: StepContext) => ({
    sum: tf.sum(batch["x"], 1),
    condition: context.condition as tf.Tensor,
  });
  const { sum, condition } = await mapExamples(model, x, { name: "sums", labels: [2, 0], run });
  expect([...sum.data]).toEqual([15, 51]);
  expect([...condition.data]).toEqual([0, 0, 1, 1, 0, 0]);
  await expect(mapExamples(model, x, { name: "", run })).rejects.toThrow(
    "mapExamples: name must be a text",
  );
});

test.each([
  [
    { guidance: -1 },
    "sample: guidance must be a finite number at least 0, or an object of strength, space, got -1",
  ],
  [
    { guidance: { strength: 2, space: "pixels" } },
    "guidance must be a finite number at least 0, or an object",
  ],
])("sample refuses %j", async (bad, message) => {
  await expect(makeModel().sample(1, { label: 0, ...(bad as object) })).rejects.toThrow(message);
});
