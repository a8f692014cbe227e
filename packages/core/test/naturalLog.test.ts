import { expect, test } from "vitest";
import { naturalLog } from "../src/random/naturalLog.ts";
import { Random } from "../src/random/random.ts";

test("the portable logarithm is within 4 units of the last place of Math.log over the range of noise", () => {
  const random = new Random(11);
  for (let i = 0; i < 20_000; i++) {
    const x = (random.uint32() + 0.5) * 2 ** (random.integer(70) - 66);
    const expected = Math.log(x);
    const ulp = Math.max(Math.abs(expected), 1e-3) * 2 ** -52;
    expect(Math.abs(naturalLog(x) - expected)).toBeLessThanOrEqual(4 * ulp);
  }
});

test("the logarithm of a power of 2 is its exponent times ln 2", () => {
  for (const exponent of [-33, -1, 0, 1, 40]) {
    expect(naturalLog(2 ** exponent)).toBe(exponent * Math.LN2 + 0);
  }
});
