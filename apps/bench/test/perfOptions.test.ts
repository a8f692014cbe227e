import { expect, test } from "vitest";
import { parsePerfArguments } from "../src/perf/options.ts";
import type { PerfArguments } from "../src/perf/options.ts";

const names = (list: readonly { readonly name: string }[]): string[] =>
  list.map(({ name }) => name);

test("without options everything is timed on all cores", () => {
  const request = parsePerfArguments({}, 2);
  expect(names(request.works)).toEqual(
    expect.arrayContaining(["mlp/32", "mlp/128", "mlp/512", "conv/64", "vq/32", "conv/decode/256"]),
  );
  expect(names(request.contestants)).toEqual([
    "native",
    "native-1",
    "wasm",
    "ort-web",
    "torch",
    "torch-fused",
    "torch-compile",
    "tfjs-node",
    "tfjs-wasm",
    "tfjs-cpu",
    "jax-js",
  ]);
  const alone = parsePerfArguments({ engines: "native,native-1", threads: "1" }, 2);
  expect(names(alone.contestants)).toEqual(["native"]);
  expect(request).toMatchObject({ threads: 2, repetitions: 15, isProfile: false, json: undefined });
});

test("a group stands for its works, a name for one", () => {
  expect(names(parsePerfArguments({ works: "photo, mlp/32" }, 2).works)).toEqual([
    "mlp/32",
    "photo/32",
  ]);
});

test("a group's first work is the one with a target for its first step", () => {
  expect(parsePerfArguments({ works: "mlp" }, 2).works[0].name).toBe("mlp/128");
});

test("--quick leaves out what is slow unless it is named", () => {
  expect(names(parsePerfArguments({ quick: true }, 2).contestants)).not.toContain("tfjs-cpu");
  expect(names(parsePerfArguments({ quick: true, engines: "tfjs-cpu" }, 2).contestants)).toEqual([
    "tfjs-cpu",
  ]);
});

const refused: [PerfArguments, RegExp][] = [
  [{ works: "lstm" }, /^bench perf: --works\[0\] must be one of "mlp", .*, got "lstm"$/u],
  [{ works: "" }, /^bench perf: --works\[0\] must be .*, got ""$/u],
  [{ engines: "native,cuda" }, /^bench perf: --engines\[1\] must be one of .*, got "cuda"$/u],
  [{ threads: "0" }, /^bench perf: --threads must be an integer from 1 to 256, got 0$/u],
  [{ threads: "two" }, /got "two"$/u],
  [{ repetitions: "1.5" }, /^bench perf: --repetitions must be an integer from 1 .*got 1.5$/u],
  [{ json: "" }, /^bench perf: --json must be a path, as a string, got ""$/u],
  [{ torch: "" }, /^bench perf: --torch must be a path, .*, got ""$/u],
  [{ folder: "" }, /^bench perf: --folder must be a path, .*, got ""$/u],
];

test.each(refused)("%j is refused in one sentence", (args, message) => {
  expect(() => parsePerfArguments(args, 2)).toThrow(message);
});
