import { ratioOf, timedEntry } from "./results.ts";
import type { PerfResults } from "./results.ts";

/** A bound that elbo has set itself. */
export interface Target {
  readonly title: string;
  readonly limit: number;
  /** `times` something else, or `s`. */
  readonly unit: "times" | "s";
  /** What holds, or undefined where one side has no times. */
  measure(results: PerfResults): number | undefined;
}

/** A target with what was found. */
export interface JudgedTarget {
  readonly title: string;
  readonly limit: number;
  readonly unit: "times" | "s";
  readonly measured?: number;
  readonly verdict: "met" | "missed" | "not measured";
}

const torchModes = ["torch", "torch-fused", "torch-compile"];
const trained = ["mlp/128", "conv/64", "vq/32"];

const timeTarget = (work: string, against: string, limit: number): Target => ({
  title: `${work}: native against ${against}`,
  limit,
  unit: "times",
  measure: (results) => ratioOf(results, work, ["native", against]),
});

const bestTorchTarget = (work: string, limit: number): Target => ({
  title: `${work}: native against PyTorch's best mode`,
  limit,
  unit: "times",
  measure(results) {
    const ratios = torchModes.flatMap((mode) => ratioOf(results, work, ["native", mode]) ?? []);
    return ratios.length === 0 ? undefined : Math.max(...ratios);
  },
});

const firstStepTarget = (work: string, limit: number): Target => ({
  title: `${work}: native's first step`,
  limit,
  unit: "s",
  measure(results) {
    const ms = timedEntry(results, work, "native")?.firstStepMs;
    return ms === undefined ? undefined : ms / 1000;
  },
});

const memoryTarget = (work: string): Target => ({
  title: `${work}: native's peak memory against torch`,
  limit: 0.5,
  unit: "times",
  measure(results) {
    const own = timedEntry(results, work, "native")?.peakBytes;
    const theirs = timedEntry(results, work, "torch")?.peakBytes;
    return own === undefined || theirs === undefined ? undefined : own / theirs;
  },
});

const wasmTarget = (work: string): Target => ({
  title: `${work}: wasm against native`,
  limit: 4.5,
  unit: "times",
  measure: (results) => ratioOf(results, work, ["wasm", "native"]),
});

const webTarget = (work: string): Target => ({
  title: `${work}: wasm against onnxruntime-web`,
  limit: 0.6,
  unit: "times",
  measure: (results) => ratioOf(results, work, ["wasm", "ort-web"]),
});

/** Every target, for whatever works were run. */
export const targets: readonly Target[] = [
  timeTarget("mlp/128", "torch", 0.5),
  bestTorchTarget("mlp/128", 0.7),
  timeTarget("conv/64", "torch", 0.6),
  bestTorchTarget("conv/64", 0.75),
  timeTarget("vq/32", "torch", 0.7),
  bestTorchTarget("vq/32", 0.85),
  ...["mlp", "conv"].flatMap((model) =>
    ["encode", "decode"].flatMap((kind) =>
      [1, 256].map((batch) => timeTarget(`${model}/${kind}/${batch}`, "torch", 0.6)),
    ),
  ),
  timeTarget("fit/mlp", "torch", 0.55),
  firstStepTarget("mlp/128", 0.3),
  firstStepTarget("conv/64", 0.6),
  ...trained.map(wasmTarget),
  ...trained.map(webTarget),
  ...trained.map(memoryTarget),
];

/** Holds a run against the targets of its works. */
export function judgeTargets(results: PerfResults): JudgedTarget[] {
  const ran = new Set(results.works.map(({ work }) => work));
  return targets
    .filter(({ title }) => ran.has(title.split(":")[0]))
    .map((target) => {
      const { title, limit, unit } = target;
      const measured = target.measure(results);
      if (measured === undefined) return { title, limit, unit, verdict: "not measured" };
      return { title, limit, unit, measured, verdict: measured <= limit ? "met" : "missed" };
    });
}
