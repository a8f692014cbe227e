import { expect, test } from "vitest";
import { originFor, placeOf, stepAfter } from "../src/training/epochs.ts";

const fresh = originFor(0, 10, undefined);

test("steps lie in epochs one after the other, from the origin on", () => {
  expect(placeOf(0, fresh)).toEqual({ epoch: 0, batch: 0, isLast: false });
  expect(placeOf(39, fresh)).toEqual({ epoch: 3, batch: 9, isLast: true });
  const later = { step: 7, epoch: 2, perEpoch: 3 };
  expect(placeOf(10, later)).toEqual({ epoch: 3, batch: 0, isLast: false });
});

test("an epoch that was broken off goes on where there are as many steps in an epoch", () => {
  expect(originFor(25, 10, fresh)).toBe(fresh);
  expect(placeOf(25, originFor(25, 10, fresh))).toEqual({ epoch: 2, batch: 5, isLast: false });
});

test("with another number of steps a new epoch begins, whose order none before it had", () => {
  const origin = originFor(25, 8, fresh);
  expect(placeOf(25, origin)).toEqual({ epoch: 4, batch: 0, isLast: false });
  expect(originFor(24, 8, undefined)).toEqual({ step: 24, epoch: 3, perEpoch: 8 });
});

test("an epoch that was begun counts as the first of those to come", () => {
  expect(stepAfter(3, 0, fresh)).toBe(30);
  expect(stepAfter(1, 25, fresh)).toBe(30);
  expect(stepAfter(2, 30, fresh)).toBe(50);
});
