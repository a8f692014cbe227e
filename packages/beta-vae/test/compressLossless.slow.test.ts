import {
  bitsPerDimension,
  compressLossless,
  decompressLossless,
  evaluate,
  train,
} from "@elbo/core";
import { load } from "@elbo/datasets";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { betaVae } from "../src/index.ts";

const likelihood = { kind: "discretized-logistic" } as const;

test("1,000 images take their negative ELBO within 2 %, initial bits and head included, and come back bit for bit", async () => {
  const { train: images, test: held } = await load("fashion-mini");
  const network = { kind: "mlp", hidden: [128] } as const;
  const model = betaVae({ image: [28, 28, 1], latent: 8, beta: 1, likelihood, network, seed: 1 });
  await train(model, images, { epochs: 4, seed: 1, validation: 0, progress: "silent" });
  const bytes = await compressLossless(model, held);
  const { elbo } = await evaluate(model, held, { samples: 8 });
  const expected = (-elbo.mean * 1000) / Math.LN2 / 8;
  expect(Math.abs(bytes.length / expected - 1)).toBeLessThan(0.02);
  const { mean } = await bitsPerDimension(model, held, { samples: 8 });
  expectClose([mean], [-elbo.mean / Math.LN2 / 784], { rtol: 1e-9 });
  const back = await decompressLossless(model, bytes);
  expect(back.shape).toEqual(held.shape);
  expect(back.data).toEqual(held.data);
});
