import { expect, test } from "vitest";
import { levelWriter } from "../src/likelihoods/greyLevels.ts";

const bytes = Uint8Array.from({ length: 600 }, (_, i) => (i * 37) % 256);
const expected = (from: number, size: number): number[] =>
  Array.from(bytes.subarray(from, from + size), (level) => Math.fround(level / 255));

test.each([
  ["even places", 0, 2, 4, 256],
  ["an odd size", 0, 2, 4, 255],
  ["an odd row", 0, 2, 5, 256],
  ["an odd target", 0, 3, 4, 256],
  ["an odd address", 1, 2, 4, 256],
])("levels are written as level / 255: %s", (_, offset, at, from, size) => {
  const write = levelWriter(bytes.subarray(offset));
  for (const out of [new Float32Array(300), new Float32Array(301).subarray(1)]) {
    write(out, { at, from, size });
    expect(Array.from(out.subarray(at, at + size))).toEqual(expected(offset + from, size));
    expect(out[at + size]).toBe(0);
  }
});

test("every byte, and levels that are not bytes", () => {
  const all = Uint8Array.from({ length: 256 }, (_, level) => level);
  for (const data of [all, Int32Array.from(all)]) {
    const out = new Float32Array(256);
    levelWriter(data)(out, { at: 0, from: 0, size: 256 });
    expect(out).toEqual(Float32Array.from(all, (level) => level / 255));
  }
});
