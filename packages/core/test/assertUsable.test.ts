import { expect, test } from "vitest";
import { compressLossless, decoderPlan, diagnose, evaluate, train } from "../src/index.ts";
import type { LatentModel } from "../src/index.ts";

const images = { data: new Float32Array(4), shape: [1, 2, 2, 1] };

test.each([
  ["undefined", undefined],
  ["an object", images],
  ["the number 3", 3],
])("what takes a model refuses %s in a sentence", async (_, given) => {
  const model = given as unknown as LatentModel;
  const calls: Record<string, () => Promise<unknown>> = {
    evaluate: () => evaluate(model, images),
    diagnose: () => diagnose(model, images),
    decoderPlan: () => decoderPlan(model),
    compressLossless: () => compressLossless(model, images),
  };
  for (const [fn, call] of Object.entries(calls))
    await expect(call()).rejects.toThrow(new RegExp(`^${fn}: model must be a model, got `));
});

test("train refuses what is nothing to train", async () => {
  await expect(train(undefined as unknown as LatentModel, images, { steps: 1 })).rejects.toThrow(
    "train: what is trained must be a model, a classifier or a prior, got undefined",
  );
});
