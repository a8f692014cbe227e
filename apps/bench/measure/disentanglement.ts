/**
 * Objective x β x seeds on sprites: total correlation at equal distortion, and how far codes follow factors.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/disentanglement.ts [--size N] [--count N]
 * [--steps N] [--seeds N]`
 *
 * Burgess' network (four convolutions of 32 with stride 2 for 64x64, three for 32x32; dense 256 twice), 10 latents, Adam at 0.001,
 * batches of 64; pixels as they are. A tenth of the sprites is held out. Writes apps/bench/recorded/disentanglement.json after each
 * trial, .md and .svg at the end; more sizes, steps or seeds are further trials.
 */
import {
  betaTcvae,
  betaVae,
  decomposition,
  factorVae,
  factorVaeScore,
  modularity,
  mutualInformationGap,
} from "@elbo/beta-vae";
import type { BetaVaeOptions } from "@elbo/beta-vae";
import { writeWhole } from "@elbo/common/node";
import { adam, evaluate, pairedDifference, train } from "@elbo/core";
import { sprites } from "@elbo/datasets";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { curvesSvg } from "./support/curves.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Panel } from "./support/curves.ts";
import type { Figures } from "./support/record.ts";

const given = commandLine({ size: 32, count: 20000, steps: 2000, seeds: 3 });
const { size, count, steps } = given;
const seeds = seedsTo(given.seeds);

const objectives = ["β-VAE", "β-TCVAE", "FactorVAE"] as const;
type ObjectiveName = (typeof objectives)[number];

/** Weights by objective: of the rate, of the total correlation, γ. */
const weights: Readonly<Record<ObjectiveName, readonly number[]>> = {
  "β-VAE": [1, 2, 4, 8],
  "β-TCVAE": [2, 4, 8],
  FactorVAE: [5, 20],
};

interface Setting {
  readonly objective: ObjectiveName;
  readonly weight: number;
  readonly seed: number;
  readonly size: number;
  readonly count: number;
  readonly steps: number;
}

const objectiveOf = ({
  objective,
  weight,
}: Setting): Pick<BetaVaeOptions, "beta" | "objective"> => {
  if (objective === "β-VAE") return { beta: weight };
  if (objective === "β-TCVAE") return { objective: betaTcvae({ beta: weight }) };
  const hidden = [256, 256, 256];
  return { objective: factorVae({ latent: 10, gamma: weight, hidden, learningRate: 1e-3 }) };
};

const set = sprites({ size, count, seed: 1 });
const factors = {
  data: set.test.factors ?? new Int32Array(0),
  shape: [set.test.shape[0], 5],
};

async function run(setting: Setting): Promise<Figures> {
  const { seed } = setting;
  const halvings = Math.round(Math.log2(size / 4));
  const model = betaVae({
    image: [size, size, 1],
    latent: 10,
    likelihood: { kind: "bernoulli", binarize: "none" },
    network: { kind: "conv", widths: Array<number>(halvings).fill(32), hidden: [256, 256] },
    seed,
    threads: 1,
    ...objectiveOf(setting),
  });
  const options = { steps, batchSize: 64, optimizer: adam(), seed, validation: 0 } as const;
  await train(model, set.train, { ...options, progress: "silent" });
  const { distortion, rate } = await evaluate(model, set.test, { samples: 1, seed: 1 });
  const parts = await decomposition(model, set.train, { draws: 1000, seed: 1 }); // information is at most ln N
  const codes = await model.encode(set.test);
  model.dispose();
  return {
    distortion: distortion.mean,
    rate: rate.mean,
    "mutual information": parts.mutualInformation.mean,
    "total correlation": parts.totalCorrelation.mean,
    "dimension-wise": parts.dimensionWise.mean,
    "FactorVAE score": factorVaeScore({ codes, factors }),
    MIG: mutualInformationGap({ codes, factors }),
    modularity: modularity({ codes, factors }),
  };
}

const command = `apps/bench/measure/disentanglement.ts --size ${size} --count ${count} --steps ${steps} --seeds ${seeds.length}`;
const settings = objectives.flatMap((objective) =>
  weights[objective].map((weight) => ({ objective, weight })),
);
const trials = seeds.flatMap((seed) =>
  settings.map((one) => {
    const setting: Setting = { ...one, seed, size, count, steps };
    return { setting, run: () => run(setting) };
  }),
);
const done = await recordTrials<Setting>("disentanglement", command, trials);

const figure = (objective: ObjectiveName, weight: number, name: string): number[] =>
  done
    .filter(({ setting }) => setting.objective === objective && setting.weight === weight)
    .map((trial) => trial.figures[name]);

/** Total correlation of the β-VAE of a seed at a distortion, linear between the two weights around it; undefined beyond the curve. */
function totalCorrelationAt(seedIndex: number, distortion: number): number | undefined {
  const points = weights["β-VAE"]
    .map((weight) => ({
      distortion: figure("β-VAE", weight, "distortion")[seedIndex],
      value: figure("β-VAE", weight, "total correlation")[seedIndex],
    }))
    .sort((a, b) => a.distortion - b.distortion);
  for (let i = 1; i < points.length; i++) {
    const [low, high] = [points[i - 1], points[i]];
    if (distortion < low.distortion || distortion > high.distortion) continue;
    const share = (distortion - low.distortion) / (high.distortion - low.distortion);
    return low.value + share * (high.value - low.value);
  }
  return undefined;
}

const names = Object.keys(done[0].figures);
const table = markdownTable(
  ["objective", "weight", ...names],
  settings.map(({ objective, weight }) => [
    objective,
    String(weight),
    ...names.map((name) => summary(figure(objective, weight, name))),
  ]),
);
const comparisons = settings.flatMap(({ objective, weight }) => {
  if (objective === "β-VAE") return [];
  const distortions = figure(objective, weight, "distortion");
  const own = figure(objective, weight, "total correlation");
  const pairs = distortions.flatMap((distortion, i) => {
    const other = totalCorrelationAt(i, distortion);
    return other === undefined ? [] : [{ own: own[i], other }];
  });
  const title = `${objective}, ${weight}`;
  if (pairs.length < 2) return [[title, String(pairs.length), "beyond the curve", ""]];
  const { mean, standardError, p } = pairedDifference(
    pairs.map((pair) => pair.own),
    pairs.map((pair) => pair.other),
  );
  return [
    [
      title,
      String(pairs.length),
      `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`,
      p.toPrecision(2),
    ],
  ];
});
const panel = (name: string, unit = ""): Panel => ({
  x: "distortion, nats",
  y: `${name}${unit}`,
  curves: objectives.map((objective) => ({
    name: objective,
    points: weights[objective].map((weight) => ({
      label: String(weight),
      x: figure(objective, weight, "distortion"),
      y: figure(objective, weight, name),
    })),
  })),
});
await writeWhole(
  recordedFile("disentanglement.svg"),
  curvesSvg([panel("total correlation", ", nats"), panel("FactorVAE score")]),
);
await writeWhole(
  recordedFile("disentanglement.md"),
  `# Objective x weight x seeds on sprites

\`${command}\`: sprites of ${size}x${size}, ${count} of the full grid, a tenth held out; Burgess' network, 10 latents, ${steps} steps of 64 with Adam at 0.001,
${seeds.length} seeds. Mean ± sample standard deviation over seeds; nats per image. Distortion, rate and scores on the held-out images; mutual information, total
correlation and dimension-wise divergence of the aggregated posterior of the training images, by 1,000 draws.

${table}
![Total correlation and FactorVAE score over distortion, a curve per objective with its weights beside the points](disentanglement.svg)

A small dot is a seed; whiskers are one sample standard deviation through the mean.

Total correlation minus that of the β-VAE at the same distortion (linear along the curve over β of the same seed), ± standard error, two-sided
paired t test:

${markdownTable(["objective, weight", "seeds", "difference in nats", "p"], comparisons)}`,
);
