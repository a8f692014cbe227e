import { expect, test } from "vitest";
import { byKernel, profileRows } from "../src/perf/profile.ts";
import { profileLines } from "../src/perf/report.ts";

const times = [
  { kernel: "gemm", sizes: "1x2x3x4", ms: 0.4, operations: 48e6, bytes: 2e6 },
  { kernel: "tiles", sizes: "8, 3 instructions", ms: 0.1, operations: 0, bytes: 1e6 },
  { kernel: "gemm", sizes: "1x2x3x4", ms: 0.2, operations: 48e6, bytes: 2e6 },
  { kernel: "gemm", sizes: "1x9x9x9", ms: 0.1, operations: 2e6, bytes: 1e6 },
];

test("calls are added up by kernel and sizes, and by kernel, the longest first", () => {
  const rows = profileRows(times);
  expect(rows.map(({ kernel, sizes, calls }) => [kernel, sizes, calls])).toEqual([
    ["gemm", "1x2x3x4", 2],
    ["tiles", "8, 3 instructions", 1],
    ["gemm", "1x9x9x9", 1],
  ]);
  expect(byKernel(rows)[0]).toEqual({
    kernel: "gemm",
    sizes: "",
    calls: 3,
    ms: expect.closeTo(0.7, 9) as number,
    operations: 98e6,
    bytes: 5e6,
  });
});

test("the printed profile names kernels, sizes, rates and what lies outside them", () => {
  const text = profileLines(profileRows(times), 2).join("\n");
  expect(text).toMatch(/gemm +1x2x3x4 +2 +0\.600 +30\.0 % +160 +6\.7/u);
  expect(text).toMatch(/kernels together +0\.800 +40\.0 %/u);
  expect(text).toMatch(/outside: feeds, results, waiting +1\.200 +60\.0 %/u);
});
