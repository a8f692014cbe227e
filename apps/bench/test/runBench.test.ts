import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRunArguments } from "../src/configuration/parse.ts";
import { entryOf } from "../src/models/entry.ts";
import { planBench, reportOnPlan, runBench, workOnPlan } from "../src/run/runBench.ts";
import { openStore } from "../src/run/store.ts";
import { createWriter } from "../src/writer.ts";
import { exampleResults, exampleTrial } from "./support/exampleResults.ts";
import type { Configuration } from "../src/configuration/configuration.ts";
import type { Results } from "../src/results/schema.ts";
import type { BenchData } from "../src/data/benchData.ts";
import type { RunRequest } from "../src/configuration/parse.ts";
import type { BenchContext, RunOutcome } from "../src/run/runBench.ts";
import type { TrainTrial } from "../src/run/trialWork.ts";

const images = (count: number, isLabelled: boolean): BenchData["train"] => ({
  data: new Uint8Array(count * 64),
  shape: [count, 8, 8, 1],
  ...(isLabelled ? { labels: new Uint8Array(count) } : {}),
});

/** A trainer that only stores a made-up result. */
const pretend: TrainTrial = async ({ trial, store }) => {
  const [model] = exampleResults().models;
  const measured = Object.fromEntries([...trial.measures, "pictures"].map((name) => [name, 0]));
  const result = { ...model.seeds[0], model: trial.row, seed: trial.seed, measured };
  await store.writeResult(trial, result);
  return { kind: "finished", result };
};
const entries = (...names: string[]): Configuration["models"] =>
  names.map((name) => {
    const { models } = parseRunArguments({}).configuration;
    return models.find((entry) => entry.name === name) ?? entryOf(name);
  });

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "elbo-bench-"));
});
afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

interface Circumstances {
  readonly changes?: Partial<Configuration>;
  readonly classes?: number;
  readonly trainTrial?: TrainTrial;
  readonly signal?: AbortSignal;
}

let output: PassThrough;

function contextFor({ classes = 2, trainTrial = pretend, signal }: Circumstances): BenchContext {
  output = new PassThrough();
  return {
    writer: createWriter({ output, error: new PassThrough() }),
    signal: signal ?? new AbortController().signal,
    load: () =>
      Promise.resolve({
        train: images(300, classes > 0),
        test: images(20, classes > 0),
        image: [8, 8, 1],
        classes,
      }),
    trainTrial,
  };
}

function requestFor(changes: Partial<Configuration>): RunRequest {
  const { configuration } = parseRunArguments({});
  return {
    configuration: { ...configuration, network: "mlp", widths: [4], seeds: [1], ...changes },
    out,
    isFresh: false,
    workers: 1,
    command: "pnpm bench run",
  };
}

async function run(circumstances: Circumstances): Promise<{ outcome: RunOutcome; said: string }> {
  const context = contextFor(circumstances);
  const outcome = await runBench(requestFor(circumstances.changes ?? {}), context);
  return { outcome, said: (output.read() as Buffer).toString() };
}

describe("runBench", () => {
  test("data without labels are refused when a model needs labels", async () => {
    await expect(run({ classes: 0 })).rejects.toThrow(
      "bench run: --dataset must have labels for cvae, got fashion-mini",
    );
    await expect(run({ classes: 0, changes: { models: entries("vae") } })).resolves.toMatchObject({
      outcome: "finished",
    });
  });

  test("networks that do not fit the images are refused before anything trains", async () => {
    let trained = 0;
    const trainTrial: TrainTrial = (order) => {
      trained++;
      return pretend(order);
    };
    const models = [...entries("vae"), { model: "vq-vae", name: "vq", options: {} }];
    const changes = { network: "conv", widths: [4, 4, 4, 4], models } as const;
    await expect(run({ changes, trainTrial })).rejects.toThrow(
      /^bench run: configuration must suit VQ-VAE, got conv: widths must have 2 values/u,
    );
    expect(trained).toBe(0);
  });

  test("a training that diverges is named, and the others are reported", async () => {
    const trainTrial: TrainTrial = (order) =>
      order.trial.row === "vae"
        ? Promise.resolve({ kind: "diverged", message: "loss must be finite" })
        : pretend(order);
    const { outcome, said } = await run({ trainTrial });
    expect(outcome).toBe("diverged");
    expect(said).toContain("[2/5] VAE (β = 1), seed 1  diverged: loss must be finite\n");
    expect(said).toContain("Diverged, and not in these numbers: VAE (β = 1) with seed 1.\n");
    const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(results.diverged).toMatchObject([{ model: "vae", seed: 1 }]);
    expect(results.models.map(({ seeds }) => seeds.length)).toEqual([1, 0, 1, 1, 1]);
  });

  test("every seed of every model is trained once, seed by seed, and joined by others later", async () => {
    const trained: string[] = [];
    const trainTrial: TrainTrial = (order) => {
      trained.push(`${order.trial.row} ${order.trial.seed}`);
      return pretend(order);
    };
    await run({ changes: { models: entries("vae", "cvae"), seeds: [7, 3] }, trainTrial });
    expect(trained).toEqual(["vae 7", "cvae 7", "vae 3", "cvae 3"]);
    await run({ changes: { models: entries("vae", "vq-vae"), seeds: [3, 7] }, trainTrial });
    expect(trained.slice(4)).toEqual(["vq-vae 3", "vq-vae 7"]);
  });

  test("rows with other options are models of their own, titled by what differs", async () => {
    const models = [
      ...entries("vae"),
      { model: "beta-vae", name: "b8", options: { beta: 8 } },
      { model: "beta-vae", name: "small", options: { latent: 3 } },
    ];
    const created: unknown[] = [];
    const trainTrial: TrainTrial = (order) => {
      created.push(order.trial.options);
      return pretend(order);
    };
    await run({ changes: { models }, trainTrial });
    expect(created).toEqual([{ latent: 8, beta: 1 }, { latent: 16, beta: 8 }, { latent: 3 }]);
    const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(results.models.map(({ title }) => title)).toEqual([
      "VAE (β = 1)",
      "β-VAE, beta 8",
      "β-VAE, latent 3",
    ]);
  });

  test("options that a factory refuses are refused before anything trains, in its words", async () => {
    const models = [{ model: "beta-vae", name: "x", options: { gamma: 1 } }];
    await expect(run({ changes: { models } })).rejects.toThrow(
      /^bench run: configuration must suit β-VAE, gamma 1, got betaVae: options must be among .*"gamma"$/u,
    );
  });

  test("whatever a saved model may say of its options, a configuration may say", async () => {
    const options = [
      { objective: { kind: "beta-tcvae", options: { beta: 6 } } },
      { beta: { kind: "linear", from: 0, to: 4, steps: 100 } },
      {
        network: { kind: "mlp", hidden: [5, 4] },
        likelihood: { kind: "gaussian", scale: "pixel" },
      },
    ];
    const models = options.map((own, i) => ({ model: "beta-vae", name: `x${i}`, options: own }));
    const trials = await planBench(requestFor({ models }), contextFor({}));
    expect(trials.map((trial) => trial.options)).toEqual(
      options.map((own) => ({ latent: 16, ...own })),
    );
  });

  test("halving trains all settings a little, the better third further, and one to the end", async () => {
    const log: string[] = [];
    const trainTrial: TrainTrial = (order) => {
      const { trial, pauseAfter } = order;
      const beta = trial.options["beta"] as number;
      log.push(`${beta} ${pauseAfter ?? "end"}`);
      if (pauseAfter === undefined) return pretend(order);
      return Promise.resolve({ kind: "paused", score: Math.abs(beta - 4.5) });
    };
    const space = { from: 1, to: 9, steps: 9 };
    const changes = {
      models: [entryOf("cvae"), { model: "beta-vae", name: "beta", options: { beta: space } }],
      epochs: 10,
      halving: { epochs: 1, factor: 3 },
    };
    const { said } = await run({ changes, trainTrial });
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((beta) => `${beta} 1`);
    expect(log.filter((line) => !line.startsWith("undefined"))).toEqual([
      ...all,
      ...["3 3", "4 3", "5 3"],
      "4 9",
      "4 end",
    ]);
    expect(said).toContain("Given up after 1 epochs: β-VAE, beta 9.");
    const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(results.models.map(({ title }) => title)).toEqual(["CVAE", "β-VAE, beta 4"]);
    expect(results.givenUp).toHaveLength(8);
    const before = log.length;
    await run({ changes, trainTrial });
    expect(log.length).toBe(before);
  });

  test("a plan is worked on and reported in steps, and a trial is done once", async () => {
    const context = contextFor({});
    const request = requestFor({ models: entries("vae", "vq-vae") });
    const trials = await planBench(request, context);
    expect(trials).toHaveLength(2);
    await expect(reportOnPlan(out, context)).rejects.toThrow(
      "bench report: --out must hold a finished trial",
    );
    expect(await workOnPlan(out, context)).toBe("finished");
    const never: TrainTrial = () => Promise.reject(new Error("trained twice"));
    expect(await workOnPlan(out, contextFor({ trainTrial: never }))).toBe("finished");
    await reportOnPlan(out, context);
    const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(results.models.map(({ name }) => name)).toEqual(["vae", "vq-vae"]);
  });

  test("a folder without a plan, and a plan of another version, are refused", async () => {
    await expect(workOnPlan(out, contextFor({}))).rejects.toThrow(
      /^bench: --out must hold a plan \(bench plan writes one\), got/u,
    );
    await openStore(out).writePlan([exampleTrial("vae", 1, { elbo: "0.0.1" })], "bench plan");
    await expect(workOnPlan(out, contextFor({}))).rejects.toThrow(
      /must be of this version of elbo \(.*\), got 0\.0\.1; plan anew$/u,
    );
  });

  test("a run that is stopped trains nothing more and says how to go on", async () => {
    const stop = new AbortController();
    const trainTrial: TrainTrial = async (order) => {
      const result = await pretend(order);
      stop.abort();
      return result;
    };
    const { outcome, said } = await run({ trainTrial, signal: stop.signal });
    expect(outcome).toBe("stopped");
    expect(said).toContain("Stopped. The same command continues from the last step");
    expect(said).not.toContain("[2/5]");
  });
});
