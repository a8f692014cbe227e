import { expect, test } from "vitest";
import { fillNoiseInto } from "../src/random/noise.ts";
import type { NoiseKind } from "../src/random/noise.ts";
import { Random } from "../src/random/random.ts";

test.each([
  ["normal", "fillNormalInto"],
  ["uniform", "fillUniformInto"],
  ["gumbel", "fillGumbelInto"],
] as const)("%s noise is what %s gives", (kind, method) => {
  const actual = new Float32Array(50);
  const expected = new Float32Array(50);
  fillNoiseInto(actual, kind, new Random(3));
  new Random(3)[method](expected);
  expect(actual).toEqual(expected);
});

test("an unknown kind is refused", () => {
  expect(() => {
    fillNoiseInto(new Float32Array(1), "cauchy" as NoiseKind, new Random(1));
  }).toThrow('fillNoiseInto: kind must be "normal", "uniform" or "gumbel", got "cauchy"');
});
