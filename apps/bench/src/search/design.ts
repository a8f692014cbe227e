import { Random } from "@elbo/core";
import { Refusal } from "../refusal.ts";
import { gridOf, valueAt } from "./space.ts";
import type { Point, Spaces } from "./space.ts";

/** How points are chosen from spaces. */
export interface Search {
  /** `"grid"`: every combination; `"random"`; `"latin-hypercube"`: random, with every space cut into as many strata as there are points, each used once. */
  readonly method: "grid" | "random" | "latin-hypercube";
  /** Points for each model of a random search. */
  readonly points: number;
  /** Seed of a random search. */
  readonly seed: number;
}

/** The most settings of one model: more are a mistake in a grid. */
const mostPoints = 10_000;

/**
 * The points of a search; one empty point where there is no space.
 *
 * Latin hypercube: McKay, Beckman and Conover 1979; each fraction is `(permutation(i) + u) / n`.
 *
 * @throws Refusal when a grid has more than 10,000 points, or a range of a grid no `steps`
 */
export function pointsOf(spaces: Spaces, { method, points, seed }: Search): Point[] {
  const names = Object.keys(spaces);
  if (names.length === 0) return [{}];
  if (method === "grid") return grid(spaces);
  const random = new Random(seed).fork("search", method);
  const columns = names.map((name) => {
    const stream = random.fork(name);
    const order = stream.permutation(points);
    return Array.from({ length: points }, (_, i) => {
      const fraction =
        method === "random" ? stream.uniform() : (order[i] + stream.uniform()) / points;
      return valueAt(spaces[name], fraction);
    });
  });
  return Array.from({ length: points }, (_, i) =>
    Object.fromEntries(names.map((name, column) => [name, columns[column][i]])),
  );
}

function grid(spaces: Spaces): Point[] {
  const axes = Object.entries(spaces).map(([name, space]) => ({
    name,
    values: gridOf(name, space),
  }));
  const size = axes.reduce((product, { values }) => product * values.length, 1);
  if (size > mostPoints)
    throw new Refusal(
      `bench: a grid must have at most ${mostPoints} points for a model, got ${size}`,
    );
  return axes.reduce<Point[]>(
    (all, { name, values }) =>
      all.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  );
}
