import { expect, test } from "vitest";
import { sprites } from "@elbo/datasets";
import { cutData } from "../src/data/loadData.ts";
import type { Split } from "@elbo/datasets";

const set = sprites({ size: 16, count: 200, seed: 1 });
const all = { trainExamples: "all", testExamples: "all" } as const;

/** Images as texts, in rising order. */
function imagesOf({ data, shape }: Split): string[] {
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) =>
    data.slice(i * size, (i + 1) * size).join(),
  ).sort();
}

test("a tenth of the training images may take the place of the test images, and training does not see them", () => {
  const { train, test: held } = cutData(set, { ...all, heldOut: "train" });
  const count = Math.floor(set.train.shape[0] / 10);
  expect([train.shape[0], held.shape[0]]).toEqual([set.train.shape[0] - count, count]);
  expect([...imagesOf(train), ...imagesOf(held)].sort()).toEqual(imagesOf(set.train));
  expect(cutData(set, all).test).toBe(set.test);
});
