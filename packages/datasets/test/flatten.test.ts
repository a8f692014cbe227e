import { expect, test } from "vitest";
import { flatten } from "../src/images/flatten.ts";

const image = (channels: 2 | 4, data: readonly number[]): Parameters<typeof flatten>[0] => ({
  width: data.length / channels,
  height: 1,
  channels,
  data: Uint8Array.from(data),
});

test("values are mixed with the background by their alpha, rounded", () => {
  const grey = flatten(image(2, [100, 255, 100, 0, 100, 128]), 200);
  expect([grey.channels, ...grey.data]).toEqual([1, 100, 200, 150]);
  const colour = flatten(image(4, [10, 20, 30, 51, 1, 2, 3, 255]), [200, 100, 0]);
  expect([colour.channels, ...colour.data]).toEqual([3, 162, 84, 6, 1, 2, 3]);
});

test("grey on a coloured background becomes colour, on a grey one it stays grey", () => {
  const data = [100, 255, 100, 0];
  const colour = flatten(image(2, data), [1, 2, 3]);
  expect([colour.channels, ...colour.data]).toEqual([3, 100, 100, 100, 1, 2, 3]);
  expect(flatten(image(2, data), [7, 7, 7]).channels).toBe(1);
});

test("an opaque image needs no background", () => {
  const opaque = flatten(image(4, [1, 2, 3, 255, 4, 5, 6, 255]), undefined);
  expect([opaque.channels, ...opaque.data]).toEqual([3, 1, 2, 3, 4, 5, 6]);
});
