import { load } from "@elbo/datasets";
import {
  aggregatedPosterior,
  classifier,
  frechetDistance,
  gaussianMixture,
  normalizingFlow,
  precisionRecall,
  train,
} from "@elbo/core";
import type { NdArray, Prior } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";

const { train: images, test } = await load("fashion-mini");
const likelihood = { kind: "gaussian", scale: 0.2 } as const;
const model = betaVae({ image: [28, 28, 1], latent: 16, likelihood, seed: 1 });
await train(model, images, { epochs: 15, batchSize: 100, seed: 1, validation: 0 });

// Second stage: what the latents of the images really look like, and two densities that are fitted to them.
const aggregated = await aggregatedPosterior(model, images);
const codes = await aggregated.sample(5000, { seed: 1 });
const mixture = gaussianMixture(codes, { components: 20, seed: 1 });
const flow = normalizingFlow({ size: 16, seed: 1 });
await train(flow, codes, { epochs: 15, batchSize: 100, seed: 1 });

// Pictures are compared in the features of a small classifier, 1,000 drawn ones with 1,000 of the test split.
const judge = classifier({ example: [28, 28, 1], classes: 10, network: "conv", seed: 1 });
await train(judge, images, { epochs: 4, batchSize: 64, seed: 1 });
const real = await judge.features(test);
const compare = async (drawn: NdArray): Promise<string> => {
  const features = await judge.features(drawn);
  const { precision, recall } = precisionRecall(real, features);
  const distance = frechetDistance(real, features);
  return `Fréchet distance ${distance.toFixed(1)}, precision ${precision.mean.toFixed(2)}, recall ${recall.mean.toFixed(2)}`;
};
console.log(`${"the model's prior".padEnd(22)} ${await compare(await model.sample(1000))}`);
const samplers: Record<string, Prior> = {
  "a Gaussian mixture": mixture,
  "a normalizing flow": flow,
  "aggregated posterior": aggregated,
};
for (const [name, prior] of Object.entries(samplers)) {
  console.log(`${name.padEnd(22)} ${await compare(await model.sample(1000, { prior }))}`);
}
console.log(`${"(reconstructions)".padEnd(22)} ${await compare(await model.reconstruct(test))}`);
