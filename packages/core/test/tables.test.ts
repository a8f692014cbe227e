/** Likelihoods of cells: ordinal levels and missing cells, and what is made of them. */
import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { valuesOf } from "../src/data/columnSource.ts";
import {
  createModel,
  evaluate,
  gaussian,
  mlp,
  reparameterized,
  tableRows,
  train,
} from "../src/index.ts";
import type { LatentModel, NdArray, TableColumn } from "../src/index.ts";
import { categoricalLikelihood } from "../src/likelihoods/categorical.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import { logLikelihoodOf } from "../src/likelihoods/likelihood.ts";
import { ordinalLikelihood } from "../src/likelihoods/ordinal.ts";
import { tableExample } from "../src/likelihoods/tableColumns.ts";
import { withMissing } from "../src/likelihoods/withMissing.ts";
import { Random } from "../src/random/random.ts";
import { tableFidelity } from "../src/evaluation/tableFidelity.ts";
import { compute } from "./support/tensors.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe("ordinal levels", () => {
  test.each([2, 3, 6])(
    "have the probabilities of the proportional odds model, %i levels",
    (levels) => {
      const likelihood = ordinalLikelihood([], { levels });
      const positions = [-2.5, 0, 0.7];
      const actual = compute(() => likelihood.distribution(tf.tensor1d(positions)).mean());
      // At the start thresholds share the logistic equally: sigmoid(t_k) = (k + 1) / levels.
      const below = (k: number, m: number): number =>
        k < 0 ? 0 : k >= levels - 1 ? 1 : sigmoid(Math.log((k + 1) / (levels - k - 1)) - m);
      const expected = positions.flatMap((m) =>
        Array.from({ length: levels }, (_, k) => below(k, m) - below(k - 1, m)),
      );
      expectClose(actual, expected, { rtol: 1e-5 });
    },
  );

  test("far positions are certain of the outer levels, with finite slopes", () => {
    const likelihood = ordinalLikelihood([], { levels: 4 });
    const log = (m: tf.Tensor, k: number) =>
      logLikelihoodOf(likelihood, m, { values: tf.tensor1d([k], "int32"), columns: {} });
    const [low, high] = [
      compute(() => log(tf.tensor1d([-50]), 0)),
      compute(() => log(tf.tensor1d([50]), 3)),
    ];
    expectClose([low[0], high[0]], [0, 0]);
    const slope = compute(() => tf.grad((m: tf.Tensor) => tf.sum(log(m, 2)))(tf.tensor1d([-300])));
    expectClose(slope, [1]);
  });
});

describe("missing cells", () => {
  const cells: NdArray = { data: Float32Array.of(2, NaN, 6, NaN), shape: [4] };
  const learned = async () => {
    const likelihood = withMissing(gaussianLikelihood([], { scale: 1, standardize: true }));
    await likelihood.fit?.(valuesOf({ known: cells }, Int32Array.of(0, 1, 2, 3)));
    return likelihood;
  };
  const fed = (likelihood: Awaited<ReturnType<typeof learned>>): Float32Array => {
    const out = new Float32Array(4);
    const reader = likelihood.reader({ fn: "test", name: "x" }, cells);
    for (let index = 0; index < 4; index++) reader.fillRow(out, { at: index, index });
    return out;
  };

  test("do not count in means and deviations, and an encoder gets 0 and is told", async () => {
    const likelihood = await learned();
    const input = compute(() => likelihood.input?.of(tf.tensor1d(fed(likelihood))) as tf.Tensor);
    expectClose(input, [-1, 1, 0, 0, 1, 1, 0, 0]); // mean 4, deviation 2
  });

  test("cost nothing, and move nothing", async () => {
    const likelihood = await learned();
    const values = fed(likelihood);
    const log = (decoded: tf.Tensor) =>
      logLikelihoodOf(likelihood, decoded, { values: tf.tensor1d(values), columns: {} });
    const at = compute(() => log(tf.tensor1d([-1, 9, 1, 9])));
    const density = -0.5 * Math.log(2 * Math.PI) - Math.log(2);
    expectClose(at, [density, 0, density, 0]);
    const slopes = compute(() =>
      tf.grad((d: tf.Tensor) => tf.sum(log(d)))(tf.tensor1d([0, 9, 0, 9])),
    );
    expectClose(slopes, [-1, 0, 1, 0]);
  });

  test("are -1 in a column of choices", () => {
    const likelihood = withMissing(categoricalLikelihood([], { classes: 3 }));
    const out = new Int32Array(2);
    const values = { data: Int32Array.of(2, -1), shape: [2] };
    const reader = likelihood.reader({ fn: "test", name: "x" }, values);
    reader.fillRow(out, { at: 0, index: 0 });
    reader.fillRow(out, { at: 1, index: 1 });
    expect(out).toEqual(values.data);
    const input = compute(() => likelihood.input?.of(tf.tensor1d(out, "int32")) as tf.Tensor);
    expectClose(input, [0, 0, 1, 1, 0, 0, 0, 0]);
    expect(() => withMissing(categoricalLikelihood([2], { classes: 3 }))).toThrow(
      "withMissing: likelihood must be one of a single cell, shape [], got [2]",
    );
  });
});

/** Height decides weight and grade; a tenth of the cells of each is missing. */
function people(count: number, seed: number): Record<string, NdArray> {
  const random = new Random(seed);
  const height = new Float32Array(count);
  const weight = new Float32Array(count);
  const grade = new Int32Array(count);
  const noise = new Float32Array(3 * count);
  random.fillNormalInto(noise);
  for (let i = 0; i < count; i++) {
    const tall = noise[3 * i];
    height[i] = 170 + 10 * tall;
    weight[i] = 70 + 12 * tall + 2 * noise[3 * i + 1];
    grade[i] = tall + 0.3 * noise[3 * i + 2] > 0.5 ? 2 : tall > -0.5 ? 1 : 0;
  }
  return {
    height: { data: height, shape: [count] },
    weight: { data: weight, shape: [count] },
    grade: { data: grade, shape: [count] },
  };
}

const columns: readonly TableColumn[] = [
  { name: "height", kind: "real", missing: true },
  { name: "weight", kind: "real", missing: true },
  { name: "grade", kind: "ordinal", categories: ["low", "middle", "high"], missing: true },
];

function tableModel(): LatentModel<NdArray, never, Readonly<Record<string, NdArray>>> {
  const example = tableExample("test", columns);
  const latents = reparameterized({ size: 1, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [16], seed: 1 });
  return createModel({ kind: "table", options: {}, example, latents, networks, seed: 1 });
}

test("a table with missing cells is learned, and its cells are imputed better than by means", async () => {
  const whole = people(600, 1);
  const holes = Object.fromEntries(
    Object.entries(whole).map(([name, { data, shape }], column) => [
      name,
      {
        data: data.map((value, i) =>
          (i * 7 + column * 3) % 10 === 0 ? (column < 2 ? NaN : -1) : value,
        ),
        shape,
      },
    ]),
  ) as Record<string, NdArray>;
  const model = tableModel();
  await train(model, holes, { epochs: 120, batchSize: 50, validation: 0, progress: "silent" });
  const figures = await evaluate(model, holes, { samples: 2 });
  expect(Number.isFinite(figures.mse?.mean)).toBe(true);
  const filled = await model.impute(holes);
  const error = (name: string, guess: (i: number) => number): number => {
    const at = Array.from(holes[name].data.keys()).filter((i) => !(holes[name].data[i] >= 0));
    return at.reduce((sum, i) => sum + (guess(i) - whole[name].data[i]) ** 2, 0) / at.length;
  };
  // Given the other columns, the deviation of weight is 2.6, of height 1.7; around their means 12.2 and 10.
  expect(error("weight", (i) => filled["weight"].data[i])).toBeLessThan(16);
  expect(error("height", (i) => filled["height"].data[i])).toBeLessThan(16);
  expect(error("grade", (i) => filled["grade"].data[i])).toBeLessThan(0.3);
  holes["weight"].data.forEach((value, i) => {
    if (value >= 0) expect(filled["weight"].data[i]).toBe(value);
  });
  // Draws spread as the cells themselves do, and means do not.
  const drawn = await model.impute(holes, { draw: true, seed: 2 });
  const spread = error("weight", (i) => drawn["weight"].data[i]);
  expect(spread).toBeGreaterThan(error("weight", (i) => filled["weight"].data[i]));
  expect(await model.impute(holes, { draw: true, seed: 2 })).toEqual(drawn);
  // Samples are rows of the same columns.
  const samples = await model.sample(400, { draw: true, seed: 3 });
  const [row] = tableRows(columns, samples);
  expect(Object.keys(row)).toEqual(["height", "weight", "grade"]);
  expect(["low", "middle", "high"]).toContain(row["grade"]);
  const { marginals, correlations } = tableFidelity(columns, whole, samples);
  expect(marginals).toBeLessThan(0.1);
  expect(correlations).toBeLessThan(0.1);
  model.dispose();
});

test("rows have the names of columns and categories, and null for what is missing", () => {
  const cells = {
    height: { data: Float32Array.of(1.5, NaN), shape: [2] },
    weight: { data: Float32Array.of(50, 60), shape: [2] },
    grade: { data: Int32Array.of(-1, 2), shape: [2] },
  };
  expect(tableRows(columns, cells)).toEqual([
    { height: 1.5, weight: 50, grade: null },
    { height: null, weight: 60, grade: "high" },
  ]);
  expect(() => tableRows(columns, { height: cells.height })).toThrow(
    "tableRows: cells must have 2 values for every column, got none of weight",
  );
});

test("fidelity is 0 of a table with itself, and what the definitions say of others", () => {
  const two: readonly TableColumn[] = [
    { name: "a", kind: "real" },
    { name: "b", kind: "binary", categories: ["no", "yes"] },
  ];
  const real = {
    a: { data: Float32Array.of(1, 2, 3, 4), shape: [4] },
    b: { data: Float32Array.of(0, 0, 1, 1), shape: [4] },
  };
  expect(tableFidelity(two, real, real)).toEqual({
    columns: { a: 0, b: 0 },
    marginals: 0,
    correlations: 0,
  });
  const other = {
    a: { data: Float32Array.of(3, 4, 5, 6), shape: [4] },
    b: { data: Float32Array.of(1, 1, 1, 0), shape: [4] },
  };
  const { columns: distances, correlations } = tableFidelity(two, real, other);
  expectClose([distances["a"], distances["b"]], [0.5, 0.25]);
  // Of 1 2 3 4 with 0 0 1 1, and of 3 4 5 6 with 1 1 1 0.
  expectClose([correlations], [2 / Math.sqrt(5) + 1.5 / Math.sqrt(3.75)]);
});

test("columns that are none are refused by name", () => {
  const refused = (given: unknown, message: string) => {
    expect(() => tableExample("test", given as TableColumn[])).toThrow(message);
  };
  refused([], "test: columns must be a list of at least one");
  refused(
    [{ name: "labels", kind: "real" }],
    "names of columns must be different texts other than labels",
  );
  refused(
    [{ name: "a", kind: "number" }],
    "kind of a must be one of real, count, binary, categorical, ordinal",
  );
  refused(
    [{ name: "a", kind: "ordinal", categories: ["x"] }],
    "number of categories of a must be an integer",
  );
});
