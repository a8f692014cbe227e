/** A comparison of data with hardly any held-out images ends with what can be said of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runBenchHere } from "./support/runBench.ts";
import type { Results } from "../src/results/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-few-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each([1, 2])("%i held-out images", async (testExamples) => {
  const config = join(folder, "config.json");
  const out = join(folder, String(testExamples));
  writeFileSync(
    config,
    JSON.stringify({
      models: ["vae"],
      seeds: [1],
      epochs: 1,
      trainExamples: 100,
      testExamples,
      measures: ["bound", "reconstruction", "fidelity", "latents", "probe", "frechet", "samplers"],
      network: "mlp",
      widths: [8],
      batchSize: 32,
      likelihoodSamples: 2,
      threads: 1,
    }),
  );
  const ended = await runBenchHere(["run", "--config", config, "--out", out]);
  expect(ended).toMatchObject({ code: 0, error: "" });
  const { models } = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
  expect(models[0].columns["elbo"].mean).toBeLessThan(0);
  expect(models[0].columns).not.toHaveProperty("frechetSamples");
});
