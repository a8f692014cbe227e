import { expect, test } from "vitest";
import { letterbox } from "../src/images/letterbox.ts";
import { prepare } from "../src/images/prepare.ts";
import { resize } from "../src/images/resize.ts";

const imageOf = (height: number, width: number, channels: 1 | 3 = 1) => ({
  ...{ height, width, channels },
  data: Uint8Array.from({ length: height * width * channels }, (_, i) => 10 + ((i * 37) % 200)),
});

test.each([
  [2, 8, [8, 8], [2, 8], 3],
  [8, 2, [8, 8], [8, 2], 3],
  [3, 6, [10, 5], [3, 5], 3], // 2.5 rows are 3
  [1, 300, [4, 4], [1, 4], 1],
  [5, 5, [5, 5], [5, 5], 0],
] as const)("%i x %i fits into %j as %j, in the middle", (height, width, size, inner, before) => {
  const image = imageOf(height, width);
  const box = letterbox(image, size, 7);
  const small = resize(image, inner);
  const isTall = inner[0] === size[0];
  const offset = isTall && inner[1] < size[1] ? before : 0;
  const top = isTall ? 0 : before;
  for (let y = 0; y < size[0]; y++) {
    for (let x = 0; x < size[1]; x++) {
      const [row, column] = [y - top, x - offset];
      const isIn = row >= 0 && row < inner[0] && column >= 0 && column < inner[1];
      const value = box.data[y * size[1] + x];
      expect(value).toBe(isIn ? small.data[row * inner[1] + column] : 7);
    }
  }
});

test("bars of a colour make a grey image coloured, those of a grey do not", () => {
  expect(letterbox(imageOf(1, 2), [2, 2], [9, 9, 9]).channels).toBe(1);
  const { channels, data } = letterbox(imageOf(1, 2), [3, 2], [1, 2, 3]);
  expect(channels).toBe(3);
  expect([...data]).toEqual([
    ...[1, 2, 3, 1, 2, 3],
    ...[10, 10, 10, 47, 47, 47],
    ...[1, 2, 3, 1, 2, 3],
  ]);
  expect(letterbox(imageOf(2, 1, 3), [2, 2], 0).data.subarray(3, 6)).toEqual(new Uint8Array(3));
});

test("an image that is held sideways lies between the bars that it has when it is upright", () => {
  const image = imageOf(2, 6);
  const turned = prepare({ image, orientation: 6 }, { size: [6, 4], fit: "contain" });
  const upright = prepare({ image, orientation: 6 }, {});
  expect(turned).toEqual(letterbox(upright, [6, 4], 0));
});
