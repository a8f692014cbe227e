import { fileURLToPath } from "node:url";
import { runReadmeExample } from "@elbo/test-utils";
import type { IntervalEstimate, NdArray } from "@elbo/core";
import { expect, test } from "vitest";

/** Runs the code of a page of the guide, with fewer epochs. */
const run = (page: string, replace: Readonly<Record<string, string>>) =>
  runReadmeExample({ url: import.meta.url, readme: `../../../docs/guide/${page}.md`, replace });

const quick = { "epochs: 10": "epochs: 1" };
const shapes = (record: unknown) =>
  Object.values(record as Readonly<Record<string, NdArray>>).map(({ shape }) => shape);

test("the code of the page on generation draws from each sampler", async () => {
  const { drawn } = await run("generation", quick);
  expect(shapes(drawn)).toEqual(Array(5).fill([16, 28, 28, 1]));
});

test("the code of the page on anomalies finds most of the others", async () => {
  const { area, map } = await run("anomaly-detection", { "epochs: 60": "epochs: 15" });
  expect((area as IntervalEstimate).mean).toBeGreaterThan(0.9);
  expect((map as NdArray).shape).toEqual([1000, 28, 28, 1]);
});

test("the code of the page on augmentation trains a classifier that is better than chance", async () => {
  const { right } = await run("augmentation", { "epochs: 40": "epochs: 10" });
  expect((right as { mean: number }).mean).toBeGreaterThan(0.4);
});

test("the code of the page on representation reads classes out of the codes", async () => {
  const { probes, moved, page } = await run("representation", quick);
  const { linear, nearest } = probes as Record<string, { mean: number }>;
  expect(Math.min(linear.mean, nearest.mean)).toBeGreaterThan(0.5);
  expect(shapes([moved, page])).toEqual([
    [2, 3, 28, 28, 1],
    [8, 8, 28, 28, 1],
  ]);
});

test("the code of the page on interpolation goes three ways", async () => {
  const { straight, spherical, data } = await run("interpolation", quick);
  expect(shapes([straight, spherical, data])).toEqual(Array(3).fill([2, 8, 28, 28, 1]));
});

test("the code of the page on tables draws rows with the names of columns and categories", async () => {
  const wine = fileURLToPath(new URL("../../../examples/table/wine.csv", import.meta.url));
  const { rows } = await run("tables", {
    '"wine.csv"': JSON.stringify(wine),
    "epochs: 600": "epochs: 5",
  });
  const [first] = rows as Readonly<Record<string, unknown>>[];
  expect(Object.keys(first)).toHaveLength(14);
  expect(first["cultivar"]).toMatch(/^class_[012]$/);
});

test("the code of the page on signals draws signals", async () => {
  const { elbo, drawn } = await run("signals", { "epochs: 20": "epochs: 2" });
  expect(Number.isFinite((elbo as { mean: number }).mean)).toBe(true);
  expect((drawn as NdArray).shape).toEqual([8, 100, 1]);
});

test("the code of the page on sequences learns to spell, and finds what it is asked for", async () => {
  const { isCollapsed, greedy, drawn, beams, fresh } = await run("sequences", {});
  expect(isCollapsed).toBe(false);
  expect(greedy).toEqual(["one cat", "four hen"]);
  expect((beams as { tokens: NdArray }).tokens.shape).toEqual([2, 4, 12]);
  expect([drawn, fresh].flat().every((text) => /^[a-z ]*$/.test(String(text)))).toBe(true);
});

test("the code of the page on what went wrong finds the weight and the collapse", async () => {
  const { found, page } = await run("what-went-wrong", {});
  const sentences = found as string[];
  expect(sentences[0]).toMatch(/^KL weight off by the number of values: .* 784 values$/);
  expect(sentences[1]).toMatch(/^posterior collapse: /);
  expect(page).toContain("try: ");
});
