import { expect, test } from "vitest";
import { describeValue } from "../src/describeValue.ts";

class Point {
  readonly x = 1;
}

test.each([
  ['"text"', "text"],
  ['""', ""],
  ['"two\\nlines"', "two\nlines"],
  ["1.5", 1.5],
  ["5n", 5n],
  ["undefined", undefined],
  ["null", null],
  ["Symbol(s)", Symbol("s")],
  ["a function", () => 1],
  ['[1, "a", [2]]', [1, "a", [2]]],
  ["[1, 2, 3, 4, 5, 6, 7, 8, ...]", [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ["Float64Array of length 2", new Float64Array(2)],
  ["an object of Point", new Point()],
  ["{}", {}],
  ['{ model: "gan", options: { beta: [1, 2] } }', { model: "gan", options: { beta: [1, 2] } }],
  ["{ a: { a: { a: {...} } } }", { a: { a: { a: { a: 1 } } } }],
  ["an object of no class", Object.create(null)],
])("%s is what an error message says", (text, value: unknown) => {
  expect(describeValue(value)).toBe(text);
});

test("a circle ends", () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  expect(describeValue(circle)).toBe("{ self: { self: { self: {...} } } }");
});

test("no value takes more than 80 characters, however large it is", () => {
  expect(describeValue("a".repeat(10_000_000))).toBe(`"${"a".repeat(76)}...`);
  const nested = Array.from({ length: 1000 }, () => ["a".repeat(50), "b".repeat(50)]);
  expect(describeValue(nested)).toHaveLength(80);
});
