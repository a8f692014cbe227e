/**
 * One class of Fashion-MNIST against the rest: the area under the ROC curve and the average precision of every score of
 * `anomalyDetector`, the false alarms of its threshold, and the share of blank grey images that it finds.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/anomalies.ts [--data fashion-mini] [--folder DIR]
 * [--seeds 2] [--steps 50] [--classes 0,1,...]`
 *
 * For each class and seed a β-VAE (`latent` 8, Gaussian likelihood of deviation 0.2, the default network) is trained on 80 % of the class's
 * training images for 1500 steps of 50; the others fit the threshold. Anomalies are the nine other classes of the test split. The blank
 * images are 64 of one grey level each. Writes apps/bench/recorded/anomalies.json after each trial; the table is printed at the end.
 */
import { betaVae } from "@elbo/beta-vae";
import { anomalyDetector, auroc, averagePrecision, train } from "@elbo/core";
import type { AnomalyScore } from "@elbo/core";
import { filterByLabel, take } from "@elbo/datasets";
import type { Split } from "@elbo/datasets";
import { commandLine, numbersOf, seedsTo } from "./support/commandLine.ts";
import { loadImages } from "./support/fashion.ts";
import { markdownTable, recordTrials, withError } from "./support/record.ts";
import type { Figures } from "./support/record.ts";

const given = commandLine({
  data: "fashion-mini",
  folder: "",
  seeds: 2,
  steps: 50,
  classes: "0,1,2,3,4,5,6,7,8,9",
});
const scores: readonly AnomalyScore[] = [
  "likelihood",
  "elbo",
  "distortion",
  "mahalanobis",
  "regret",
];
const falseAlarms = 0.05;
const set = await loadImages(given.data, given.folder);
const image = set.train.shape.slice(1);
const values = image.reduce((a, b) => a * b, 1);
const labels = set.test.labels as Uint8Array;

/** One grey level each, from black to white. */
const blank = {
  data: Uint8Array.from({ length: 64 * values }, (_, i) => Math.floor(i / values) * 4),
  shape: [64, ...image],
};

/** `steps` are those of regret. */
interface Setting {
  readonly data: string;
  readonly label: number;
  readonly seed: number;
  readonly steps: number;
}

async function run({ label, seed, steps }: Setting): Promise<Figures> {
  const own = filterByLabel(set.train, [label]);
  const indices = [...Array(own.shape[0]).keys()];
  const isHeld = (i: number): boolean => i % 5 === seed % 5;
  const known: Split = take(
    own,
    indices.filter((i) => !isHeld(i)),
  );
  const held: Split = take(own, indices.filter(isHeld));
  const model = betaVae({ image, latent: 8, likelihood: { kind: "gaussian", scale: 0.2 }, seed });
  await train(model, known, {
    steps: 1500,
    batchSize: 50,
    validation: 0,
    seed,
    progress: "silent",
  });
  const figures: Record<string, number> = {};
  for (const score of scores) {
    const detector = await anomalyDetector(model, held, {
      score,
      falseAlarms,
      steps,
      seed,
    });
    const found = await detector.detect(set.test);
    const isOther = Array.from(labels, (other) => other !== label);
    const shareOf = (marks: Uint8Array, of: (i: number) => boolean): number => {
      const chosen = [...marks].filter((_, i) => of(i));
      return chosen.reduce((sum, mark) => sum + mark, 0) / chosen.length;
    };
    figures[`${score} auroc`] = auroc(found.scores, isOther).mean;
    figures[`${score} ap`] = averagePrecision(found.scores, isOther, { resamples: 2 }).mean;
    figures[`${score} alarms`] = shareOf(found.anomalous, (i) => !isOther[i]);
    figures[`${score} found`] = shareOf(found.anomalous, (i) => isOther[i]);
    figures[`${score} blank`] = shareOf((await detector.detect(blank)).anomalous, () => true);
  }
  model.dispose();
  return figures;
}

const command = `apps/bench/measure/anomalies.ts --data ${given.data} --seeds ${given.seeds} --steps ${given.steps} --classes ${given.classes}`;
const classes = numbersOf(given.classes);
const trials = classes.flatMap((label) =>
  seedsTo(given.seeds).map((seed) => {
    const setting = { data: given.data, label, seed, steps: given.steps };
    return { setting, run: () => run(setting) };
  }),
);
const done = await recordTrials<Setting>("anomalies", command, trials);

const rows = classes.map((label) => {
  const own = done.filter(({ setting }) => setting.label === label);
  const areas = (score: AnomalyScore): number[] =>
    own.map(({ figures }) => figures[`${score} auroc`]);
  return [
    set.classNames?.[label] ?? String(label),
    ...scores.map((score) => withError(areas(score), 3)),
  ];
});
const over = (key: string, digits: number): string[] =>
  scores.map((score) => {
    const mean = done.reduce(
      (sum, { figures }) => sum + figures[`${score} ${key}`] / done.length,
      0,
    );
    return mean.toFixed(digits);
  });
rows.push(["**mean area under ROC**", ...over("auroc", 3)]);
rows.push(["mean average precision", ...over("ap", 3)]);
rows.push([`false alarms (asked: at most ${falseAlarms})`, ...over("alarms", 3)]);
rows.push(["anomalies found at that threshold", ...over("found", 3)]);
rows.push(["blank grey images found", ...over("blank", 3)]);
process.stdout.write(markdownTable(["normal class", ...scores], rows));
