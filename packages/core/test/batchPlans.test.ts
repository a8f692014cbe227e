import { describe, expect, test } from "vitest";
import { balanced, mixed, uniform } from "../src/data/batchPlans.ts";
import type { BatchPlan, PlanData } from "../src/data/batchPlan.ts";
import { Random } from "../src/random/random.ts";

const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i);

/** All batches of some epochs, in order. */
function batchesOf(
  plan: BatchPlan,
  data: Partial<PlanData>,
  epochs: readonly number[],
): number[][] {
  const order = plan.order({ indices: range(0, 10), batchSize: 4, random: new Random(3), ...data });
  return epochs.flatMap((epoch) =>
    Array.from({ length: order.batches }, (_, batch) => [...order.indices(epoch, batch)]),
  );
}

const sorted = (rows: readonly number[]): number[] => [...rows].sort((a, b) => a - b);

describe("uniform", () => {
  test("drops what does not fill a batch, and shows nothing twice in an epoch", () => {
    const batches = batchesOf(uniform(), {}, [0]);
    expect(batches.map(({ length }) => length)).toEqual([4, 4]);
    expect(new Set(batches.flat()).size).toBe(8);
  });

  test("fills the last batch with the beginning of the next epoch, which shows all of its own", () => {
    const plan = uniform({ last: "fill" });
    const first = batchesOf(plan, {}, [0]);
    const next = batchesOf(plan, {}, [1]);
    expect(first.map(({ length }) => length)).toEqual([4, 4, 4]);
    expect(sorted(first.flat().slice(0, 10))).toEqual([...range(0, 10)]);
    expect(first.flat().slice(10)).toEqual(next.flat().slice(0, 2));
    expect(sorted(next.flat().slice(0, 10))).toEqual([...range(0, 10)]);
  });

  test("an epoch's order depends on seed and epoch alone, not on what was asked before", () => {
    const all = batchesOf(uniform(), {}, [0, 1, 2]);
    expect(batchesOf(uniform(), {}, [2])).toEqual(all.slice(4));
    expect(batchesOf(uniform(), {}, [1, 0])).toEqual([...all.slice(2, 4), ...all.slice(0, 2)]);
    expect(batchesOf(uniform(), { random: new Random(4) }, [0, 1, 2])).not.toEqual(all);
    expect(all.slice(0, 2)).not.toEqual(all.slice(2, 4));
  });

  test("uses the rows that it is given only", () => {
    const indices = Int32Array.from([3, 5, 70, 900]);
    expect(sorted(batchesOf(uniform(), { indices }, [0]).flat())).toEqual([...indices]);
  });
});

describe("balanced", () => {
  // Class 0 has 90 rows, class 1 nine, class 7 one.
  const labels = Int32Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : i < 99 ? 1 : 7));
  const data = { indices: range(0, 100), batchSize: 8, labels };

  test("every batch has as many rows of each class, to within one, and over three batches as many", () => {
    const batches = batchesOf(balanced(), data, [0, 1, 2]);
    expect(batches).toHaveLength(36);
    const countsOf = (rows: readonly number[]): number[] =>
      [0, 1, 7].map((label) => rows.filter((row) => labels[row] === label).length);
    for (const batch of batches) {
      const counts = countsOf(batch);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    expect(countsOf(batches.flat())).toEqual([96, 96, 96]);
  });

  test("rows of a class come round evenly", () => {
    const rows = batchesOf(balanced(), data, [0, 1, 2]).flat();
    const times = (row: number): number => rows.filter((other) => other === row).length;
    for (const row of range(90, 99)) expect([10, 11]).toContain(times(row));
    for (const row of range(0, 90)) expect([1, 2]).toContain(times(row));
  });

  test("data without labels are refused", () => {
    expect(() => batchesOf(balanced(), {}, [0])).toThrow(
      "train: plan balanced() must be given data with labels, got none",
    );
  });
});

describe("mixed", () => {
  const plan = mixed([
    { rows: [0, 1, 2, 3, 4], count: 2 },
    { rows: { from: 5, to: 25 }, count: 6 },
  ]);
  const data = { indices: range(0, 25), batchSize: 8 };

  test("every batch has its parts in order; the longest part makes the epoch", () => {
    expect(plan.batchSize).toBe(8);
    const batches = batchesOf(plan, data, [0, 1]);
    expect(batches).toHaveLength(6);
    for (const batch of batches) {
      expect(batch.slice(0, 2).every((row) => row < 5)).toBe(true);
      expect(batch.slice(2).every((row) => row >= 5)).toBe(true);
    }
    // 18 of the 20 rows in the first three batches, the other two first in the next epoch.
    const unlabelled = batches.flatMap((batch) => batch.slice(2));
    expect(new Set(unlabelled.slice(0, 20)).size).toBe(20);
    // Ten draws of five rows: each twice before any a third time.
    const labelled = batches.flatMap((batch) => batch.slice(0, 2));
    expect(sorted(labelled.slice(0, 10))).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  test("rows that are held out leave the parts", () => {
    const indices = range(0, 25).filter((row) => row !== 3 && row !== 20);
    const rows = batchesOf(plan, { ...data, indices }, [0, 1, 2]).flat();
    expect(rows).not.toContain(3);
    expect(rows).not.toContain(20);
    expect(() => batchesOf(plan, { ...data, indices: range(4, 25) }, [0])).toThrow(
      "train: part 0 of plan mixed() must have at least 2 rows in the training part, got 1",
    );
  });

  test("its options tell other rows from these", () => {
    const other = mixed([
      { rows: [0, 1, 2, 3, 6], count: 2 },
      { rows: { from: 5, to: 25 }, count: 6 },
    ]);
    expect(JSON.stringify(other.options)).not.toBe(JSON.stringify(plan.options));
  });

  test.each<[unknown, string]>([
    [[], "mixed: parts must be a list of at least one { rows, count }, got []"],
    [[{ rows: [1], count: 0 }], "mixed: count of part 0 must be an integer at least 1, got 0"],
    [
      [{ rows: { from: 3, to: 3 }, count: 1 }],
      "mixed: rows.to of part 0 must be an integer at least 4, got 3",
    ],
  ])("bad parts are refused: %j", (parts, message) => {
    expect(() => mixed(parts as never)).toThrow(message);
  });
});

test("an unknown option of a plan is refused", () => {
  expect(() => uniform({ last: "keep" as never })).toThrow(
    'uniform: last must be one of "drop", "fill", got "keep"',
  );
});
