import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { omit } from "../../src/omit.ts";
import type { SeedResult } from "../../src/results/schema.ts";

/** A plan of so many trials that take a second or two each. */
export const smallPlan = (trials: number, epochs = 20) => ({
  models: [{ name: "vae", model: "beta-vae", options: { latent: 2 } }],
  seeds: Array.from({ length: trials }, (_, i) => i + 1),
  epochs,
  trainExamples: 200,
  testExamples: 20,
  measures: ["bound"],
  network: "mlp",
  widths: [16],
  batchSize: 32,
  likelihoodSamples: 2,
  threads: 1,
});

/** The trials of a folder that have a result. */
export const resultsIn = (out: string): string[] =>
  existsSync(join(out, "trials"))
    ? readdirSync(join(out, "trials")).filter((id) =>
        existsSync(join(out, "trials", id, "result.json")),
      )
    : [];

/** What must be equal of every trial: weights to the byte, and all numbers but times; a line for each part, so that a difference is seen. */
export function finished(out: string): string[] {
  return resultsIn(out)
    .sort()
    .flatMap((id) => {
      const directory = join(out, "trials", id);
      const result = JSON.parse(readFileSync(join(directory, "result.json"), "utf8")) as SeedResult;
      const weights = readFileSync(join(directory, "model", "weights.safetensors"));
      const digest = createHash("sha256").update(weights).digest("hex");
      const parts = Object.entries(omit(result, "timing", "measured"));
      return [
        `${id} weights ${digest}`,
        ...parts.map(([name, value]) => `${id} ${name} ${JSON.stringify(value)}`),
      ];
    });
}
