import { describe, expect, test } from "vitest";
import { pointsOf } from "../src/search/design.ts";
import { gridOf, isSpace, spacesIn, valueAt, withPoint } from "../src/search/space.ts";
import type { Space } from "../src/search/space.ts";

const logRange: Space = { from: 0.01, to: 100, scale: "log", steps: 5 };

describe("a space", () => {
  test("is told from values and from schedules", () => {
    expect(isSpace({ choices: [1, 2] })).toBe(true);
    expect(isSpace({ from: 1, to: 2 })).toBe(true);
    expect(isSpace({ kind: "linear", from: 0, to: 1, steps: 100 })).toBe(false);
    expect(isSpace({ choices: [1], other: 2 })).toBe(false);
    expect(isSpace([1, 2])).toBe(false);
  });

  test("is found at any depth, and a point is put in its place", () => {
    const options = {
      latent: 8,
      beta: { choices: [1, 4] },
      network: { kind: "mlp", hidden: { choices: [[32], [64]] } },
    };
    const spaces = spacesIn(options, "options");
    expect(Object.keys(spaces)).toEqual(["options.beta", "options.network.hidden"]);
    expect(
      withPoint(options, "options", { "options.beta": 4, "options.network.hidden": [64] }),
    ).toEqual({
      latent: 8,
      beta: 4,
      network: { kind: "mlp", hidden: [64] },
    });
  });

  test("on the scale of logarithms has equal ratios, on a grid its ends", () => {
    expect(gridOf("x", logRange)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(valueAt(logRange, 0.5)).toBe(1);
    expect(gridOf("x", { from: 0, to: 1, steps: 3 })).toEqual([0, 0.5, 1]);
  });

  test("of whole numbers gives each of them equally often", () => {
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 4000; i++) {
      const value = valueAt({ from: 1, to: 4, integer: true }, (i + 0.5) / 4000);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts]).toEqual([1, 2, 3, 4].map((value) => [value, 1000]));
  });

  test.each<[Space, string]>([
    [{ choices: [] }, "bench: options.beta.choices must be a list of at least one value, got []"],
    [{ from: 2, to: 1 }, "bench: options.beta must have numbers from below to, got [2, 1]"],
    [{ from: 0, to: 1, scale: "log" }, 'must have from above 0 on the scale "log", got 0'],
    [
      { from: 0, to: 1, steps: 1 },
      "bench: options.beta.steps must be an integer at least 2, got 1",
    ],
  ])("that has no values is refused: %o", (space, message) => {
    expect(() => spacesIn({ beta: space }, "options")).toThrow(message);
  });
});

describe("a search", () => {
  const spaces = { a: { choices: ["x", "y"] }, b: logRange } as const;

  test("over a grid is every combination once", () => {
    const points = pointsOf(spaces, { method: "grid", points: 1, seed: 0 });
    expect(points).toHaveLength(10);
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(10);
    expect(points[1]).toEqual({ a: "x", b: 0.1 });
  });

  test("without spaces is one point", () => {
    expect(pointsOf({}, { method: "random", points: 7, seed: 0 })).toEqual([{}]);
  });

  test("by a Latin hypercube uses every stratum of every space once", () => {
    const points = pointsOf(
      { u: { from: 0, to: 1 }, v: { from: 1, to: 1024, scale: "log" } },
      { method: "latin-hypercube", points: 32, seed: 3 },
    );
    const strata = points.map(({ u }) => Math.floor((u as number) * 32));
    expect(strata.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i));
    const octaves = points.map(({ v }) => Math.floor((Math.log2(v as number) / 10) * 32));
    expect(octaves.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i));
  });

  test("at random repeats with its seed and differs with another", () => {
    const draw = (seed: number): unknown =>
      pointsOf(spaces, { method: "random", points: 20, seed });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("over too large a grid, or over a range without steps, is refused", () => {
    const many = { choices: Array.from({ length: 200 }, (_, i) => i) };
    const search = { method: "grid", points: 1, seed: 0 } as const;
    expect(() => pointsOf({ a: many, b: many }, search)).toThrow(
      "bench: a grid must have at most 10000 points for a model, got 40000",
    );
    expect(() => pointsOf({ beta: { from: 1, to: 4 } }, search)).toThrow(
      "bench: beta must have steps (how many values) in a grid, got none",
    );
  });
});
