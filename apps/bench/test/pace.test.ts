import { expect, test } from "vitest";
import { createPace, remembered } from "../src/run/pace.ts";

/** A pace whose clock is set by hand. */
function paceAt(times: readonly number[]): ReturnType<typeof createPace> {
  let time = 0;
  const pace = createPace(100, () => time);
  for (const next of times) {
    time = next;
    pace.stepped();
  }
  return pace;
}

test("images per second are those of the median step, whatever one slow step took", () => {
  expect(paceAt([500, 510, 520, 9520, 9530]).imagesPerSecond()).toBeCloseTo(10_000, 6);
});

test("an even count of durations takes the mean of the middle two", () => {
  expect(paceAt([0, 10, 40]).imagesPerSecond()).toBeCloseTo(5000, 6);
});

test("one or two steps say nothing yet", () => {
  expect(paceAt([5, 10]).imagesPerSecond()).toBeUndefined();
});

test("the median is of the last steps, however many there were", () => {
  const slow = Array.from({ length: 2 * remembered }, (_, i) => 20 * i);
  const end = slow.at(-1) ?? 0;
  const fast = Array.from({ length: remembered }, (_, i) => end + 10 * (i + 1));
  expect(paceAt(slow).imagesPerSecond()).toBeCloseTo(5000, 6);
  expect(paceAt([...slow, ...fast]).imagesPerSecond()).toBeCloseTo(10_000, 6);
});

test("seconds count from the beginning", () => {
  expect(paceAt([2500]).seconds()).toBe(2.5);
});
