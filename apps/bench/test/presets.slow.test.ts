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

/** So little of a preset that it takes seconds: a row, on few images, with all measures. */
const little: JsonObject = {
  seeds: [1],
  epochs: 1,
  trainExamples: 160,
  testExamples: 50,
  likelihoodSamples: 1,
  batchSize: 32,
};

const mini: JsonObject = { dataset: "fashion-mini" };

/** What a preset cannot have here, or not in seconds. */
const changes: Readonly<Record<string, JsonObject>> = {
  paper: mini,
  // Samplers are fitted for a minute whatever the images; core tests them.
  samplers: { measures: ["bound", "frechet"] },
  disentanglement: { data: { size: 32, count: 400, seed: 1 } },
  // Its first row is five; other presets take all its measures.
  "default-search": { measures: ["bound", "fidelity"] },
};

test.each(Object.keys(presets))(
  "the preset %s can be planned whole, and its first row runs with all that it measures",
  async (name) => {
    const config = join(folder, `${name}.json`);
    const out = join(folder, name);
    writeFileSync(config, JSON.stringify({ ...little, ...changes[name] }));
    const common = ["--preset", name, "--config", config, "--out", out];
    expect(await runBenchHere(["plan", ...common])).toMatchObject({ code: 0, error: "" });
    const { measures, models: entries } = { ...presetConfiguration(name), ...changes[name] };
    const ended = await runBenchHere(["run", ...common, "--models", entries[0].name]);
    expect(ended).toMatchObject({ code: 0, error: "" });
    const { models } = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(models.length).toBeGreaterThan(0); // as many as a row has points of a search
    for (const { seeds } of models)
      expect(Object.keys(seeds[0].measured)).toEqual([...measures, "pictures"]);
  },
);

test("the page of the quick preset has room for every model to be played with", async () => {
  const config = join(folder, "page.json");
  const out = join(folder, "page");
  writeFileSync(config, JSON.stringify({ ...little, testExamples: "all" }));
  const ended = await runBenchHere(["run", "--quick", "--config", config, "--out", out]);
  expect(ended).toMatchObject({ code: 0, error: "" });
  const page = readFileSync(join(out, "report.html"), "utf8");
  expect(page).not.toContain("There is no room");
  expect(Buffer.byteLength(page)).toBeLessThanOrEqual(3e6);
});
