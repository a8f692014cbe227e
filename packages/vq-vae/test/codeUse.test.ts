import { Random, type ExaminedRun } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { deadCodesSymptom } from "../src/measures/deadCodesSymptom.ts";
import { deadCodes, perplexity, perplexityCeiling, usage } from "../src/index.ts";

test.each([
  ["one code has all tokens", [0, 40, 0, 0], 1, 0.25, 3],
  ["all codes have the same", [3, 3, 3, 3], 4, 1, 0],
  ["two of four share evenly", [0, 5, 5, 0], 2, 0.5, 2],
])("perplexity, usage and dead codes when %s", (_, counts, expected, expectedUsage, dead) => {
  expectClose([perplexity(counts)], [expected], { rtol: 1e-12 });
  expect([usage(counts), deadCodes(counts)]).toEqual([expectedUsage, dead]);
});

test("the ceiling of 512 codes is 448 with 2048 tokens and 290 with 512", () => {
  expect(Math.round(perplexityCeiling(2048, 512))).toBe(448);
  expect(Math.abs(perplexityCeiling(512, 512) - 290)).toBeLessThan(3); // by simulation, which has an error of its own
});

test.each([
  [1, 10],
  [7, 3],
  [1000, 4],
  [300, 1],
  [49_000, 256],
])("the ceiling of %d tokens on %d codes is exp of the mean entropy of uniform draws", (N, K) => {
  const random = new Random(1);
  const runs = N > 10_000 ? 5 : 400;
  let entropy = 0;
  for (let run = 0; run < runs; run++) {
    const counts = new Float64Array(K);
    for (let n = 0; n < N; n++) counts[random.integer(K)]++;
    entropy += Math.log(perplexity(counts)) / runs;
  }
  expectClose([Math.log(perplexityCeiling(N, K))], [entropy], {
    rtol: 0,
    atol: 0.05 / Math.sqrt(N) + 0.03 * (N < 10 ? 1 : 0),
  });
  expect(perplexityCeiling(N, K)).toBeLessThanOrEqual(Math.min(N, K) * (1 + 1e-9));
});

test.each([
  ["a fifth of them in use at one level", { top: [0.4, 50], bottom: [0.2, 20] }, true],
  ["a perplexity of two", { top: [0.4, 2], bottom: [0.4, 60] }, true],
  ["a third of them in use", { top: [0.35, 12], bottom: [1, 90] }, false],
])("codes of which %s: dead or not", async (_, levels, isDead) => {
  const evaluation = Object.fromEntries(
    Object.entries(levels).flatMap(([level, [usage, perplexity]]) =>
      Object.entries({
        perplexity,
        perplexityCeiling: 120,
        usage,
        deadCodes: Math.round(128 * (1 - usage)),
      }).map(([name, mean]) => [`${level}.${name}`, { mean, standardError: 0 }] as const),
    ),
  );
  const figures = await deadCodesSymptom.measure({ evaluation } as unknown as ExaminedRun);
  const sign = figures && deadCodesSymptom.judge(figures);
  expect(sign === undefined).toBe(!isDead);
  if (sign !== undefined) expect(sign.evidence).toMatch(/^\d+ codes are chosen by no example/);
});

test.each([
  ["two codebooks of a level, a fifth of each in use", [0.2, 0.2], true],
  ["two codebooks of a level, one of them as good as unused", [1, 0.05], true],
  ["two codebooks of a level, two fifths of each in use", [0.4, 0.4], false],
])("%s: dead or not", async (_, books, isDead) => {
  const usage = (books[0] + books[1]) / 2;
  const named = {
    perplexity: 40,
    perplexityCeiling: 120,
    usage,
    usage0: books[0],
    usage1: books[1],
    deadCodes: Math.round(2 * 128 * (1 - usage)),
  };
  const evaluation = Object.fromEntries(
    Object.entries(named).map(([name, mean]) => [`top.${name}`, { mean, standardError: 0 }]),
  );
  const figures = await deadCodesSymptom.measure({ evaluation } as unknown as ExaminedRun);
  const sign = figures && deadCodesSymptom.judge(figures);
  expect(sign === undefined).toBe(!isDead);
  if (books[1] === 0.05) expect(sign?.evidence).toContain("(usage 53 %, of one codebook 5 %)");
});
