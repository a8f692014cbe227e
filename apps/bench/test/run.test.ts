import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { omit } from "../src/omit.ts";
import { runBenchHere, runBenchProcess } from "./support/runBench.ts";
import type { Results, SeedResult } from "../src/results/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-run-"));
const config = join(folder, "config.json");
const models = ["autoencoder", "vae", "beta-vae", "cvae", "vq-vae"];
const small = {
  models: [
    { model: "autoencoder", options: { latent: 3 } },
    { name: "vae", model: "beta-vae", options: { latent: 3, beta: 1 } },
    { model: "beta-vae", options: { latent: 3, beta: 4 } },
    { model: "cvae", options: { latent: 3 } },
    { model: "vq-vae", options: { quantizer: { kind: "vector", codebookSize: 8, codeDim: 2 } } },
  ],
  seeds: [1],
  epochs: 30,
  trainExamples: 400,
  testExamples: 60,
  network: "mlp",
  widths: [24],
  batchSize: 32,
  measures: ["bound", "reconstruction", "latents", "codes"],
  likelihoodSamples: 2,
  threads: 1,
};

beforeAll(() => {
  writeFileSync(config, JSON.stringify(small));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const readResults = (out: string): Results =>
  JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;

/** The folder of a model's trial. */
function trialOf(model: string): string {
  const lines = readFileSync(join(folder, "whole", "trials.jsonl"), "utf8")
    .trim()
    .split("\n");
  const trials = lines.map((line) => JSON.parse(line) as { id: string; row: string });
  return trials.find(({ row }) => row === model)?.id ?? "none";
}

/** Everything that must repeat: all but times and when it was written. */
function repeatable(out: string): unknown {
  const results = omit(readResults(out), "createdAt");
  return {
    ...results,
    // Somebody may commit while the tests run.
    versions: { ...results.versions, commit: null },
    models: results.models.map(({ columns, seeds, ...model }) => ({
      ...model,
      columns: { ...columns, imagesPerSecond: null, seconds: null },
      seeds: seeds.map((seed) => ({ ...seed, timing: null, measured: Object.keys(seed.measured) })),
    })),
  };
}

/** The columns that must repeat, whatever order a result's measures were taken in. */
const figuresOf = (out: string): unknown =>
  readResults(out).models.map(({ columns }) => omit(columns, "imagesPerSecond", "seconds"));

describe("bench run from end to end", () => {
  const whole = join(folder, "whole");

  beforeAll(async () => {
    const ended = await runBenchHere(["run", "--config", config, "--out", whole]);
    expect(ended).toMatchObject({ code: 0, error: "" });
    expect(ended.output).toContain("Open ");
    expect(ended.output).toContain(join(whole, "report.html"));
  }, 300_000);

  test("every model has the numbers that it can have, all finite", () => {
    const { models: measured } = readResults(whole);
    expect(measured.map(({ name }) => name)).toEqual(models);
    const has = Object.fromEntries(
      measured.map(({ name, columns }) => [name, Object.keys(columns)]),
    );
    for (const name of models)
      expect(has[name]).toEqual(
        expect.arrayContaining(["parameters", "imagesPerSecond", "distortion", "mse", "seconds"]),
      );
    for (const name of ["vae", "beta-vae", "cvae"])
      expect(has[name]).toEqual(expect.arrayContaining(["elbo", "rate", "nll", "activeUnits"]));
    expect(has["vq-vae"]).toContain("perplexity");
    expect(has.autoencoder).not.toContain("elbo");
    for (const { columns } of measured)
      for (const { mean, n } of Object.values(columns)) {
        expect(mean).toSatisfy(Number.isFinite);
        expect(n).toBe(1);
      }
  });

  test("the table, the report and every listed picture are written", () => {
    const { pictures } = readResults(whole);
    expect(readFileSync(join(whole, "table.md"), "utf8")).toContain("| β-VAE, latent 3, beta 1 |");
    expect(readFileSync(join(whole, "report.html"), "utf8")).toMatch(/^<!doctype html>/u);
    expect(pictures.map(({ file }) => file)).toEqual(
      expect.arrayContaining([
        "pictures/reconstructions.png",
        "pictures/vae-samples.png",
        "pictures/cvae-classes.png",
        "pictures/vq-vae-interpolations.png",
      ]),
    );
    // Pictures of codes are of other sizes than the images: 48 pixels of bars, patches of 8x8 eight times as large in four rows.
    const heightOf = (kind: string): number =>
      decode(readFileSync(join(whole, `pictures/vq-vae-${kind}.png`))).height;
    expect([heightOf("usage"), heightOf("patches")]).toEqual([48, 4 * (64 + 4) - 4]);
    for (const { file, alt } of pictures) {
      expect(decode(readFileSync(join(whole, file))).width).toBeGreaterThan(200);
      expect(alt).not.toBe("");
    }
  });

  test("the same command again trains nothing, and takes only the measure that a result lacks", async () => {
    const out = join(folder, "later");
    cpSync(whole, out, { recursive: true });
    const stored = join(out, "trials", trialOf("vae"), "result.json");
    const result = JSON.parse(readFileSync(stored, "utf8")) as SeedResult;
    const lacking = {
      ...result,
      metrics: omit(result.metrics, "mse"),
      measured: omit(result.measured, "reconstruction"),
    };
    writeFileSync(stored, JSON.stringify(lacking));
    const ended = await runBenchHere(["run", "--config", config, "--out", out]);
    expect(ended).toMatchObject({ code: 0, error: "" });
    expect(ended.output.match(/finished before/gu)).toHaveLength(models.length - 1);
    const again = JSON.parse(readFileSync(stored, "utf8")) as SeedResult;
    expect(again.metrics).toEqual(result.metrics);
    expect(again.timing.trainingSeconds).toBe(result.timing.trainingSeconds);
    expect(figuresOf(out)).toEqual(figuresOf(whole));
  });

  test("plan, work and report give the numbers of run, and trials move by copying folders", async () => {
    const apart = join(folder, "apart");
    const planned = await runBenchHere(["plan", "--config", config, "--out", apart]);
    expect(planned).toMatchObject({ code: 0, error: "" });
    const trials = readdirSync(join(whole, "trials"));
    expect(trials).toHaveLength(models.length);
    // Trials of another machine: all but one are brought along.
    for (const id of trials.slice(1))
      cpSync(join(whole, "trials", id), join(apart, "trials", id), { recursive: true });
    const worked = await runBenchHere(["work", "--out", apart]);
    expect(worked).toMatchObject({ code: 0, error: "" });
    expect(worked.output.match(/finished before/gu)).toHaveLength(models.length - 1);
    const reported = await runBenchHere(["report", "--out", apart]);
    expect(reported).toMatchObject({ code: 0, error: "" });
    expect(repeatable(apart)).toEqual(repeatable(whole));
  });

  test("a dry run shows the trials and an estimate, and writes nothing", async () => {
    const dry = join(folder, "dry");
    const ended = await runBenchHere(["plan", "--config", config, "--out", dry, "--dry-run"]);
    expect(ended).toMatchObject({ code: 0, error: "" });
    for (const id of readdirSync(join(whole, "trials"))) expect(ended.output).toContain(id);
    expect(ended.output).toMatch(/5 trials would train for about [\d.]+ (s|min)/u);
    expect(existsSync(dry)).toBe(false);
  });

  test("after SIGINT while one model trains and SIGKILL while another does, the same command ends with the same numbers", async () => {
    const out = join(folder, "disturbed");
    const args = ["run", "--config", config, "--out", out];
    const own = [trialOf("vae"), trialOf("vq-vae")];
    // The other trials are there already.
    for (const id of readdirSync(join(whole, "trials")).filter((one) => !own.includes(one)))
      cpSync(join(whole, "trials", id), join(out, "trials", id), { recursive: true });
    for (const [signal, id] of [
      ["SIGINT", own[0]],
      ["SIGKILL", own[1]],
    ] as const) {
      const checkpoint = join(out, "trials", id, "checkpoint");
      const stopped = await runBenchProcess(args, {
        signal,
        when: () => existsSync(checkpoint) && readdirSync(checkpoint).length > 0,
      });
      // On Windows every signal kills.
      const isKill = signal === "SIGKILL" || process.platform === "win32";
      expect(stopped.code).toBe(isKill ? null : 130);
      if (!isKill) expect(stopped.output).toContain("The same command continues");
      expect(existsSync(join(out, "results.json"))).toBe(false);
    }
    const ended = await runBenchHere(args);
    expect(ended).toMatchObject({ code: 0, error: "" });
    expect(repeatable(out)).toEqual(repeatable(whole));
    for (const { file } of readResults(out).pictures)
      expect(readFileSync(join(out, file)).equals(readFileSync(join(whole, file)))).toBe(true);
  });
});
