import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { load, spriteGrid, sprites, toIndex } from "../src/index.ts";
import type { SpritesOptions } from "../src/index.ts";
import { turn } from "../src/sprites/turn.ts";

const grid = { scale: 2, orientation: 4, x: 3, y: 3 };

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Sum of all values in units of white pixels. */
function area(image: Uint8Array): number {
  return image.reduce((sum, value) => sum + value, 0) / 255;
}

test("the same seed gives the same bytes, and they stay what they were", () => {
  const set = sprites({ count: 50, seed: 3 });
  expect(sprites({ count: 50, seed: 3 })).toEqual(set);
  expect(sprites({ count: 50, seed: 4 }).train.data).not.toEqual(set.train.data);
  expect(hash(set.train.data as Uint8Array)).toBe(
    "76bfe4f975b052d6fbe3862db2be0bfbe63de2de37ac2d1ac01362a051c72020",
  );
});

test("a set has images, factors, and shapes as labels, in two parts", () => {
  const set = sprites({ count: 40, size: 16, testFraction: 0.25 });
  expect(set.train.shape).toEqual([30, 16, 16, 1]);
  expect(set.test.shape).toEqual([10, 16, 16, 1]);
  expect(set.factorNames).toEqual(["shape", "scale", "orientation", "x", "y"]);
  expect(set.factorSizes).toEqual([3, 6, 40, 32, 32]);
  expect(set.classNames).toEqual(["square", "ellipse", "heart"]);
  expect(set.train.factors).toHaveLength(30 * 5);
  expect(set.train.labels).toEqual(
    Uint8Array.from({ length: 30 }, (_, i) => set.train.factors?.[5 * i] ?? -1),
  );
});

test("the whole grid is in mixed-radix order and a sample draws from it without repetition", () => {
  const size = 12;
  const whole = spriteGrid({ size, grid });
  const sizes = [3, 2, 4, 3, 3];
  expect(whole.shape).toEqual([216, size, size, 1]);
  for (let i = 0; i < 216; i++) {
    expect(toIndex(whole.factors?.slice(5 * i, 5 * i + 5) ?? [], sizes)).toBe(i);
  }
  const { train, test: tests } = sprites({ size, grid, count: "all", seed: 9 });
  const seen = new Set<number>();
  for (const part of [train, tests]) {
    for (let i = 0; i < (part.shape[0] ?? 0); i++) {
      const index = toIndex(part.factors?.slice(5 * i, 5 * i + 5) ?? [], sizes);
      const pixels = size * size;
      expect(part.data.slice(i * pixels, (i + 1) * pixels)).toEqual(
        whole.data.slice(index * pixels, (index + 1) * pixels),
      );
      seen.add(index);
    }
  }
  expect(seen.size).toBe(216);
});

test("each shape covers its area at any size and orientation, inside the image", () => {
  // Areas for a circle of radius 1 around each shape: square 2, ellipse 0.6 pi, heart 1 + pi / 4.
  const areas = [2, 0.6 * Math.PI, 1 + Math.PI / 4];
  for (const size of [24, 64, 101]) {
    const { data } = spriteGrid({
      size,
      grid: { shape: 3, scale: 1, orientation: 16, x: 2, y: 2 },
    });
    for (let i = 0; i < 3 * 16 * 4; i++) {
      const expected = areas[Math.floor(i / 64)] * (0.2 * size) ** 2;
      const image = (data as Uint8Array).subarray(i * size * size, (i + 1) * size * size);
      // Values are rounded to 1/255 and edges are sampled on 16 lines per pixel.
      expect(Math.abs(area(image) / expected - 1)).toBeLessThan(0.01);
    }
  }
});

test("the heart's parts overlap without counting twice", () => {
  // Square of side 1 and two half discs of radius 1/2 that the square does not cover.
  const { data } = spriteGrid({ size: 200, grid: { scale: 1, orientation: 1, x: 1, y: 1 } });
  const heart = (data as Uint8Array).subarray(2 * 200 * 200);
  expect(area(heart) / 40 ** 2).toBeCloseTo(1 + Math.PI / 4, 2);
});

test("positions move by whole steps: a sprite moved is the same sprite", () => {
  // 3 positions on 20 pixels lie 6 pixels apart.
  const { data } = spriteGrid({
    size: 20,
    grid: { shape: 1, scale: 1, orientation: 1, x: 3, y: 1 },
  });
  const pixel = (image: number, x: number, y: number): number => data[image * 400 + y * 20 + x];
  for (let y = 0; y < 20; y++) {
    for (let x = 0; x < 14; x++) expect(pixel(1, x + 6, y)).toBe(pixel(0, x, y));
  }
});

test("a quarter turn of a square and half a turn of an ellipse change nothing", () => {
  const { data } = spriteGrid({
    size: 33,
    grid: { shape: 2, scale: 1, orientation: 4, x: 1, y: 1 },
  });
  const image = (i: number): Uint8Array =>
    (data as Uint8Array).slice(i * 33 * 33, (i + 1) * 33 * 33);
  expect(image(1)).toEqual(image(0));
  expect(image(6)).toEqual(image(4));
  expect(image(5)).not.toEqual(image(4));
});

test("scales run from half to whole", () => {
  const { data } = spriteGrid({
    size: 64,
    grid: { shape: 1, scale: 3, orientation: 1, x: 1, y: 1 },
  });
  const [small, middle, large] = [0, 1, 2].map((i) =>
    area((data as Uint8Array).subarray(i * 4096, (i + 1) * 4096)),
  ) as [number, number, number];
  expect(small / large).toBeCloseTo(0.25, 2);
  expect(middle / large).toBeCloseTo(0.5625, 2);
});

test("directions agree with Math.cos and Math.sin and are exact at quarter turns", () => {
  for (let k = 0; k < 40; k++) {
    const { cos, sin } = turn(k, 40);
    expect(cos).toBeCloseTo(Math.cos((2 * Math.PI * k) / 40), 14);
    expect(sin).toBeCloseTo(Math.sin((2 * Math.PI * k) / 40), 14);
  }
  expect(Math.abs(turn(1, 4).cos)).toBe(0);
  expect(turn(2, 4).cos).toBe(-1);
});

test("ten thousand sprites of 64 x 64 are drawn in about a second", () => {
  const start = performance.now();
  sprites({ count: 10_000 });
  // Takes 0.4 s on one idle core; the limit leaves room for a busy machine.
  expect(performance.now() - start).toBeLessThan(5000);
});

test("sprites load by their name with the same options", async () => {
  expect(await load("sprites", { count: 20, size: 16, seed: 2, grid })).toEqual(
    sprites({ count: 20, size: 16, seed: 2, grid }),
  );
});

test.each<[string, SpritesOptions, string]>([
  ["an image too small", { size: 3 }, "sprites: size must be an integer from 4 to 1024, got 3"],
  ["a fourth shape", { grid: { shape: 4 } }, "grid.shape must be an integer from 1 to 3, got 4"],
  ["no orientation", { grid: { orientation: 0 } }, "grid.orientation must be an integer from 1"],
  ["an unknown factor", { grid: { colour: 1 } as never }, 'got "colour"'],
  ["more than the grid", { grid, count: 217 }, "count must be an integer from 2 to 216, got 217"],
  [
    "a word",
    { count: "every" as never },
    'count must be an integer at least 2, or "all", got "every"',
  ],
  ["a huge grid", { grid: { x: 4096, y: 4096 } }, "grid must have at most 67108864 sprites"],
  ["too many bytes", { size: 1024, count: 5000 }, "images must take at most 4294967295 bytes"],
  ["half a seed", { seed: 0.5 }, "seed must be an integer at least 0, got 0.5"],
  ["an unknown option", { sizes: 3 } as never, 'got "sizes"'],
])("%s is refused", (_, options, message) => {
  expect(() => sprites(options)).toThrow(message);
});

test("without a test split every sprite is for training, in drawn order", () => {
  const { train, test: none } = sprites({ count: 10, size: 8, seed: 2, testFraction: 0 });
  expect([train.shape, none.shape]).toEqual([
    [10, 8, 8, 1],
    [0, 8, 8, 1],
  ]);
  expect([none.data.length, none.factors?.length, none.labels?.length]).toEqual([0, 0, 0]);
});
