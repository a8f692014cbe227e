import { expect, test } from "vitest";
import { PixelLimit } from "../src/node/images/pixelLimit.ts";

/** Runs work of the given sizes at once; how many ran at the same time, at most, and in which order they began. */
async function runAll(sizes: readonly number[]): Promise<{ most: number; order: number[] }> {
  const limit = new PixelLimit();
  const order: number[] = [];
  let [now, most] = [0, 0];
  const results = await Promise.allSettled(
    sizes.map((pixels, i) =>
      limit.run(pixels, async () => {
        order.push(i);
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now--;
        if (i === 0) throw new Error("damaged");
        return i;
      }),
    ),
  );
  expect(results.map(({ status }) => status)).toEqual(
    sizes.map((_, i) => (i === 0 ? "rejected" : "fulfilled")),
  );
  expect(new Int32Array(limit.shared)[0]).toBe(2 ** 24);
  return { most, order };
}

test("large images are decoded one after the other, whether or not one fails", async () => {
  expect(await runAll([2 ** 24, 2 ** 22, 2 ** 40, 2 ** 23])).toEqual({
    most: 1,
    order: [0, 1, 2, 3],
  });
});

test("small images are decoded at the same time", async () => {
  expect((await runAll([100, 100, 2 ** 20])).most).toBe(3);
});

test("threads share what is free", () => {
  const first = new PixelLimit();
  expect(new PixelLimit(first.shared).shared).toBe(first.shared);
});
