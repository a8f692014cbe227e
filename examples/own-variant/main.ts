import { evaluate, loadModel, train, type JsonObject, type Networks } from "@elbo/core";
import { load } from "@elbo/datasets";
import { laplaceVae } from "./laplaceVae.ts";

// What core needs to load models of this variant: how to make one of its saved options and networks.
const laplaceKind = {
  kind: "laplace-vae",
  build: ({ latent }: JsonObject, networks: Networks) => laplaceVae(Number(latent), networks),
};

// From here on it is a model like any other.
const { train: images, test } = await load("fashion-mini");
const model = laplaceVae(8);
await train(model, images, { epochs: 10, seed: 1 });
const { elbo, nll, rate, activeUnits } = await evaluate(model, test, { samples: 16, limit: 200 });
for (const [name, { mean }] of Object.entries({ elbo, nll, rate, activeUnits })) {
  console.log(`${name.padEnd(12)} ${mean.toFixed(2)}`);
}
await model.save("runs/laplace");
const again = await loadModel("runs/laplace", laplaceKind);
const [before, after] = [await model.sample(4, { seed: 2 }), await again.sample(4, { seed: 2 })];
const same = before.data.every((value, i) => value === after.data[i]);
console.log(`4 samples, the same after loading: ${same}`);
if (!same) throw new Error("a loaded model must draw the same samples");
