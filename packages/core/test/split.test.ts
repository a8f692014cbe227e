import { expect, test } from "vitest";
import { splitExamples } from "../src/data/split.ts";
import { Random } from "../src/random/random.ts";

test("a split holds out its fraction, and the parts are disjoint, complete and ascending", () => {
  const { training, validation } = splitExamples(50, { fraction: 0.1, random: new Random(2) });
  expect(validation).toHaveLength(5);
  expect([...training, ...validation].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, i) => i),
  );
  expect([...training]).toEqual([...training].sort((a, b) => a - b));
});

test.each([
  [3, 0.01, 1],
  [3, 0, 0],
  [3, 0.99, 2],
  [1, 0.5, 0],
])("of %d examples a fraction of %d holds out %d", (count, fraction, held) => {
  const { training, validation } = splitExamples(count, { fraction, random: new Random(2) });
  expect(validation).toHaveLength(held);
  expect(training).toHaveLength(count - held);
});
