/**
 * Priors over the codes of a VQ-VAE of Fashion-MNIST, K = 512: how many bits a code takes under each on the test split, what
 * their samples look like, and how far these are from the test images beside a VAE's.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/codePriors.ts [--folder DIR] [--out DIR]
 * [--epochs N] [--prior-epochs N] [--samples N]`
 *
 * `--folder` holds Fashion-MNIST (see `load`). Each stage (the VQ-VAE, the prior, the VAE, the classifier) is saved in `--out`
 * when it is done and taken up from its checkpoint when it was interrupted, so the command can be repeated. Writes
 * apps/bench/recorded/code-priors.md and code-priors.png.
 */
import { betaVae, loadBetaVae, type BetaVae } from "@elbo/beta-vae";
import { writeWhole } from "@elbo/common/node";
import {
  accuracy,
  classifier,
  codeBits,
  evaluate,
  frechetDistance,
  loadClassifier,
  train,
  type Classifier,
  type Estimate,
  type NdArray,
} from "@elbo/core";
import { unigram } from "@elbo/vq-vae";
import { drawGrid, encodePng } from "../src/pictures/grid.ts";
import { codeModels, falling, stage, stepsOf } from "./support/codeModels.ts";
import { commandLine } from "./support/commandLine.ts";
import { loadImages, type Images } from "./support/fashion.ts";
import { recordedFile } from "./support/record.ts";

const given = commandLine({
  folder: "",
  out: "runs/code-priors",
  epochs: 4,
  "prior-epochs": 5,
  samples: 2000,
});
const { folder, out, epochs, samples: count } = given;
const data = await loadImages("fashion-mnist", folder);
const priorEpochs = given["prior-epochs"];
const stages = { out, epochs, priorEpochs };
const { model, prior, codes } = await codeModels(data.train as Images, stages);

const vae = await stage<BetaVae>(out, `vae-${epochs}`, {
  read: loadBetaVae,
  async make(directory) {
    const image = data.train.shape.slice(1);
    const options = { latent: 16, beta: 1, likelihood: { kind: "gaussian" } } as const;
    const made = betaVae({ image, ...options, network: "conv", seed: 1 });
    const steps = stepsOf(epochs, data.train.shape[0]);
    const checkpoint = { directory, everySteps: 200 };
    const optimizer = falling(steps, 2e-3);
    await train(made, data.train, { steps, optimizer, checkpoint, validation: 0, seed: 1 });
    return made;
  },
});

const judge = await stage<Classifier>(out, "classifier", {
  read: loadClassifier,
  async make(directory) {
    const made = classifier({
      example: data.train.shape.slice(1),
      classes: 10,
      network: "conv",
      seed: 1,
    });
    const steps = stepsOf(2, data.train.shape[0]);
    const checkpoint = { directory, everySteps: 200 };
    const optimizer = falling(steps, 2e-3);
    await train(made, data.train, { steps, optimizer, checkpoint, validation: 0, seed: 1 });
    return made;
  },
});

const held = await model.encode(data.test);
const counted = unigram({ positions: codes.shape.slice(1), codebookSize: 512 });
await counted.count(codes);
const bits = {
  uniform: { mean: 9, standardError: 0 },
  unigram: (await codeBits(counted, held)).perCode,
  pixelCnn: (await codeBits(prior, held)).perCode,
};

const samples = {
  "VQ-VAE, PixelCNN": await model.sample(count, { seed: 1 }),
  "VQ-VAE, PixelCNN, temperature 0.9": await model.sample(count, { seed: 1, temperature: 0.9 }),
  "VQ-VAE, unigram": await model.sample(count, { prior: counted, seed: 1 }),
  VAE: await vae.sample(count, { seed: 1 }),
};
const reconstructions = await model.reconstruct(data.test);
const real = await judge.features(data.test);
const distance = async (images: NdArray): Promise<string> =>
  frechetDistance(await judge.features(clipped(images)), real).toFixed(2);

/** Pictures as a screen shows them. */
function clipped({ data: values, shape }: NdArray): NdArray<Float32Array> {
  return { data: Float32Array.from(values, (x) => Math.min(1, Math.max(0, x))), shape };
}

const shown = ({ mean, standardError }: Estimate): string =>
  `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`;
const share = ({ mean }: Estimate): string => `${((100 * mean) / bits.unigram.mean).toFixed(1)} %`;
const rows = [
  "# Priors over the codes of a VQ-VAE",
  "",
  `Fashion-MNIST, 60,000 training and 10,000 test images; VQ-VAE with K = 512, a grid of ${codes.shape.slice(1).join(" x ")}, a Gaussian`,
  `likelihood, ${epochs} epochs; PixelCNN of ${prior.parameterCount} parameters (the default), ${priorEpochs} epochs; VAE with 16 latents, the same likelihood and`,
  "number of epochs. One seed. `apps/bench/measure/codePriors.ts` made this page and the picture.",
  "",
  "| prior | bits per code, test | of the unigram |",
  "| --- | --- | --- |",
  `| uniform | ${shown(bits.uniform)} | ${share(bits.uniform)} |`,
  `| unigram | ${shown(bits.unigram)} | 100 % |`,
  `| PixelCNN | ${shown(bits.pixelCnn)} | ${share(bits.pixelCnn)} |`,
  "",
  `Frechet distance between ${count} images and the 10,000 test images in the features of a classifier of our own (its accuracy on the test`,
  `split: ${shown(accuracy(await judge.predict(data.test), data.test.labels as Uint8Array))}); not the "FID", whose features are others'.`,
  "",
  "| images | Frechet distance |",
  "| --- | --- |",
];
for (const [name, images] of Object.entries(samples)) {
  rows.push(`| samples: ${name} | ${await distance(images)} |`);
}
rows.push(
  `| reconstructions of the test images by the VQ-VAE | ${await distance(reconstructions)} |`,
);

const { rate } = await evaluate(vae, data.test, { samples: 1, seed: 1 });
const deviations = deviationsOf((await vae.posterior(data.test)).mean);
const [least, most] = [Math.min(...deviations), Math.max(...deviations)];
rows.push(
  "",
  `The VAE is a poor sampler here: with its learned deviation it keeps ${rate.mean.toFixed(0)} nats in 16 latents, and what its encoder gives does not fill the prior (posterior`,
  `means have standard deviations of ${least.toFixed(1)} to ${most.toFixed(1)} where N(0, I) has 1), so draws from the prior fall beside what its decoder knows.`,
);

/** The standard deviation of every dimension of vectors `[n, D]`. */
function deviationsOf({ data: values, shape: [n, D] }: NdArray): number[] {
  return Array.from({ length: D }, (_, d) => {
    const own = Float64Array.from({ length: n }, (__, i) => values[i * D + d]);
    const mean = own.reduce((sum, value) => sum + value / n, 0);
    return Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2 / n, 0));
  });
}

const firstRows = (images: NdArray<Float32Array>, n: number): Float32Array =>
  images.data.slice(0, n * 784);
const perRow = 16;
const picture = Float32Array.from([
  ...Object.values(samples).flatMap((images) => [...firstRows(clipped(images), 3 * perRow)]),
  ...firstRows(
    clipped({ ...data.test, data: Float32Array.from(data.test.data, (x) => x / 255) }),
    3 * perRow,
  ),
]);
const order = [...Object.keys(samples), "test images"].join("; ");
rows.push("", `![From the top, three rows each: ${order}](code-priors.png)`, "");
rows.push(`From the top, three rows each: ${order}.`, "");
const shape = [picture.length / 784, 28, 28, 1];
const raster = drawGrid({ data: picture, shape }, { columns: perRow, scale: 2 });
await writeWhole(recordedFile("code-priors.png"), encodePng(raster));
await writeWhole(recordedFile("code-priors.md"), rows.join("\n"));
process.stdout.write(`${rows.join("\n")}\n`);
