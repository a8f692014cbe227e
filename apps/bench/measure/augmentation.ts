/**
 * What drawn examples do for a classifier: its accuracy when trained on few real images, on drawn ones, and on both.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/augmentation.ts [--data fashion-mini] [--folder DIR]
 * [--seeds 5] [--real 20,100] [--drawn 200] [--file apps/bench/recorded/augmentation.json]`
 *
 * For each seed `--real` images of every class are chosen; a conditional VAE and a β-VAE (latent 16, Gaussian likelihood) are trained on
 * these alone for 1000 steps of 64 and draw `--drawn` images per class (`augment`); the same classifier (784-256-128-10, 600 steps of 64) is trained on each
 * set and measured on the test split. The paired t test is over seeds. Trials are kept in the file; the table is printed at the end.
 */
import { parseArgs } from "node:util";
import { betaVae } from "@elbo/beta-vae";
import { accuracy, augment, classifier, pairedDifference, Random, train } from "@elbo/core";
import type { Examples } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { load, take } from "@elbo/datasets";
import type { DatasetName } from "@elbo/datasets";
import { summary, table, Trials } from "./support/trials.ts";
import type { Figures } from "./support/trials.ts";

const { values: given } = parseArgs({
  options: {
    data: { type: "string", default: "fashion-mini" },
    folder: { type: "string" },
    seeds: { type: "string", default: "5" },
    real: { type: "string", default: "20,100" },
    drawn: { type: "string", default: "200" },
    file: { type: "string", default: "apps/bench/recorded/augmentation.json" },
  },
});
const trials = new Trials(given.file);
const set = await load(
  given.data as DatasetName,
  given.folder === undefined ? {} : { folder: given.folder },
);
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

async function trial(real: number, seed: number): Promise<Figures> {
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
      perClass: Number(given.drawn),
      seed,
    });
    figures[`${name} synthetic`] = await right(synthetic, seed);
    figures[`${name} both`] = await right(both, seed);
    model.dispose();
  }
  return figures;
}

const rows: string[][] = [];
for (const real of given.real.split(",").map(Number)) {
  const own: Figures[] = [];
  for (let seed = 1; seed <= Number(given.seeds); seed++) {
    const name = `${given.data} real ${real} drawn ${given.drawn} seed ${seed}`;
    own.push(await trials.get(name, () => trial(real, seed)));
  }
  const of = (key: string): number[] => own.map((figures) => 100 * figures[key]);
  rows.push([`${real}`, "-", summary(of("real"), 1), "-", "-", "-"]);
  for (const model of ["cvae", "beta-vae"]) {
    const both = of(`${model} both`);
    const { mean, standardError, p } = pairedDifference(both, of("real"));
    rows.push([
      `${real}`,
      model,
      summary(of("real"), 1),
      summary(of(`${model} synthetic`), 1),
      summary(both, 1),
      `${mean.toFixed(1)} ± ${standardError.toFixed(1)} (p ${p.toFixed(3)})`,
    ]);
  }
}
const head = ["real per class", "drawn by", "real", "synthetic", "both", "both - real"];
process.stdout.write(`${table(head, rows)}\n`);
