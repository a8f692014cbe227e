/**
 * Which likelihood a VQ-VAE should have unless told otherwise: the squared error, PSNR and SSIM of reconstructions of held-out
 * grey images after training under each, networks, quantizer and seeds equal.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/vqLikelihood.ts [--epochs 10] [--seeds 1,2,3]`
 *
 * prints a line per model and the means; apps/bench/recorded/vq-likelihood.md holds what it gave.
 */
import { evaluate, psnr, ssim, train, type LikelihoodChoice } from "@elbo/core";
import { load } from "@elbo/datasets";
import { vqVae } from "@elbo/vq-vae";
import { commandLine, numbersOf } from "./support/commandLine.ts";

const given = commandLine({ epochs: 10, seeds: "1,2,3" });

const likelihoods: Readonly<Record<string, LikelihoodChoice>> = {
  "Bernoulli, binarized": { kind: "bernoulli", binarize: "dynamic" },
  "Bernoulli, grey": { kind: "bernoulli", binarize: "none" },
  Gaussian: "gaussian",
};

const meanOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

const { train: images, test } = await load("fashion-mini");
const truth = { data: Float32Array.from(test.data, (byte) => byte / 255), shape: test.shape };
const rows = new Map<string, number[][]>();
for (const seed of numbersOf(given.seeds)) {
  for (const [name, likelihood] of Object.entries(likelihoods)) {
    const model = vqVae({
      image: [28, 28, 1],
      codebookSize: 256,
      codeDim: 16,
      likelihood,
      network: { kind: "conv", widths: [16, 32] },
      seed,
    });
    await train(model, images, { epochs: given.epochs, seed, progress: "silent" });
    const { mse, usage } = await evaluate(model, test, { samples: 1 });
    const back = await model.reconstruct(test);
    const figures = [mse.mean, meanOf(psnr(truth, back)), meanOf(ssim(truth, back)), usage.mean];
    rows.set(name, [...(rows.get(name) ?? []), figures]);
    console.log(seed, name, ...figures.map((figure) => figure.toFixed(4)));
    model.dispose();
  }
}
for (const [name, all] of rows) {
  console.log(name, ...[0, 1, 2, 3].map((i) => meanOf(all.map((row) => row[i])).toFixed(4)));
}
