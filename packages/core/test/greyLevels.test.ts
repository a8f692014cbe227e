import { describe, expect, test } from "vitest";
import { levelScaler, levelWriter } from "../src/likelihoods/greyLevels.ts";

const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 37) % 256);
const expected = (from: number, size: number): number[] =>
  Array.from(bytes.subarray(from, from + size), (level) => Math.fround(level / 255));

describe.each([
  ["sixteen at a time", (data: Uint8Array) => levelWriter(data)],
  ["one after the other", (data: Uint8Array) => levelWriter(data, null)],
])("%s", (name, writerOf) => {
  test.each([
    [0, 2, 4, 256],
    [1, 3, 5, 255],
    [0, 0, 0, 0],
    [0, 1, 7, 1],
    [2, 2, 3, 17],
    [0, 0, 1, 4096],
    [3, 5, 0, 4097],
    [0, 7, 2, 9000],
  ])(
    "levels from %i on are written as level / 255: to %i, from %i, %i of them",
    (offset, at, from, size) => {
      const write = writerOf(bytes.subarray(offset));
      for (const out of [new Float32Array(9100), new Float32Array(9101).subarray(1)]) {
        write(out, { at, from, size });
        expect(Array.from(out.subarray(at, at + size))).toEqual(expected(offset + from, size));
        expect(out.subarray(0, at).every((value) => value === 0)).toBe(true);
        expect(out.subarray(at + size).every((value) => value === 0)).toBe(true);
      }
    },
  );

  test(`every byte, and levels that are not bytes: ${name}`, () => {
    const all = Uint8Array.from({ length: 256 }, (_, level) => level);
    for (const data of [all, Int32Array.from(all)]) {
      const out = new Float32Array(256);
      writerOf(data as Uint8Array)(out, { at: 0, from: 0, size: 256 });
      expect(out).toEqual(Float32Array.from(all, (level) => level / 255));
    }
  });
});

test("Node has what scales sixteen at a time", () => {
  expect(levelScaler()).not.toBeNull();
});
