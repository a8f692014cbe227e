/**
 * σ-VAE against fixed standard deviations on grey Fashion-MNIST: density of held-out images, and what the choice costs.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/optimalSigma.ts [--folder DIR]
 * [--steps N] [--seeds N] [--images N]`
 *
 * 784-200-200 with tanh, 20 latents, Adam at 0.001, batches of 100. Writes apps/bench/recorded/optimal-sigma.json after each trial and
 * .md at the end; more steps or seeds are further trials.
 */
import { betaVae, optimalSigma } from "@elbo/beta-vae";
import type { BetaVae } from "@elbo/beta-vae";
import { writeWhole } from "@elbo/common/node";
import { adam, evaluate, pairedDifference, train } from "@elbo/core";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { fashionMnist, first, tanhNetworks } from "./support/fashion.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Figures } from "./support/record.ts";

const given = commandLine({ folder: "", steps: 3000, seeds: 3, images: 1000 });
const { steps, images } = given;
const seeds = seedsTo(given.seeds);

/** Fixed deviations; one that is learned; the best one of every batch in closed form. */
const scales = [1, 0.5, 0.25, 0.1, 0.05, "global", "optimal"] as const;

interface Setting {
  readonly scale: (typeof scales)[number];
  readonly seed: number;
  readonly steps: number;
  readonly images: number;
}

const { train: data, test: all } = await fashionMnist(given.folder);
const test = first(all, images);

const modelOf = (scale: number | "global", seed: number, isOptimal: boolean): BetaVae =>
  betaVae({
    image: [28, 28, 1],
    latent: 20,
    likelihood: { kind: "gaussian", scale },
    network: tanhNetworks,
    seed,
    ...(isOptimal ? { objective: optimalSigma() } : {}),
    threads: 1,
  });

/** `sqrt(E |x - mean|^2)` over some training images and one draw of the latents: what the closed form amounts to in the end. */
async function reachedScale(model: BetaVae): Promise<number> {
  const some = first(data, 2000);
  const { draws } = await model.posterior(some, { draws: 1, seed: 3 });
  const back = await model.decode({ data: draws.data, shape: [2000, 20] });
  const squares = back.data.reduce((sum, value, i) => sum + (value - some.data[i] / 255) ** 2, 0);
  return Math.sqrt(squares / back.data.length);
}

/** The model whose likelihood has the deviation that the closed form had in the end. */
async function atReachedScale(
  model: BetaVae,
  seed: number,
): Promise<{ model: BetaVae; scale: number }> {
  const scale = Math.max(1 / 255, await reachedScale(model));
  const same = modelOf(scale, seed, false);
  await same.writeWeights(await model.readWeights());
  model.dispose();
  return { model: same, scale };
}

async function run({ scale, seed }: Setting): Promise<Figures> {
  const isOptimal = scale === "optimal";
  const made = modelOf(isOptimal ? 0.25 : scale, seed, isOptimal);
  const options = { steps, batchSize: 100, optimizer: adam(), seed, validation: 0 } as const;
  await train(made, data, { ...options, progress: "silent" });
  const { model, scale: reached } = isOptimal
    ? await atReachedScale(made, seed)
    : { model: made, scale: typeof scale === "number" ? scale : await reachedScale(made) };
  const { elbo, nll, rate, mse } = await evaluate(model, test, { samples: 64, seed: 1 });
  model.dispose();
  return { scale: reached, elbo: elbo.mean, nll: nll.mean, rate: rate.mean, mse: mse.mean };
}

const command = `apps/bench/measure/optimalSigma.ts --steps ${steps} --seeds ${seeds.length} --images ${images}`;
const trials = seeds.flatMap((seed) =>
  scales.map((scale) => {
    const setting = { scale, seed, steps, images };
    return { setting, run: () => run(setting) };
  }),
);
const done = await recordTrials<Setting>("optimal-sigma", command, trials);

const figures = (scale: Setting["scale"], name: string): number[] =>
  done.filter(({ setting }) => setting.scale === scale).map((trial) => trial.figures[name]);
const titleOf = (scale: Setting["scale"]): string =>
  scale === "global"
    ? "learned"
    : scale === "optimal"
      ? "best of the batch (σ-VAE)"
      : `fixed ${scale}`;
const table = markdownTable(
  ["deviation", "reached", "ELBO", "log density, k = 64", "rate", "MSE"],
  scales.map((scale) => [
    titleOf(scale),
    summary(figures(scale, "scale"), 4),
    summary(figures(scale, "elbo"), 1),
    summary(
      figures(scale, "nll").map((value) => -value),
      1,
    ),
    summary(figures(scale, "rate"), 1),
    summary(figures(scale, "mse"), 4),
  ]),
);
const pairs = scales.slice(0, 5).map((scale) => {
  const { mean, standardError, p } = pairedDifference(
    Float64Array.from(figures(scale, "nll")),
    Float64Array.from(figures("optimal", "nll")),
  );
  return [titleOf(scale), `${mean.toFixed(1)} ± ${standardError.toFixed(1)}`, p.toPrecision(2)];
});
await writeWhole(
  recordedFile("optimal-sigma.md"),
  `# σ-VAE against fixed deviations on grey Fashion-MNIST

\`${command}\`: 784-200-200 tanh, 20 latents, ${steps} steps of 100 images with Adam at 0.001, ${seeds.length} seeds; nats per image (densities of values in
[0, 1]) over the first ${images} test images; mean ± sample standard deviation over seeds.

${table}
What the σ-VAE is better by, in nats of log density, paired by seed, ± standard error, two-sided t test:

${markdownTable(["against", "nats", "p"], pairs)}`,
);
