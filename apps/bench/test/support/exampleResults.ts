import { summarizeColumns } from "../../src/results/aggregate.ts";
import { protocolOf } from "../../src/configuration/configuration.ts";
import { presetConfiguration } from "../../src/configuration/layers.ts";
import { trialId } from "../../src/plan/trial.ts";
import type { Trial } from "../../src/plan/trial.ts";
import type { ModelResult, Results, SeedResult } from "../../src/results/schema.ts";

function seedResult(model: string, seed: number, metrics: Record<string, number>): SeedResult {
  const steps = Array.from({ length: 60 }, (_, index) => 10 * index);
  const fall = (from: number, to: number): number[] =>
    steps.map((step) => to + (from - to) * Math.exp(-step / 90) + Math.sin(step) / 2);
  const { distortion, rate } = metrics;
  return {
    model,
    seed,
    parameters: 652_824,
    steps: 600,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, mean]) => [name, { mean, standardError: 1.5 }]),
    ),
    measured: {},
    pictures: [],
    curves: {
      distortion: { steps, values: fall(540, distortion) },
      ...(rate === undefined ? {} : { rate: { steps, values: fall(1, rate) } }),
    },
    timing: {
      trainingSeconds: 3.25 + seed,
      evaluationSeconds: 1,
      imagesPerSecond: 25_000 + 100 * seed,
    },
    engine: "native on cpu with 2 threads",
  };
}

function model(
  name: string,
  title: string,
  metrics: readonly Record<string, number>[],
): ModelResult {
  const seeds = metrics.map((values, index) => seedResult(name, index + 1, values));
  const summary = `What <${title}> is.`;
  return { name, title, summary, options: {}, columns: summarizeColumns(seeds), seeds };
}

const protocol = { ...protocolOf(presetConfiguration("default")), epochs: 12 };

/** A trial of a made-up comparison. */
export function exampleTrial(row: string, seed: number, changes: Partial<Trial> = {}): Trial {
  const known = { model: row, options: { latent: 16 }, protocol, seed, elbo: "0.1.0" };
  const trial = { row, title: row, entry: row, measures: [], ...known, ...changes };
  return { ...trial, id: trialId(trial) };
}

/** A made-up comparison of three models with two seeds each. */
export function exampleResults(): Results {
  return {
    format: "elbo-bench-results",
    formatVersion: 3,
    createdAt: "2026-01-02T03:04:05.000Z",
    configuration: {
      ...protocol,
      models: ["autoencoder", "vae", "vq-vae"],
      seeds: [1, 2],
      varied: [],
    },
    data: { trainExamples: 5000, testExamples: 1000, image: [28, 28, 1], classNames: null },
    command: "pnpm bench run",
    differences: [
      {
        a: "autoencoder",
        b: "vae",
        figure: "distortion",
        examples: { mean: -3.25, standardError: 0.5, p: 0.0001 },
        seeds: { mean: -3.25, standardError: 0.25, p: 0.05 },
        seedCount: 2,
      },
    ],
    versions: { node: "20.20.2", elbo: "0.1.0" },
    machine: { cpu: "An Example CPU", cores: 2 },
    models: [
      model("autoencoder", "Autoencoder", [
        { distortion: 232.5, mse: 0.0102 },
        { distortion: 233.5, mse: 0.0104 },
      ]),
      model("vae", "VAE (β = 1)", [
        { elbo: -250.5, distortion: 236, rate: 14.5, nll: 247, mse: 0.0142, activeUnits: 12 },
        { elbo: -251.5, distortion: 236.5, rate: 15, nll: 248, mse: 0.0144, activeUnits: 13 },
      ]),
      model("vq-vae", "VQ-VAE", [
        { distortion: 228, mse: 0.0089, perplexity: 101.25 },
        { distortion: 229, mse: 0.0091, perplexity: 99.75 },
      ]),
    ],
    diverged: [],
    givenUp: [],
    pictures: [],
  };
}
