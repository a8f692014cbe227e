/**
 * M2 with few labels beside the same classifier on these labels alone: accuracy on the test images of Fashion-MNIST.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/semiSupervised.ts [--folder DIR]
 * [--labels 100,600,1000,3000] [--seeds N] [--steps N] [--weight W] [--latent L] [--hidden H] [--unlabelled N]
 * [--prior standard] [--name NAME]`
 *
 * All training images are there, as many labels of each class are known as of any other, drawn anew for each seed. A batch has 50 labelled
 * images and as many others, drawn as 0 and 1; networks have one hidden layer, Adam at 0.001; the classifier alone makes as many steps with the
 * same 50, grey. Both are measured on grey images with the average of their weights (decay 0.99).
 * Writes apps/bench/recorded/semi-supervised.json after each trial and .md at the end; more labels, seeds or steps are further trials.
 */
import { writeWhole } from "@elbo/common/node";
import { accuracy, classifier, pairedDifference, train } from "@elbo/core";
import { classify, labelledPlan, semiSupervised } from "@elbo/cvae";
import { commandLine, commandOf, numbersOf, seedsTo } from "./support/commandLine.ts";
import { loadImages } from "./support/fashion.ts";
import { onlyLabelled, withFewLabels } from "./support/fewLabels.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Done, Figures } from "./support/record.ts";

const given = commandLine({
  folder: "",
  labels: "100,600,1000,3000",
  seeds: 5,
  steps: 1500,
  weight: 50,
  latent: 16,
  hidden: 128,
  unlabelled: 50,
  prior: "conditional",
  name: "semi-supervised",
});

interface Setting {
  readonly labels: number;
  readonly seed: number;
  readonly steps: number;
  readonly weight: number;
  readonly latent: number;
  readonly hidden: number;
  readonly unlabelled: number;
  readonly prior: string;
}

const set = await loadImages("fashion-mnist", given.folder);
const classes = 10;
const labelled = 50;

async function measured(setting: Setting): Promise<Figures> {
  const { seed, steps, weight, latent, hidden, unlabelled, prior } = setting;
  const labels = withFewLabels(set.train, setting);
  const network = { kind: "mlp", hidden: [hidden] } as const;
  const image = [28, 28, 1];
  const options = { steps, seed, ema: 0.99, validation: 0, progress: "silent" } as const;
  const truth = set.test.labels as Uint8Array;

  const alone = classifier({ example: image, classes, network, seed });
  await train(alone, onlyLabelled(set.train, labels), { ...options, batchSize: labelled });
  const baseline = accuracy(await alone.predict(set.test), truth).mean;
  alone.dispose();

  const rows = { labelled, unlabelled };
  const likelihood = { kind: "bernoulli", binarize: "dynamic" } as const;
  const model = semiSupervised({
    image,
    latent,
    classes,
    rows,
    likelihood,
    network,
    classification: weight,
    prior: prior as "standard" | "conditional",
    seed,
  });
  await train(model, { ...set.train, labels }, { ...options, plan: labelledPlan(labels, rows) });
  const found = await classify(model, set.test);
  const m2 = accuracy(found.labels, truth).mean;
  model.dispose();
  return { alone: 100 * baseline, m2: 100 * m2 };
}

const { steps, weight, latent, hidden, unlabelled, prior } = given;
const settings = numbersOf(given.labels).flatMap((labels) =>
  seedsTo(given.seeds).map((seed): Setting => ({
    labels,
    seed,
    steps,
    weight,
    latent,
    hidden,
    unlabelled,
    prior,
  })),
);
const command = commandOf("semiSupervised.ts", given);
const done = await recordTrials(
  given.name,
  command,
  settings.map((setting) => ({ setting, run: () => measured(setting) })),
);

/** One row of the table: the means over the seeds and their difference, paired. */
function rowOf(labels: number, trials: readonly Done<Setting>[]): string[] {
  const own = trials.filter(({ setting }) => setting.labels === labels);
  const alone = own.map(({ figures }) => figures["alone"]);
  const m2 = own.map(({ figures }) => figures["m2"]);
  const { mean, standardError, t } = pairedDifference(m2, alone);
  return [
    String(labels),
    summary(alone),
    summary(m2),
    `${mean.toFixed(2)} ± ${standardError.toFixed(2)}`,
    t.toFixed(1),
  ];
}

const table = markdownTable(
  ["labels", "the classifier alone, %", "M2, %", "gain ± standard error", "in standard errors"],
  numbersOf(given.labels).map((labels) => rowOf(labels, done)),
);
const text = `# M2 on Fashion-MNIST with few labels

Accuracy of q(y|x) on the 10,000 test images, mean ± standard deviation over ${given.seeds} seeds (labels, weights and batches); the gain is paired by seed.
${given.steps} steps of ${labelled} labelled and ${given.unlabelled} other images, ${given.latent} latents, one hidden layer of ${given.hidden}, weight of the classification ${given.weight}; weights are averages of decay 0.99.

${table}
\`${command}\`
`;
await writeWhole(recordedFile(`${given.name}.md`), text);
process.stdout.write(text);
