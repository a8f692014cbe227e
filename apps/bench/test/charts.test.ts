import { expect, test } from "vitest";
import { chartsOf } from "../src/report/charts.ts";
import { exampleResults } from "./support/exampleResults.ts";
import type { Curve, Results } from "../src/results/schema.ts";

/** The example with other curves, one per seed of its first model. */
function withCurves(...curves: Curve[]): Results {
  const results = exampleResults();
  const [model] = results.models;
  const seeds = curves.map((curve) => ({ ...model.seeds[0], curves: { distortion: curve } }));
  return { ...results, models: [{ ...model, seeds }] };
}

test("a line is the mean over seeds at each step", () => {
  const [chart] = chartsOf(
    withCurves(
      { steps: [0, 10, 20], values: [9, 6, 3] },
      { steps: [0, 10, 20], values: [7, 4, 1] },
    ),
  );
  expect(chart.x).toEqual([0, 10, 20]);
  expect(chart.series.map(({ values }) => values)).toEqual([[8, 5, 2]]);
});

test("seeds of different lengths are averaged over the steps that all have", () => {
  const [chart] = chartsOf(
    withCurves({ steps: [0, 10, 20], values: [9, 6, 3] }, { steps: [0, 10], values: [7, 4] }),
  );
  expect(chart.series[0].values).toEqual([8, 5]);
});

test("lines with different steps share an axis, with gaps where one has no value", () => {
  const results = withCurves({ steps: [0, 10], values: [2, 1] });
  const [first] = results.models;
  const other = { ...first.seeds[0], curves: { distortion: { steps: [5, 10], values: [4, 3] } } };
  const [chart] = chartsOf({ ...results, models: [first, { ...first, seeds: [other] }] });
  expect(chart.x).toEqual([0, 5, 10]);
  expect(chart.series.map(({ values }) => values)).toEqual([
    [2, null, 1],
    [null, 4, 3],
  ]);
});

test("a long curve loses the first twentieth of its steps", () => {
  const steps = Array.from({ length: 101 }, (_, index) => index);
  const [chart] = chartsOf(withCurves({ steps, values: steps }));
  expect([chart.x[0], chart.x.at(-1)]).toEqual([5, 100]);
});

test("a model without a curve has no line, a chart without lines is left out", () => {
  const charts = chartsOf(exampleResults());
  expect(charts.map(({ title, series }) => [title, series.map(({ label }) => label)])).toEqual([
    ["Distortion while training", ["Autoencoder", "VAE (β = 1)", "VQ-VAE"]],
    ["Rate while training", ["VAE (β = 1)"]],
  ]);
});
