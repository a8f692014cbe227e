import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import {
  bernoulliLikelihood,
  categoricalLikelihood,
  createModel,
  gaussian,
  gaussianLikelihood,
  mlp,
  Random,
  reparameterized,
  train,
} from "../src/index.ts";
import type { LatentModel, NdArray, Prior } from "../src/index.ts";
import { bars, smallModel } from "./support/models.ts";

type Records = Readonly<Record<string, NdArray>>;

/** Two columns of a table: a number and a choice of three. */
function table(): LatentModel<NdArray, never, Records> {
  const example = {
    size: gaussianLikelihood([], { scale: 0.5 }),
    kind: categoricalLikelihood([], { classes: 3 }),
  };
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [8], seed: 1 });
  return createModel({
    kind: "table",
    options: {},
    example,
    latents,
    networks,
    compute: { engine: "eager" },
  });
}

const rows = {
  size: { data: Float32Array.of(0.1, 2, -1, 0.5), shape: [4] },
  kind: { data: Int32Array.of(0, 2, 1, 1), shape: [4] },
};

test("a model of several columns takes and gives records by column", async () => {
  const model = table();
  const shown = await model.reconstruct(rows);
  expect(
    Object.entries(shown).map(([name, { data, shape }]) => [name, data.constructor.name, shape]),
  ).toEqual([
    ["size", "Float32Array", [4]],
    ["kind", "Int32Array", [4]],
  ]);
  const drawn = await model.sample(200, { draw: true, seed: 1 });
  expect(new Set(drawn["kind"].data)).toEqual(new Set([0, 1, 2]));
  expect(await model.sample(200, { draw: true, seed: 1 })).toEqual(drawn);
  const code = await model.encode(rows);
  expect(await model.decode(code)).toEqual(shown);
});

test("the distortion of several columns is the sum of theirs", async () => {
  const model = table();
  const { distortion } = await model.score(rows, { seed: 1 });
  const weights = await model.readWeights();
  for (const { data } of Object.values(weights)) data.fill(0);
  await model.writeWeights(weights);
  const flat = await model.score(rows, { seed: 1 });
  const expected = Float64Array.from(
    rows.size.data,
    (x) => 0.5 * Math.log(2 * Math.PI * 0.25) + x ** 2 / (2 * 0.25) + Math.log(3),
  );
  expectClose(flat.distortion, expected);
  expect(flat.distortion).not.toEqual(distortion);
});

test.each<[string, unknown, string]>([
  [
    "one array",
    rows.size,
    "encode: examples must be a record of arrays by column (size, kind), got one array",
  ],
  [
    "another number of rows",
    { ...rows, kind: { data: Int32Array.of(0), shape: [1] } },
    "encode: all columns must have as many examples as size (4), got 1 of kind",
  ],
  ["a column that there is not", { ...rows, sise: rows.size }, 'got "sise"'],
  [
    "a column less",
    { size: rows.size },
    "encode: kind must be a tf.Tensor or { data, shape }, got undefined",
  ],
  [
    "a choice that there is not",
    { ...rows, kind: { data: Int32Array.of(0, 1, 2, 3), shape: [4] } },
    "encode: values of kind must be integers in [0, 3), got 3 at 3",
  ],
])("columns with %s are refused", async (_, given, message) => {
  await expect(table().encode(given as typeof rows)).rejects.toThrow(message);
});

/** Two levels: the fine one is inferred from the example and the coarse one's draw. */
function twoLevels(): LatentModel<Records> {
  const dense = (inputs: number, units: number): tfl.LayersModel =>
    tfl.sequential({
      layers: [
        tfl.layers.dense({
          inputShape: [inputs],
          units,
          kernelInitializer: tfl.initializers.glorotNormal({ seed: inputs + units }),
        }),
      ],
    });
  const scheme = (size: number): ReturnType<typeof reparameterized> =>
    reparameterized({ size, posterior: gaussian });
  return createModel({
    kind: "two",
    options: {},
    example: { x: bernoulliLikelihood([8, 8, 1]) },
    latents: { coarse: scheme(2), fine: scheme(3) },
    networks: { top: dense(64, 4), bottom: dense(66, 6), decoder: dense(5, 64) },
    compute: { engine: "eager" },
    infer(model, { x }, context) {
      const flat = tf.reshape(x, [x.shape[0], 64]);
      const coarse = model.infer("coarse", model.apply("top", flat, { context }), context);
      const joined = tf.concat([flat, tf.squeeze(tf.slice(coarse.z, 0, 1), [0])], 1);
      return {
        coarse,
        fine: model.infer("fine", model.apply("bottom", joined, { context }), context),
      };
    },
    generate: (model, { coarse, fine }, context) =>
      model.apply("decoder", tf.concat([coarse, fine], 1), { context }),
  });
}

test("a model of several levels gives and takes codes by level, and its terms carry their names", async () => {
  const model = twoLevels();
  const { data, shape } = bars(3);
  const x = { data, shape };
  const codes = await model.encode(x);
  expect(Object.entries(codes).map(([name, code]) => [name, code.shape])).toEqual([
    ["coarse", [3, 2]],
    ["fine", [3, 3]],
  ]);
  expect((await model.decode(codes)).data).toEqual((await model.reconstruct(x)).data);
  const { terms, rate, elbo, distortion } = await model.score(x, { samples: 4 });
  expect(Object.keys(terms)).toEqual(["distortion", "coarse.rate", "fine.rate"]);
  const rates = terms["coarse.rate"].map((value, i) => value + terms["fine.rate"][i]);
  expectClose(rate ?? [], rates);
  expectClose(
    elbo ?? [],
    distortion.map((value, i) => -(value + rates[i])),
  );
  expect((await model.sample(4)).shape).toEqual([4, 8, 8, 1]);
  const { coarse } = await model.posterior(x, { draws: 2 });
  expect(coarse["draws"].shape).toEqual([3, 2, 2]);
  await expect(model.traverse(bars(1))).rejects.toThrow("latents must be one vector, got 2 levels");
  await expect(model.decode({ coarse: codes["coarse"], fien: codes["fine"] })).rejects.toThrow(
    'decode: codes must be a record by level (coarse, fine), got "fien"',
  );
  const path = await model.interpolate(x, x, { steps: 2 });
  expect(path.shape).toEqual([3, 2, 8, 8, 1]);
});

test("a prior given to sample draws the codes, and its number of codes is checked", async () => {
  const model = smallModel();
  const asked: unknown[] = [];
  const prior: Prior = {
    kind: "fixed",
    sample(count, options) {
      asked.push(count, options);
      return Promise.resolve({ data: new Float32Array(2 * count).fill(0.5), shape: [count, 2] });
    },
  };
  const images = await model.sample(3, { prior, seed: 4, temperature: 0.7 });
  const code = { data: new Float32Array(6).fill(0.5), shape: [3, 2] };
  expect(images.data).toEqual((await model.decode(code)).data);
  expect(asked).toMatchObject([3, { seed: 4, temperature: 0.7 }]);
  const short: Prior = { ...prior, sample: () => prior.sample(1) };
  await expect(model.sample(3, { prior: short })).rejects.toThrow(
    "sample: prior must give 3 codes, got 1",
  );
  await expect(model.sample(3, { temperature: 0.5 })).rejects.toThrow(
    "sample: temperature must come with a prior that has one",
  );
});

test("draws from a Bernoulli are zeros and ones of the mean's frequency", async () => {
  const model = smallModel();
  const mean = await model.reconstruct(bars(1));
  const x = { data: new Uint8Array(64 * 500), shape: [500, 8, 8, 1] };
  for (let i = 0; i < 500; i++) x.data.set(bars(1).data, 64 * i);
  const { data } = await model.reconstruct(x, { draw: true });
  expect(data.every((value) => value === 0 || value === 1)).toBe(true);
  let share = 0;
  for (let i = 0; i < 500; i++) share += data[64 * i + 10] / 500;
  const p = mean.data[10];
  expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 500));
});

test("importance-weighted likelihoods do not depend on how the draws are batched, and grow with them", async () => {
  const model = smallModel({ likelihood: "gaussian" });
  const x = bars(6);
  const mean = (values: Float64Array = new Float64Array(6)): number =>
    values.reduce((sum, value) => sum + value, 0) / 6;
  const few = await model.score(x, { samples: 2 });
  const many = await model.score(x, { samples: 48 });
  expect(mean(many.logLikelihood)).toBeGreaterThan(mean(few.logLikelihood) - 0.5);
  expect(mean(many.logLikelihood)).toBeGreaterThan(mean(many.elbo));
  const prime = await model.score(x, { samples: 7 });
  expectClose([mean(prime.distortion)], [mean(many.distortion)], { rtol: 0.05 });
});

test("a network of the model runs alone, on rows as they are", async () => {
  const model = smallModel();
  const x = bars(3);
  const features = await model.run("encoder", x);
  expect(features.shape).toEqual([3, 4]);
  const { mean } = await model.posterior(x);
  const means = [0, 1, 2].flatMap((i) => [...features.data.subarray(4 * i, 4 * i + 2)]);
  expectClose(means, mean.data);
  await expect(model.run("critic", x)).rejects.toThrow(
    'run: network must be one of "encoder", "decoder", got "critic"',
  );
});

test("random numbers of another seed give another score, those of the same seed the same", async () => {
  const model = smallModel();
  const x = {
    data: Float32Array.from({ length: 64 }, () => new Random(3).uniform()),
    shape: [1, 8, 8, 1],
  };
  const one = await model.score(x, { seed: 1 });
  expect(await model.score(x, { seed: 1 })).toEqual(one);
  expect((await model.score(x, { seed: 2 })).distortion).not.toEqual(one.distortion);
});

test("a likelihood that learnt after the model was used keeps what it learnt", async () => {
  const example = { x: gaussianLikelihood([2], { standardize: true }) };
  const latents = reparameterized({ size: 1, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [8], seed: 1 });
  const model = createModel({
    kind: "t",
    options: {},
    example,
    latents,
    networks,
    compute: { engine: "native" },
  });
  const data = {
    data: Float32Array.from({ length: 200 }, (_, i) => 100 + (i % 7)),
    shape: [100, 2],
  };
  const early = { data: Float32Array.from({ length: 200 }, (_, i) => i % 7), shape: [100, 2] };
  await model.loss(early);
  await train(model, data, { epochs: 1, batchSize: 10, progress: "silent", validation: 0 });
  const weights = await model.readWeights();
  expect(weights["likelihood/x/shift"].data[0]).toBeGreaterThan(50);
});
