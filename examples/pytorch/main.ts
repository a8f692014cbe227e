import { adam, train } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";
import { load } from "@elbo/datasets";

const model = betaVae({
  image: [28, 28, 1],
  latent: 20,
  network: { kind: "mlp", hidden: [400] },
  likelihood: { kind: "bernoulli", binarize: "none" },
  seed: 1,
});

const { train: images } = await load("fashion-mini");
await train(model, images, {
  epochs: 10,
  batchSize: 128,
  optimizer: adam({ learningRate: 1e-3 }),
  validation: 0,
  seed: 1,
});

export const samples = await model.sample(16, { seed: 2 });
await model.save("runs/vae");
