import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runBenchHere } from "./support/runBench.ts";
import type { Results } from "../src/results/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-diverged-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("a training that diverges ends with its diagnosis in the report, and is not tried again", async () => {
  const config = join(folder, "config.json");
  const out = join(folder, "out");
  writeFileSync(
    config,
    JSON.stringify({
      models: [
        { name: "sound", model: "autoencoder", options: { latent: 2 } },
        { name: "lost", model: "beta-vae", options: { latent: 2, beta: 1e39 } },
      ],
      seeds: [1],
      epochs: 3,
      trainExamples: 200,
      testExamples: 40,
      measures: ["reconstruction"],
      network: "mlp",
      widths: [8],
      batchSize: 16,
      threads: 1,
    }),
  );
  const ended = await runBenchHere(["run", "--config", config, "--out", out]);
  expect(ended).toMatchObject({ code: 1, error: "" });
  const { diverged } = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
  expect(diverged).toMatchObject([{ model: "lost", seed: 1 }]);
  expect(diverged[0].message).toMatch(
    /must be finite at every step, got Infinity at step 0; the model holds the weights of step 0$/u,
  );
  const found = diverged[0].findings?.find(({ symptom }) => symptom === "divergence");
  expect(found?.evidence).toContain("a term was not finite at step");
  const page = readFileSync(join(out, "report.html"), "utf8");
  expect(page).toContain("beta 1e+39: diverged (seed 1)</dt>");
  expect(page).toContain(found?.evidence);
  expect(page).not.toContain("Not trained here");

  const again = await runBenchHere(["run", "--config", config, "--out", out]);
  expect(again.code).toBe(1);
  expect(again.output).toMatch(/seed 1 {2}diverged: .* at step 0; /u);
  const reported = await runBenchHere(["report", "--out", out]);
  expect(reported.output).toContain("Diverged, and not in these numbers: β-VAE");
});
