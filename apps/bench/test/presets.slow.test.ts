import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { presetConfiguration } from "../src/configuration/layers.ts";
import { presets } from "../src/presets/index.ts";
import { runBenchHere } from "./support/runBench.ts";
import type { JsonObject } from "@elbo/core";
import type { Results } from "../src/results/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-presets-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** So little of a preset that it takes seconds: its rows, networks and measures on few images. */
const little: JsonObject = {
  seeds: [1],
  epochs: 1,
  trainExamples: 160,
  testExamples: 50,
  likelihoodSamples: 1,
  batchSize: 32,
};

/** What a preset cannot have here, or not in seconds. */
const changes: Readonly<Record<string, JsonObject>> = {
  paper: { dataset: "fashion-mini" },
  disentanglement: { data: { size: 32, count: 400, seed: 1 } },
  "default-search": { epochs: 2, halving: { epochs: 1, factor: 12 }, batchSize: 64 },
};

test.each(Object.keys(presets))("the preset %s runs with all that it measures", async (name) => {
  const config = join(folder, `${name}.json`);
  const out = join(folder, name);
  writeFileSync(config, JSON.stringify({ ...little, ...changes[name] }));
  const ended = await runBenchHere(["run", "--preset", name, "--config", config, "--out", out]);
  expect(ended).toMatchObject({ code: 0, error: "" });
  const { models, givenUp } = JSON.parse(
    readFileSync(join(out, "results.json"), "utf8"),
  ) as Results;
  const { measures, models: rows } = presetConfiguration(name);
  expect(models.length + givenUp.length).toBeGreaterThanOrEqual(rows.length);
  // Every model of a comparison that is the page's face can be played with.
  if (name === "default" || name === "quick")
    expect(readFileSync(join(out, "report.html"), "utf8")).not.toContain("There is no room");
  for (const { seeds } of models)
    expect(Object.keys(seeds[0].measured)).toEqual([...measures, "pictures"]);
});
