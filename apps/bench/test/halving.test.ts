/** A search by halving in a folder where others have worked before. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runBenchHere } from "./support/runBench.ts";
import type { GivenUp, Results } from "../src/results/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-halving-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const small = {
  seeds: [1],
  epochs: 6,
  trainExamples: 200,
  testExamples: 20,
  measures: ["bound"],
  network: "mlp",
  widths: [8],
  batchSize: 32,
  likelihoodSamples: 2,
  threads: 1,
};
const search = {
  ...small,
  models: [{ model: "beta-vae", options: { latent: 2, beta: { choices: [1, 0.5, 2, 8] } } }],
  halving: { epochs: 1, factor: 2 },
};

/** Runs a configuration into a folder and gives what it gave up. */
async function givenUp(configuration: object, out: string): Promise<readonly GivenUp[]> {
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(configuration));
  const ended = await runBenchHere(["run", "--config", config, "--out", join(folder, out)]);
  expect(ended).toMatchObject({ code: 0, error: "" });
  return read(out);
}

const read = (out: string): readonly GivenUp[] =>
  (JSON.parse(readFileSync(join(folder, out, "results.json"), "utf8")) as Results).givenUp;

let alone: readonly GivenUp[] = [];

beforeAll(async () => {
  alone = await givenUp(search, "alone");
  expect(alone.map(({ epochs }) => epochs)).toEqual([1, 1, 2]);
});

test("a setting that another plan took to its end is compared by how it stood at the rung", async () => {
  const models = [1, 0.5, 2, 8].map((beta) => ({
    name: `b${beta}`,
    model: "beta-vae",
    options: { latent: 2, beta },
  }));
  await givenUp({ ...small, models }, "before");
  expect(await givenUp(search, "before")).toEqual(alone);
});

test("a report that is drawn by itself says who was given up", async () => {
  const ended = await runBenchHere(["report", "--out", join(folder, "alone")]);
  expect(ended).toMatchObject({ code: 0, error: "" });
  expect(read("alone")).toEqual(alone);
});
