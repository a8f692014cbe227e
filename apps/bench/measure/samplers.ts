/**
 * What latents are drawn from decides about what is drawn: the Fréchet distance, precision, recall, density and coverage of samplers that
 * are fitted afterwards, beside the model's own prior and priors that are trained along.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/samplers.ts [--data fashion-mini] [--folder DIR]
 * [--seeds 3] [--steps 1500]`
 *
 * For each seed an autoencoder, a β-VAE, a β-VAE with a VampPrior and one with a flow (latent 16, Gaussian likelihood of deviation 0.2,
 * the default network, batches of 100). Features are those of the convolutional classifier, trained on the training split for 800 steps
 * with the seed 0. 1,000 draws are compared with the 1,000 test images (first row: 1,000 training images; second: reconstructions of the
 * test images). The flow of two-stage training has 1,500 steps. Writes apps/bench/recorded/samplers.json after each trial; the table is
 * printed at the end.
 */
import { autoencoder, betaVae } from "@elbo/beta-vae";
import {
  aggregatedPosterior,
  classifier,
  frechetDistance,
  gaussianMixture,
  normalizingFlow,
  precisionRecall,
  Random,
  standardNormal,
  train,
} from "@elbo/core";
import type { LatentModel, NdArray, Prior } from "@elbo/core";
import { take } from "@elbo/datasets";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { loadImages } from "./support/fashion.ts";
import { markdownTable, recordTrials, withError } from "./support/record.ts";
import type { Figures, Trial } from "./support/record.ts";

const given = commandLine({ data: "fashion-mini", folder: "", seeds: 3, steps: 1500 });
const count = 1000;
const latent = 16;
const set = await loadImages(given.data, given.folder);
const image = set.train.shape.slice(1);
const test = take(set.test, [...Array(count).keys()]);
const quiet = { validation: 0, progress: "silent" } as const;

let judge: ReturnType<typeof classifier> | undefined;
async function featuresOf(images: NdArray): Promise<NdArray> {
  if (judge === undefined) {
    const classes = new Set(set.train.labels).size;
    judge = classifier({ example: image, classes, network: "conv", seed: 0 });
    await train(judge, set.train, { steps: 800, batchSize: 64, seed: 0, ...quiet });
  }
  return judge.features(images);
}

async function compare(images: NdArray): Promise<Figures> {
  const [real, drawn] = [await featuresOf(test), await featuresOf(images)];
  const { precision, recall, density, coverage } = precisionRecall(real, drawn);
  return {
    frechet: frechetDistance(real, drawn),
    precision: precision.mean,
    recall: recall.mean,
    density: density.mean,
    coverage: coverage.mean,
  };
}

type Model = LatentModel<NdArray, "mse">;
const likelihood = { kind: "gaussian", scale: 0.2 } as const;
const models: Readonly<Record<string, (seed: number) => Model>> = {
  autoencoder: (seed) => autoencoder({ image, latent, likelihood, seed }),
  "beta-vae": (seed) => betaVae({ image, latent, likelihood, seed }),
  "beta-vae, VampPrior": (seed) => betaVae({ image, latent, likelihood, seed, prior: "vamp" }),
  "beta-vae, flow": (seed) => betaVae({ image, latent, likelihood, seed, prior: "flow" }),
};

/** The samplers of a model, by name; undefined is the model's own prior. */
async function samplersOf(
  name: string,
  model: Model,
  seed: number,
): Promise<Record<string, Prior | undefined>> {
  if (name.includes(",")) return { "its own": undefined };
  const aggregated = await aggregatedPosterior(model, set.train);
  const codes = await aggregated.sample(5000, { seed });
  const flow = normalizingFlow({ size: latent, seed });
  await train(flow, codes, { steps: 1500, batchSize: 100, seed, ...quiet });
  return {
    "standard normal": name === "autoencoder" ? standardNormal(latent) : undefined,
    "Gaussian mixture": gaussianMixture(codes, { components: 20, seed }),
    "normalizing flow": flow,
    "aggregated posterior of the training images": aggregated,
  };
}

/** Training images in the place of a model have no steps. */
interface Setting {
  readonly data: string;
  readonly model: string;
  readonly steps?: number;
  readonly seed: number;
}

async function run(name: string, steps: number, seed: number): Promise<Figures> {
  const model = models[name](seed);
  await train(model, set.train, { steps, batchSize: 100, seed, ...quiet });
  const figures: Record<string, number> = {};
  const keep = (sampler: string, values: Figures): void => {
    for (const [key, value] of Object.entries(values)) figures[`${sampler}|${key}`] = value;
  };
  keep("reconstructions", await compare(await model.reconstruct(test)));
  for (const [sampler, prior] of Object.entries(await samplersOf(name, model, seed))) {
    keep(sampler, await compare(await model.sample(count, { seed, ...(prior && { prior }) })));
  }
  model.dispose();
  return figures;
}

const { data, steps } = given;
const command = `apps/bench/measure/samplers.ts --data ${data} --seeds ${given.seeds} --steps ${steps}`;
const floor: Trial<Setting> = {
  setting: { data, model: "training images", seed: 1 },
  run() {
    const order = new Random(1).permutation(set.train.shape[0]);
    return compare(take(set.train, [...order.subarray(0, count)]));
  },
};
const trials = Object.keys(models).flatMap((model) =>
  seedsTo(given.seeds).map((seed) => ({
    setting: { data, model, steps, seed },
    run: () => run(model, steps, seed),
  })),
);
const [training, ...done] = await recordTrials<Setting>("samplers", command, [floor, ...trials]);

const keys = ["frechet", "precision", "recall", "density", "coverage"] as const;
const rows = [
  ["-", "real training images", ...keys.map((key) => training.figures[key].toFixed(2))],
];
for (const name of Object.keys(models)) {
  const own = done.filter(({ setting }) => setting.model === name);
  const samplers = [...new Set(Object.keys(own[0].figures).map((key) => key.split("|")[0]))];
  for (const sampler of samplers) {
    const cells = keys.map((key) =>
      withError(own.map(({ figures }) => figures[`${sampler}|${key}`])),
    );
    rows.push([name, sampler, ...cells]);
  }
}
process.stdout.write(markdownTable(["model", "latents from", ...keys], rows));
