import { expect, test } from "vitest";
import { alignColumns, missingLines, targetLines, workLines } from "../src/perf/report.ts";
import { ratiosOf } from "../src/perf/results.ts";
import { spreadOf } from "../src/perf/statistics.ts";
import { judgeTargets } from "../src/perf/targets.ts";
import type { Entry, PerfResults, WorkResult } from "../src/perf/results.ts";

const timed = (contestant: string, ms: number, more: Partial<Entry> = {}): Entry => ({
  contestant,
  status: "timed",
  ms: spreadOf([ms]),
  samples: [ms],
  ...more,
});

const mlp = (entries: readonly Entry[]): WorkResult => ({
  work: "mlp/128",
  title: "MLP VAE, training, batch 128",
  images: 128,
  kind: "train",
  entries,
});

const resultsOf = (work: WorkResult): PerfResults => ({
  threads: 2,
  repetitions: 1,
  turnMs: 100,
  seed: 1,
  versions: {},
  machine: {},
  date: "",
  missing: [],
  works: [work],
});

const work = mlp([
  timed("native", 3, { cpuMs: 5, firstStepMs: 1500, peakBytes: 200 }),
  timed("wasm", 10),
  timed("torch", 4, { peakBytes: 400 }),
  timed("torch-fused", 2),
  { contestant: "tfjs-node", status: "disagrees", reason: "its losses differ", ms: spreadOf([1]) },
]);

test("a target is met, missed by so much, or not measured", () => {
  const judged = judgeTargets(resultsOf(work));
  const verdicts = Object.fromEntries(judged.map(({ title, verdict }) => [title, verdict]));
  expect(verdicts).toEqual({
    "mlp/128: native against torch": "missed",
    "mlp/128: native against PyTorch's best mode": "missed",
    "mlp/128: native's first step": "missed",
    "mlp/128: wasm against native": "met",
    "mlp/128: wasm against onnxruntime-web": "not measured",
    "mlp/128: native's peak memory against torch": "met",
  });
  const text = targetLines(judged).join("\n");
  expect(text).toMatch(/against torch +at most 0\.50 times +0\.75 +missed by 50 %/u);
  expect(text).toMatch(/best mode +at most 0\.70 times +1\.50 +missed by 114 %/u);
  expect(text).toMatch(/first step +at most 0\.30 s +1\.50 +missed by 400 %/u);
});

test("a contestant with other results has no time in the table and takes no part in a ratio", () => {
  const text = workLines(work).join("\n");
  expect(text).toContain("tfjs-node, eager: disagrees, its losses differ");
  expect(text).toMatch(
    /elbo, native +3\.000 +\[3\.000, 3\.000\] +5\.000 +42,667 +0\.75 +– +1\.50 s/u,
  );
});

test("what further threads bring is said where one thread was timed", () => {
  const both = mlp([timed("native", 2), timed("native-1", 3)]);
  expect(workLines(both)).toContain("  threads: 1.50 times as fast as on one");
  expect(workLines(work).join("\n")).not.toContain("threads:");
});

test("ratios name who is above and who is below, and leave out who disagrees", () => {
  const { native, "tfjs-node": node } = ratiosOf(resultsOf(work))["mlp/128"];
  expect(native).toEqual({ wasm: 0.3, torch: 0.75, "torch-fused": 1.5 });
  expect(node).toBeUndefined();
});

test("who is missing comes with the way to change that", () => {
  const missing = [{ contestant: "torch", title: "PyTorch eager", reason: "no torch", how: "pip" }];
  expect(missingLines(missing)).toEqual([
    "PyTorch eager: not installed (no torch); to get it: pip",
  ]);
});

test("columns are as wide as their widest cell", () => {
  expect(
    alignColumns([
      ["a", "1"],
      ["bcd", "100"],
    ]),
  ).toEqual(["a      1", "bcd  100"]);
});
