/**
 * VAE and IWAE on Fashion-MNIST binarized at one half: likelihood and active units, in the order of Burda et al. 2016
 * (arXiv:1509.00519), table 1.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/importanceWeighted.ts [--folder DIR]
 * [--steps N] [--seeds N] [--images N]`
 *
 * 784-200-200 with tanh, 50 latents, Adam at 0.001, batches of 50. The output's biases start at the logits of the mean image. Writes
 * apps/bench/recorded/importance-weighted.json after each trial and .md at the end; more steps or seeds are further trials.
 */
import { betaVae, importanceWeighted } from "@elbo/beta-vae";
import type { BetaVae } from "@elbo/beta-vae";
import { writeWhole } from "@elbo/common/node";
import { adam, evaluate, pairedDifference, train } from "@elbo/core";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { binarized, fashionMnist, first, tanhNetworks } from "./support/fashion.ts";
import type { Images } from "./support/fashion.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Done, Figures } from "./support/record.ts";

const given = commandLine({ folder: "", steps: 3000, seeds: 3, images: 1000 });
const { steps, images } = given;
const seeds = seedsTo(given.seeds);

/** Draws in training; 0 is the VAE, whose rate is in closed form. */
const objectives = [0, 5, 50];

interface Setting {
  readonly draws: number;
  readonly seed: number;
  readonly steps: number;
  readonly images: number;
}

/** Logits of the mean of the training images, held to [0.001, 0.999]. */
function meanLogits({ data, shape: [count] }: Images): Float32Array {
  const size = data.length / count;
  const means = new Float64Array(size);
  for (let i = 0; i < data.length; i++) means[i % size] += data[i] / 255 / count;
  return Float32Array.from(means, (mean) => {
    const held = Math.min(0.999, Math.max(0.001, mean));
    return Math.log(held / (1 - held));
  });
}

async function trained({ draws, seed }: Setting, data: Images): Promise<BetaVae> {
  const model = betaVae({
    image: [28, 28, 1],
    latent: 50,
    network: tanhNetworks,
    seed,
    ...(draws === 0 ? {} : { objective: importanceWeighted({ draws }) }),
    threads: 1,
  });
  const biases = { data: meanLogits(data), shape: [784] };
  await model.writeWeights({ ...(await model.readWeights()), "decoder/parameters/bias": biases });
  await train(model, data, {
    steps,
    batchSize: 50,
    optimizer: adam(),
    seed,
    validation: 0,
    progress: "silent",
  });
  return model;
}

const { train: grey, test: greyTest } = await fashionMnist(given.folder);
const data = binarized(grey);
const test = first(binarized(greyTest), images);

async function run(setting: Setting): Promise<Figures> {
  const model = await trained(setting, data);
  const wide = await model.score(test, { samples: 512, seed: 1 });
  const some = await model.score(test, { samples: 64, seed: 2 });
  const { activeUnits } = await evaluate(model, test, { samples: 1 });
  model.dispose();
  const mean = (values: Float64Array | undefined): number =>
    (values ?? new Float64Array(1).fill(NaN)).reduce((sum, value) => sum + value, 0) / images;
  return {
    "NLL k=1": -mean(wide.elbo),
    "NLL k=64": -mean(some.logLikelihood),
    "NLL k=512": -mean(wide.logLikelihood),
    "active units": activeUnits.mean,
  };
}

const command = `apps/bench/measure/importanceWeighted.ts --steps ${steps} --seeds ${seeds.length} --images ${images}`;
const trials = seeds.flatMap((seed) =>
  objectives.map((draws) => {
    const setting = { draws, seed, steps, images };
    return { setting, run: () => run(setting) };
  }),
);
const done = await recordTrials<Setting>("importance-weighted", command, trials);

const of = (draws: number): Done<Setting>[] =>
  done.filter(({ setting }) => setting.draws === draws);
const figures = (draws: number, name: string): number[] =>
  of(draws).map((trial) => trial.figures[name]);
const names = ["NLL k=1", "NLL k=64", "NLL k=512", "active units"];
const titleOf = (draws: number): string => (draws === 0 ? "VAE" : `IWAE, k = ${draws}`);
const table = markdownTable(
  ["trained as", ...names],
  objectives.map((draws) => [
    titleOf(draws),
    ...names.map((name) => summary(figures(draws, name))),
  ]),
);
const pairs = [
  [5, 0],
  [50, 5],
].map(([better, other]) => {
  const { mean, standardError, p } = pairedDifference(
    Float64Array.from(figures(better, "NLL k=512")),
    Float64Array.from(figures(other, "NLL k=512")),
  );
  return [
    `${titleOf(better)} minus ${titleOf(other)}`,
    `${mean.toFixed(2)} ± ${standardError.toFixed(2)}`,
    p.toPrecision(2),
  ];
});
await writeWhole(
  recordedFile("importance-weighted.md"),
  `# VAE and IWAE on Fashion-MNIST binarized at one half

\`${command}\`: 784-200-200 tanh, 50 latents, ${steps} steps of 50 images with Adam at 0.001, ${seeds.length} seeds; nats per image over the first ${images} test
images; mean ± sample standard deviation over seeds.

${table}
Differences of NLL k=512 paired by seed, ± standard error, two-sided t test:

${markdownTable(["difference", "nats", "p"], pairs)}`,
);
