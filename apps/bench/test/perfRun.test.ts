import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fillArrays, uniformStream } from "../src/perf/cases/fill.ts";
import { workNamed, works } from "../src/perf/cases/index.ts";
import { contestants } from "../src/perf/contestants.ts";
import { runPerf } from "../src/perf/run.ts";
import { fashionImages } from "../src/perf/trainingImages.ts";
import type { PerfOutcome, PerfPlan } from "../src/perf/run.ts";

const here = path.dirname(fileURLToPath(import.meta.url));
const torchFolder = path.join(here, "..", "torch");
const launch = {
  python: "python-that-is-not-there",
  threads: 1,
  nodeArguments: [
    "--import",
    new URL("../../../scripts/typescript.mjs", import.meta.url).href,
    "--conditions=@elbo/source",
  ],
};

function perf(
  plan: { works: string[]; engines: string[] },
  signal: AbortSignal = new AbortController().signal,
): Promise<PerfOutcome> {
  const complete: PerfPlan = {
    works: plan.works.map(workNamed),
    contestants: contestants.filter(({ name }) => plan.engines.includes(name)),
    launch,
    repetitions: 2,
    turnMs: 1,
    seed: 1,
    images: async () => {
      const all = await fashionImages(undefined, 1);
      return { ...all, data: all.data.subarray(0, 300 * 784), count: 300, epochs: 3 };
    },
  };
  return runPerf(complete, { signal, status: () => undefined, finished: () => undefined });
}

test("engines that agree are timed in turns; who cannot be had is listed", async () => {
  const outcome = await perf({
    works: ["mlp/32"],
    engines: ["native", "torch", "tfjs-wasm"],
  });
  const [result] = outcome.works;
  expect(result.reference).toBe("tfjs-wasm");
  expect(result.entries.map(({ contestant, status }) => [contestant, status])).toEqual([
    ["native", "timed"],
    ["tfjs-wasm", "timed"],
  ]);
  for (const entry of result.entries) {
    expect(entry.samples).toHaveLength(2);
    expect(entry.ms?.median).toBeGreaterThan(0);
    expect(entry.firstStepMs).toBeGreaterThan(0);
    expect(entry.peakBytes).toBeGreaterThan(2 ** 24);
  }
  expect(outcome.missing).toMatchObject([{ contestant: "torch" }]);
  expect(outcome.missing[0].reason).toContain("ENOENT");
  expect(outcome.versions.tfjs).toBe("4.22.0");
});

test("encoding and decoding share one process per engine", async () => {
  const outcome = await perf({
    works: ["mlp/encode/1", "mlp/decode/1"],
    engines: ["tfjs-cpu", "tfjs-wasm", "jax-js"],
  });
  const statuses = outcome.works.map(({ entries }) => entries.map(({ status }) => status));
  expect(statuses).toEqual([
    ["timed", "declined", "declined"],
    ["timed", "declined", "declined"],
  ]);
});

test("training end to end is timed as a whole, and its loss compared", async () => {
  const outcome = await perf({ works: ["fit/mlp"], engines: ["native", "tfjs-cpu"] });
  const [{ title, images, reference, entries }] = outcome.works;
  expect(title).toMatch(/batch 128, 3 epochs of fashion-mini$/u);
  expect(images).toBe(3 * 256);
  expect(reference).toBe("native");
  expect(entries.map(({ status }) => status)).toEqual(["timed", "declined"]);
  expect(entries[0].difference?.loss).toBe(0); // infinite were it not finite
  expect(entries[0].ms?.median).toBeGreaterThan(0);
  expect(entries[0].firstStepMs).toBeUndefined();
});

test("a signal ends a run with what was there", async () => {
  const outcome = await perf({ works: ["mlp/32"], engines: ["tfjs-cpu"] }, AbortSignal.abort());
  expect(outcome.works).toEqual([]);
});

test("every work declares distinct arrays and a name of its own", () => {
  expect(new Set(works.map(({ name }) => name)).size).toBe(works.length);
  for (const { weights, inputs } of works) {
    const names = [...weights, ...inputs].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});

test("the MLP has the 652,824 parameters of a 784-400-20-400-784 VAE", () => {
  const sizes = workNamed("mlp/128").weights.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(652_824);
});

test("the same seed fills the same numbers, whatever other arrays there are", () => {
  const spec = (name: string) => ({ name, shape: [4], filling: { kind: "normal" } as const });
  const alone = fillArrays([spec("a")], 7).a;
  expect(fillArrays([spec("b"), spec("a")], 7).a).toEqual(alone);
  expect(fillArrays([spec("a")], 8).a).not.toEqual(alone);
  const uniform = uniformStream(1);
  const draws = Array.from({ length: 1000 }, uniform);
  expect(draws.reduce((sum, value) => sum + value, 0) / 1000).toBeCloseTo(0.5, 1);
});

const python = (() => {
  try {
    return execFileSync("python3", ["--version"], { encoding: "utf8" });
  } catch {
    return undefined;
  }
})();

test.skipIf(python === undefined).each(["bench.py", "models.py"])("%s is valid Python", (name) => {
  const source = readFileSync(path.join(torchFolder, name));
  execFileSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.buffer.read())"], {
    input: source,
  });
});
