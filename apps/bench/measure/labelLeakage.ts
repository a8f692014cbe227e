/**
 * Where the label goes in conditional VAEs that are sound and in some that leak: the figures that `diagnose` judges label leakage by.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/labelLeakage.ts [--seeds N]`
 *
 * Models of `fashion-mini` (16 latents, grey values drawn as 0 and 1, Adam from 0.002 down to 0.00002, batches of 64), diagnosed on 500 test images. Leaking
 * on purpose: labels that are shuffled before training, so that the decoder cannot use them, and N(0, I) as prior of 32 latents with a narrow
 * Gaussian. "drawn" are samples of every class that a classifier (trained apart, one hidden layer of 400) takes for it: where what the
 * prior leaves of the latents knows nothing of the label, swapping labels shows the new one as often as drawing does. Writes
 * apps/bench/recorded/label-leakage.json after each trial and .md at the end.
 */
import { writeWhole } from "@elbo/common/node";
import { accuracy, adam, classifier, cosine, diagnose, evaluate, Random, train } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import type { CvaeOptions } from "@elbo/cvae";
import { load } from "@elbo/datasets";
import { commandLine, commandOf, seedsTo } from "./support/commandLine.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Done, Figures } from "./support/record.ts";

const given = commandLine({ seeds: 2 });
const { train: images, test } = await load("fashion-mini");
const image = [28, 28, 1];
const classes = 10;
const quiet = { validation: 0, progress: "silent", batchSize: 64 } as const;

interface Case {
  readonly name: string;
  readonly epochs: number;
  readonly leaks?: boolean;
  readonly shuffled?: boolean;
  readonly options?: Partial<CvaeOptions>;
}
const conv = { kind: "conv", widths: [32, 64], hidden: [64] } as const;
const standard = { prior: "standard" } as const;
const cases: readonly Case[] = [
  { name: "concatenate", epochs: 2 },
  { name: "concatenate", epochs: 4 },
  { name: "concatenate", epochs: 10 },
  { name: "film", epochs: 4, options: { inject: "film" } },
  { name: "convolutions", epochs: 4, options: { network: conv } },
  { name: "prior N(0, I)", epochs: 4, options: standard },
  { name: "prior N(0, I)", epochs: 10, options: standard },
  {
    name: "prior N(0, I), 32 latents, narrow Gaussian",
    epochs: 10,
    leaks: true,
    options: { ...standard, latent: 32, likelihood: { kind: "gaussian", scale: 0.05 } },
  },
  { name: "labels shuffled in training", epochs: 4, leaks: true, shuffled: true },
];

const judge = classifier({
  example: image,
  classes,
  network: { kind: "mlp", hidden: [400] },
  seed: 1,
});
await train(judge, images, { ...quiet, epochs: 10, seed: 1 });
const wanted = Int32Array.from({ length: 1000 }, (_, i) => i % classes);

async function measured({ epochs, options, shuffled }: Case, seed: number): Promise<Figures> {
  const likelihood = { kind: "bernoulli", binarize: "dynamic" } as const;
  const model = cvae({ image, latent: 16, classes, likelihood, seed, ...options });
  const own = images.labels as ArrayLike<number>;
  const order = new Random(seed).fork("shuffled").permutation(own.length);
  const labels = Int32Array.from(own, (label, i) => (shuffled === true ? own[order[i]] : label));
  const steps = epochs * Math.ceil(own.length / quiet.batchSize);
  const optimizer = adam({ learningRate: cosine({ from: 2e-3, to: 2e-5, steps }) });
  await train(model, { ...images, labels }, { ...quiet, steps, optimizer, seed });
  const { findings, figures } = await diagnose(model, test);
  const { elbo } = await evaluate(model, test, { limit: 500, seed });
  const drawn = await model.sample(wanted.length, { labels: wanted, seed });
  model.dispose();
  return {
    ...figures["label leakage"],
    drawn: accuracy(await judge.predict(drawn), wanted).mean,
    elbo: elbo?.mean ?? NaN,
    found: findings.some(({ symptom }) => symptom === "label leakage") ? 1 : 0,
  };
}

interface Setting {
  readonly name: string;
  readonly epochs: number;
  readonly seed: number;
}
const trials = cases.flatMap((one) =>
  seedsTo(given.seeds).map((seed) => {
    const setting: Setting = { name: one.name, epochs: one.epochs, seed };
    return { setting, run: () => measured(one, seed) };
  }),
);
const command = commandOf("labelLeakage.ts", given);
const done = await recordTrials("label-leakage", command, trials);

function rowOf({ name, epochs, leaks = false }: Case): string[] {
  const own = done.filter(
    ({ setting }: Done<Setting>) => setting.name === name && setting.epochs === epochs,
  );
  const all = (figure: string): number[] => own.map(({ figures }) => figures[figure]);
  const percent = (figure: string): string =>
    summary(
      all(figure).map((share) => 100 * share),
      1,
    );
  const ratios = own.map(({ figures }) => figures["swapped"] / figures["own"]);
  return [
    leaks ? `${name} (leaks on purpose)` : name,
    String(epochs),
    ...["own", "swapped", "kept"].map(percent),
    summary(ratios, 2),
    percent("probeOfRest"),
    percent("drawn"),
    summary(all("elbo"), 1),
    `${all("found").reduce((sum, one) => sum + one, 0)} of ${own.length}`,
  ];
}
const head = [
  ...["model", "epochs", "own, %", "swapped, %", "kept, %", "swapped / own"],
  ...["probe of the rest, %", "drawn, %", "ELBO, nats", "found"],
];
const text = `# Where the label goes, as \`diagnose\` sees it

${given.seeds} seeds on \`fashion-mini\` (5,000 images), mean ± standard deviation; a linear classifier looks at 250 images decoded with their own label, with another one ("swapped": it
sees the new label, "kept": still the old one), and a linear probe at what the prior leaves of the latents (chance 10 %). "drawn": samples of a
class that another classifier takes for it. The alarm is given where swapped / own is below 0.75 by more than two standard errors.

${markdownTable(head, cases.map(rowOf))}
\`${command}\`
`;
await writeWhole(recordedFile("label-leakage.md"), text);
process.stdout.write(text);
