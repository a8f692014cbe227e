/**
 * Malignant tumours among benign ones in a table of 30 real measurements: the area under the ROC curve of every score of
 * `anomalyDetector`, over seeds, a split each.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/tableAnomalies.ts [--seeds 5] [--steps 50]`
 *
 * The table is that of examples/table. Of the benign tumours 60 % train a β-VAE (`latent` 4, hidden 64, Gaussian likelihood of
 * standardized values) for 2,000 steps of 50, 20 % fit the threshold, and 20 % are told from the 212 malignant ones.
 * Writes apps/bench/recorded/table-anomalies.json after each trial; the table is printed at the end.
 */
import { betaVae } from "@elbo/beta-vae";
import { anomalyDetector, auroc, averagePrecision, Random, train } from "@elbo/core";
import type { AnomalyScore } from "@elbo/core";
import { fromCsv, take } from "@elbo/datasets";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { markdownTable, recordTrials, withError } from "./support/record.ts";
import type { Figures } from "./support/record.ts";

const given = commandLine({ seeds: 5, steps: 50 });
const file = new URL("../../../examples/table/breast-cancer.csv", import.meta.url);
const scores: readonly AnomalyScore[] = [
  "likelihood",
  "elbo",
  "distortion",
  "mahalanobis",
  "regret",
];

/** `steps` are those of regret. */
interface Setting {
  readonly seed: number;
  readonly steps: number;
}

async function run({ seed, steps }: Setting): Promise<Figures> {
  const { train: rows, classNames = [] } = await fromCsv(file, {
    label: "diagnosis",
    testFraction: 0,
  });
  const labels = rows.labels as ArrayLike<number>;
  const order = [...new Random(seed).fork("table").permutation(labels.length)];
  const of = (name: string): number[] => order.filter((i) => classNames[labels[i]] === name);
  const [benign, malignant] = [of("benign"), of("malignant")];
  const [known, held] = [Math.round(0.6 * benign.length), Math.round(0.8 * benign.length)];
  const model = betaVae({
    image: [rows.shape[1]],
    latent: 4,
    network: { kind: "mlp", hidden: [64] },
    likelihood: { kind: "gaussian", standardize: true },
    seed,
  });
  await train(model, take(rows, benign.slice(0, known)), {
    steps: 2000,
    batchSize: 50,
    validation: 0,
    seed,
    progress: "silent",
  });
  const asked = take(rows, [...benign.slice(held), ...malignant]);
  const isMalignant = Array.from({ length: asked.shape[0] }, (_, i) => i >= benign.length - held);
  const figures: Record<string, number> = {};
  for (const score of scores) {
    const detector = await anomalyDetector(model, take(rows, benign.slice(known, held)), {
      score,
      steps,
      seed,
    });
    const found = await detector.detect(asked);
    figures[`${score} auroc`] = auroc(found.scores, isMalignant).mean;
    figures[`${score} ap`] = averagePrecision(found.scores, isMalignant, { resamples: 2 }).mean;
  }
  model.dispose();
  return figures;
}

const command = `apps/bench/measure/tableAnomalies.ts --seeds ${given.seeds} --steps ${given.steps}`;
const trials = seedsTo(given.seeds).map((seed) => {
  const setting = { seed, steps: given.steps };
  return { setting, run: () => run(setting) };
});
const done = await recordTrials<Setting>("table-anomalies", command, trials);
const rows = (["auroc", "ap"] as const).map((key) => [
  key === "auroc" ? "area under ROC" : "average precision",
  ...scores.map((score) =>
    withError(
      done.map(({ figures }) => figures[`${score} ${key}`]),
      3,
    ),
  ),
]);
process.stdout.write(markdownTable(["", ...scores], rows));
