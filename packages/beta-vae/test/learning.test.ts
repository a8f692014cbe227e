import { evaluate, train } from "@elbo/core";
import { load } from "@elbo/datasets";
import { digest, marginalEntropy } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { autoencoder, betaVae } from "../src/index.ts";

const image = [28, 28, 1];
const { train: images, test: heldOut } = await load("fashion-mini");
const bound = marginalEntropy(images);

test.each([1, 2])(
  "after 4 epochs a VAE with beta %d explains unseen clothes better than pixel means",
  async (beta) => {
    const model = betaVae({ image, latent: 16, beta, seed: 1 });
    await train(model, images, { epochs: 4, seed: 1, validation: 0, progress: "silent" });
    const { elbo, distortion, rate } = await evaluate(model, heldOut, { limit: 500, samples: 1 });
    expect(-elbo.mean + 4 * elbo.standardError).toBeLessThan(bound);
    expect(distortion.mean).toBeLessThan(bound);
    expect(rate.mean).toBeGreaterThan(1); // the latents carry something
  },
);

test("after 4 epochs an autoencoder's distortion on unseen clothes is below that of pixel means", async () => {
  const model = autoencoder({ image, latent: 16, seed: 1 });
  await train(model, images, { epochs: 4, seed: 1, validation: 0, progress: "silent" });
  const { distortion, elbo } = await evaluate(model, heldOut, { limit: 500 });
  expect(distortion.mean + 4 * distortion.standardError).toBeLessThan(bound);
  expect(elbo).toBeUndefined();
});

test("training twice from one seed gives the same bytes, another seed others", async () => {
  const bytes = async (seed: number): Promise<string> => {
    const model = betaVae({ image, latent: 4, network: { kind: "mlp", hidden: [32] }, seed });
    await train(model, images, { steps: 10, seed, progress: "silent" });
    return digest(await model.readWeights());
  };
  const first = await bytes(1);
  expect(await bytes(1)).toBe(first);
  expect(await bytes(2)).not.toBe(first);
});
