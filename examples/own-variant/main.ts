import { createImageModel, evaluate, loadModel, train, type LatentModel } from "@elbo/core";
import { load } from "@elbo/datasets";
import { laplaceScheme, type LaplacePosterior } from "./laplaceScheme.ts";

// The factory that a package of this variant would export, and what core needs to load its models.
const image = [28, 28, 1];
const laplaceVae = (latent: number): LatentModel<LaplacePosterior> =>
  createImageModel(
    { image, seed: 1 },
    { kind: "laplace-vae", options: { latent }, scheme: laplaceScheme(latent), network: "mlp" },
  );
const laplaceKind = {
  kind: "laplace-vae",
  build: (options: Readonly<Record<string, unknown>>) => laplaceVae(Number(options["latent"])),
};

// From here on it is a model like any other.
const { train: images, test } = await load("fashion-mini");
const model = laplaceVae(8);
await train(model, images, { epochs: 10, seed: 1 });
const scores = await evaluate(model, test, { samples: 16, limit: 200 });
for (const name of ["elbo", "nll", "rate", "activeUnits"]) {
  console.log(`${name.padEnd(12)} ${scores[name]?.mean.toFixed(2)}`);
}
await model.save("runs/laplace");
const again = await loadModel("runs/laplace", laplaceKind);
const [before, after] = [await model.sample(4, { seed: 2 }), await again.sample(4, { seed: 2 })];
const same = before.data.every((value, i) => value === after.data[i]);
console.log(`4 samples, the same after loading: ${same}`);
if (!same) throw new Error("a loaded model must draw the same samples");
