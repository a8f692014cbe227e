/**
 * What drawn examples do for a classifier: its accuracy when trained on few real images, on drawn ones, and on both.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/augmentation.ts [--data fashion-mini] [--folder DIR]
 * [--seeds 5] [--real 20,100] [--drawn 200]`
 *
 * For each seed `--real` images of every class are chosen; a conditional VAE and a β-VAE (latent 16, Gaussian likelihood) are trained on
 * these alone for 1000 steps of 64 and draw `--drawn` images per class (`augment`); the same classifier (784-256-128-10, 600 steps of 64) is trained on each
 * set and measured on the test split. The paired t test is over seeds. Writes apps/bench/recorded/augmentation.json after each
 * trial; the table is printed at the end.
 */
import { betaVae } from "@elbo/beta-vae";
import { accuracy, augment, classifier, pairedDifference, Random, train } from "@elbo/core";
import type { Examples } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { take } from "@elbo/datasets";
import { commandLine, numbersOf, seedsTo } from "./support/commandLine.ts";
import { loadImages } from "./support/fashion.ts";
import { markdownTable, recordTrials, withError } from "./support/record.ts";
import type { Figures } from "./support/record.ts";

const given = commandLine({
  data: "fashion-mini",
  folder: "",
  seeds: 5,
  real: "20,100",
  drawn: 200,
});
const set = await loadImages(given.data, given.folder);
const labels = set.train.labels as Uint8Array;
const image = set.train.shape.slice(1);
const classes = new Set(labels).size;
const quiet = { validation: 0, progress: "silent" } as const;

/** The accuracy of a classifier that is trained on a set. */
async function right(examples: Examples, seed: number): Promise<number> {
  const model = classifier({ example: image, classes, seed });
  await train(model, examples, { steps: 600, batchSize: 64, seed, ...quiet });
  const { mean } = accuracy(await model.predict(set.test), set.test.labels as Uint8Array);
  model.dispose();
  return mean;
}

interface Setting {
  readonly data: string;
  readonly real: number;
  readonly drawn: number;
  readonly seed: number;
}

async function run({ real, drawn, seed }: Setting): Promise<Figures> {
  const order = new Random(seed).fork("augmentation").permutation(labels.length);
  const chosen = Array.from({ length: classes }, (_, label) =>
    [...order].filter((i) => labels[i] === label).slice(0, real),
  ).flat();
  const known = take(set.train, chosen);
  const shared = { image, latent: 16, likelihood: "gaussian", seed } as const;
  const models = { cvae: cvae({ ...shared, classes }), "beta-vae": betaVae(shared) };
  const figures: Record<string, number> = { real: await right(known, seed) };
  for (const [name, model] of Object.entries(models)) {
    await train(model, known, { steps: 1000, batchSize: 64, seed, ...quiet });
    const { synthetic, both } = await augment(model, known, {
      perClass: drawn,
      seed,
    });
    figures[`${name} synthetic`] = await right(synthetic, seed);
    figures[`${name} both`] = await right(both, seed);
    model.dispose();
  }
  return figures;
}

const command = `apps/bench/measure/augmentation.ts --data ${given.data} --seeds ${given.seeds} --real ${given.real} --drawn ${given.drawn}`;
const counts = numbersOf(given.real);
const trials = counts.flatMap((real) =>
  seedsTo(given.seeds).map((seed) => {
    const setting = { data: given.data, real, drawn: given.drawn, seed };
    return { setting, run: () => run(setting) };
  }),
);
const done = await recordTrials<Setting>("augmentation", command, trials);

const rows: string[][] = [];
for (const real of counts) {
  const own = done.filter(({ setting }) => setting.real === real);
  const of = (key: string): number[] => own.map(({ figures }) => 100 * figures[key]);
  rows.push([`${real}`, "-", withError(of("real"), 1), "-", "-", "-"]);
  for (const model of ["cvae", "beta-vae"]) {
    const both = of(`${model} both`);
    const { mean, standardError, p } = pairedDifference(both, of("real"));
    rows.push([
      `${real}`,
      model,
      withError(of("real"), 1),
      withError(of(`${model} synthetic`), 1),
      withError(both, 1),
      `${mean.toFixed(1)} ± ${standardError.toFixed(1)} (p ${p.toFixed(3)})`,
    ]);
  }
}
const head = ["real per class", "drawn by", "real", "synthetic", "both", "both - real"];
process.stdout.write(markdownTable(head, rows));
