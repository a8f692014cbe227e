import { adam, evaluate, train } from "@elbo/core";
import { load } from "@elbo/datasets";
import { digest, emptyFolder, marginalEntropy } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cvae, loadCvae, type CvaeOptions } from "../src/index.ts";

const image = [28, 28, 1];
const { train: images, test: heldOut } = await load("fashion-mini");
const bound = marginalEntropy(images);

test.each(["standard", "conditional"] as const)(
  "after 4 epochs a CVAE explains unseen clothes better than pixel means: %s prior",
  async (prior) => {
    const model = cvae({ image, latent: 16, classes: 10, prior, seed: 1 });
    await train(model, images, { epochs: 4, seed: 1, validation: 0, progress: "silent" });
    const { elbo } = await evaluate(model, heldOut, { limit: 500, samples: 1 });
    expect(-elbo.mean + 4 * elbo.standardError).toBeLessThan(bound);
  },
);

test("after 10 epochs samples of a class look like its mean image rather than any other's", async () => {
  const model = cvae({ image, latent: 8, classes: 10, seed: 1 });
  const optimizer = adam({ learningRate: 3e-3 });
  await train(model, images, { epochs: 10, optimizer, seed: 1, validation: 0, progress: "silent" });
  const means = Array.from({ length: 10 }, () => new Float64Array(784));
  const labels = images.labels ?? [];
  for (let i = 0; i < labels.length; i++) {
    for (let p = 0; p < 784; p++) means[labels[i]][p] += images.data[i * 784 + p] / 255 / 500;
  }
  // Sandals, bags and ankle boots.
  for (const label of [5, 8, 9]) {
    const drawn = await model.sample(32, { label, seed: 3 });
    const distances = means.map((mean) =>
      mean.reduce((sum, value, p) => {
        let average = 0;
        for (let i = 0; i < 32; i++) average += drawn.data[i * 784 + p] / 32;
        return sum + (average - value) ** 2;
      }, 0),
    );
    expect(distances.indexOf(Math.min(...distances))).toBe(label);
  }
});

const small: CvaeOptions = {
  image,
  latent: 4,
  condition: { label: { kind: "class", classes: 10, embedding: 10 } },
  prior: "conditional",
  network: { kind: "mlp", hidden: [32] },
  seed: 1,
};

test("training twice from one seed gives the same bytes, and they survive save and load", async () => {
  const run = async (): Promise<ReturnType<typeof cvae>> => {
    const model = cvae(small);
    await train(model, images, { steps: 10, seed: 1, progress: "silent" });
    return model;
  };
  const model = await run();
  const weights = digest(await model.readWeights());
  expect(digest(await (await run()).readWeights())).toBe(weights);
  const directory = await emptyFolder();
  await model.save(directory);
  expect(digest(await (await loadCvae(directory)).readWeights())).toBe(weights);
});
