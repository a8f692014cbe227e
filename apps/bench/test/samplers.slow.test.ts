/** The measure of samplers on a small model: figures for each, and nothing that stays. */
import { betaVae } from "@elbo/beta-vae";
import { train } from "@elbo/core";
import { load } from "@elbo/datasets";
import { emptyFolder } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { cutData } from "../src/data/loadData.ts";
import { samplers } from "../src/measures/samplers.ts";
import { Shared } from "../src/measures/shared.ts";

test("samplers have their figures, and their variables are freed", async () => {
  const data = cutData(await load("fashion-mini"), { trainExamples: 300, testExamples: 40 });
  const model = betaVae({ image: [28, 28, 1], latent: 2, network: "mlp", seed: 1 });
  await train(model, data.train, { epochs: 1, progress: "silent" });
  const subject = { model, data };
  expect(samplers.suits(subject)).toBe(true);
  const shared = new Shared(subject, 1);
  const context = { ...subject, seed: 1, samples: 2, shared, cache: await emptyFolder() };
  const variables = (): number => Object.keys(tf.engine().state.registeredVariables).length;
  const [before, known] = [tf.memory().numTensors, variables()];
  const { figures } = await samplers.measure(context);
  expect(Object.keys(figures).filter((key) => key.startsWith("frechet"))).toEqual([
    "frechetMixture",
    "frechetFlow",
    "frechetAggregated",
  ]);
  expect([tf.memory().numTensors, variables()]).toEqual([before, known]);
  model.dispose();
});
