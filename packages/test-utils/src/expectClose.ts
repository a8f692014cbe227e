import { expect } from "vitest";

/** How far two numbers may lie apart: `|actual - expected| <= atol + rtol * |expected|`. */
export interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

/**
 * Fails with the worst index when two arrays differ by more than the tolerance.
 *
 * NaN equals NaN and infinities equal themselves, so a case may expect them.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-5, atol = 1e-6 }: Tolerance = {},
): void {
  expect(actual.length, "number of values").toBe(expected.length);
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i];
    const e = expected[i];
    if (Object.is(a, e) || a === e) continue;
    const over = Math.abs(a - e) - (atol + rtol * Math.abs(e));
    if (over > excess || Number.isNaN(over)) {
      worst = i;
      excess = over;
      if (Number.isNaN(over)) break;
    }
  }
  if (worst >= 0) {
    expect.fail(
      `value ${String(worst)} of ${String(expected.length)}: expected ${String(expected[worst])}, got ${String(actual[worst])} (rtol ${String(rtol)}, atol ${String(atol)})`,
    );
  }
}
