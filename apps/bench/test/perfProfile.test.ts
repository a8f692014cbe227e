import { expect, test } from "vitest";
import { byOperator, parseProfile } from "../src/perf/profile.ts";
import { profileLines } from "../src/perf/report.ts";

interface NodeOptions {
  readonly at: number;
  readonly dur: number;
  readonly inputs?: object[];
}

const run = (ts: number, dur: number): object => ({ cat: "Session", name: "model_run", ts, dur });

const node = (name: string, { at, dur, inputs }: NodeOptions): object => ({
  cat: "Node",
  name: `${name}_kernel_time`,
  ts: at,
  dur,
  args: {
    op_name: name.split("_")[0],
    node_index: name,
    input_type_shape: inputs ?? [{ float: [2, 3] }, { float: [3, 4] }],
    output_type_shape: [{ float: [2, 4] }],
  },
});

const events = [
  { cat: "Session", name: "session_initialization", ts: 0, dur: 9000 },
  run(100, 5000),
  node("Gemm_1", { at: 110, dur: 4000 }),
  run(10_000, 1000),
  node("Gemm_1", { at: 10_010, dur: 400 }),
  node("Gemm_2", { at: 10_500, dur: 200 }),
  node("Relu_3", { at: 10_800, dur: 100, inputs: [{ float: [2, 4] }] }),
  run(20_000, 2000),
  node("Gemm_1", { at: 20_010, dur: 600 }),
  node("Gemm_2", { at: 20_700, dur: 200 }),
  node("Relu_3", { at: 21_800, dur: 100, inputs: [{ float: [2, 4] }] }),
];

test("times are per run of the model, by operator and shape, without the first runs", () => {
  const profile = parseProfile(JSON.stringify(events), 1);
  expect(profile?.runs).toBe(2);
  expect(profile?.modelMs).toBe(1);
  expect(profile?.rows).toEqual([
    { operator: "Gemm", shapes: "2x3 3x4 -> 2x4", calls: 2, ms: expect.closeTo(0.6, 9) as number },
    { operator: "Relu", shapes: "2x4 -> 2x4", calls: 1, ms: 0.1 },
  ]);
});

test("a run that something else held up does not move a row", () => {
  const calm = [0, 1, 2, 3].flatMap((i) => [
    run(1000 * i, 500),
    node("Gemm_1", { at: 1000 * i, dur: 400 }),
  ]);
  const disturbed = [...calm, run(9000, 90_500), node("Gemm_1", { at: 9000, dur: 90_400 })];
  expect(parseProfile(JSON.stringify(disturbed))?.rows[0].ms).toBe(0.4);
});

test("a file that was cut off is read as far as it goes", () => {
  const text = JSON.stringify(events);
  const cut = text.slice(0, text.lastIndexOf('{"cat":"Node"') + 20);
  expect(parseProfile(cut, 1)?.runs).toBe(2);
});

test("operands that only say where to cut are left out, repeated ones are counted", () => {
  const inputs = [
    ...Array.from({ length: 3 }, () => ({ float: [8, 8] })),
    { int64: [4] },
    { float: [] },
  ];
  const text = JSON.stringify([run(0, 10), node("Concat_1", { at: 0, dur: 5, inputs })]);
  expect(parseProfile(text)?.rows[0].shapes).toBe("3*(8x8) scalar -> 2x4");
});

test("a profile without runs is none, and what is no list is refused", () => {
  expect(parseProfile("[]")).toBeUndefined();
  expect(() => parseProfile("{}")).toThrow(
    "parseProfile: text must be a list of events, got object",
  );
});

test("the printed profile names operators, shapes and what lies outside them", () => {
  const profile = parseProfile(JSON.stringify(events), 1);
  if (!profile) throw new Error("no profile");
  expect(byOperator(profile.rows).map(({ operator }) => operator)).toEqual(["Gemm", "Relu"]);
  const text = profileLines(profile, 2).join("\n");
  expect(text).toMatch(/Gemm +2x3 3x4 -> 2x4 +2 +0\.600 +35\.3 %/u);
  expect(text).toMatch(/operators together +0\.700 +41\.2 %/u);
  expect(text).toMatch(/outside the graph: updates, feeds +1\.000 +58\.8 %/u);
  expect(text).toMatch(/the quickest whole step +2\.000$/mu);
});
