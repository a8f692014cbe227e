import { computeOptions, describeOptions, imageModelOptions, type Options } from "@elbo/core";
import { readmeOptionRows, runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { betaVaeTable, qlaeTable, sequenceVaeTable } from "../src/index.ts";
import { traversalTable } from "../src/looking/traversal.ts";
import { decompositionTable } from "../src/measures/decomposition.ts";
import { annealedCapacityTable } from "../src/objectives/annealedCapacity.ts";
import { betaTcvaeTable } from "../src/objectives/betaTcvae.ts";
import { dipVaeTable } from "../src/objectives/dipVae.ts";
import { factorVaeTable } from "../src/objectives/factorVae.ts";
import { freeBitsTable } from "../src/objectives/freeBits.ts";
import { importanceWeightedTable } from "../src/objectives/importanceWeighted.ts";
import { infoVaeTable } from "../src/objectives/infoVae.ts";

test("the README's example trains, evaluates, samples, saves and loads", async () => {
  const { scores, clothes, again } = (await runReadmeExample({
    url: import.meta.url,
    replace: {
      "epochs: 10": "steps: 2",
      "await evaluate(model, test)": "await evaluate(model, test, { limit: 32, samples: 2 })",
    },
  })) as Record<string, { kind?: string; shape?: number[]; elbo?: { mean: number } }>;
  expect(scores.elbo?.mean).toBeLessThan(0);
  expect(clothes.shape).toEqual([16, 28, 28, 1]);
  expect(again.kind).toBe("beta-vae");
});

test("the README's objectives train one after the other", async () => {
  const { distortions, sigma } = (await runReadmeExample({
    url: import.meta.url,
    example: 1,
    replace: {
      "{ epochs: 5 }": '{ steps: 2, progress: "silent" }',
      "await evaluate(model, test)": "await evaluate(model, test, { limit: 16, samples: 1 })",
    },
  })) as { distortions: number[]; sigma: { objective: { kind: string } } };
  expect(distortions).toHaveLength(7);
  expect(distortions.every((value) => value > 0)).toBe(true);
  expect(sigma.objective.kind).toBe("optimal-sigma");
});

test("the README's measures, decomposition, traversal and diagram are there", async () => {
  const { scores, parts, traversal, film, cells } = (await runReadmeExample({
    url: import.meta.url,
    example: 2,
    replace: {
      "{ epochs: 20 }": '{ steps: 2, progress: "silent" }',
      "count: 2000": "count: 600",
      "draws: 500": "draws: 50",
    },
  })) as Record<string, Record<string, unknown>>;
  expect(scores["factorVaeScore"]).toBeGreaterThanOrEqual(0);
  expect(Object.keys(parts)).toContain("totalCorrelation");
  expect(traversal["nats"]).toHaveLength(5);
  expect(film["shape"]).toEqual([16, 32, 5 * 32, 1]);
  expect(cells["shape"]).toEqual([50, 16, 16, 1]);
});

test("the README's example of files without loss gives back what it was given", async () => {
  const { mean, bytes, same } = (await runReadmeExample({
    url: import.meta.url,
    example: 3,
    replace: {
      "epochs: 10": "steps: 2",
      'const { train: images, test } = await load("fashion-mini");': `const { train: images, test: all } = await load("fashion-mini");
const test = { data: all.data.subarray(0, 20 * 784), shape: [20, 28, 28, 1] };`,
      "await bitsPerDimension(model, test)": "await bitsPerDimension(model, test, { samples: 1 })",
    },
  })) as { mean: number; bytes: Uint8Array; same: { shape: number[] } };
  expect(same.shape).toEqual([20, 28, 28, 1]);
  // What the beginning takes counts for more among twenty images than among many.
  expect((8 * bytes.length) / (20 * 784) / mean).toBeLessThan(1.1);
});

const tables: readonly Options[] = [
  betaVaeTable,
  annealedCapacityTable,
  freeBitsTable,
  betaTcvaeTable,
  factorVaeTable,
  dipVaeTable,
  infoVaeTable,
  importanceWeightedTable,
  qlaeTable,
  decompositionTable,
  traversalTable,
  sequenceVaeTable,
];

test("the README's tables of options are those of factories and objectives", async () => {
  const wanted = tables.flatMap((table) =>
    describeOptions(table)
      .filter(({ name }) => table !== qlaeTable || !Object.hasOwn(imageModelOptions, name))
      .filter(({ name }) => table !== sequenceVaeTable || !Object.hasOwn(computeOptions, name))
      .map(({ name, default: value, doc }) => [name, value, doc]),
  );
  expect(await readmeOptionRows(import.meta.url)).toEqual(wanted);
});
