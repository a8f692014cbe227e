/**
 * Samples of classes of Fashion-MNIST: what a classifier sees, how different they are, where the label goes, and how sure
 * classification by the bound is; a condition by concatenation beside FiLM.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/conditional.ts [--folder DIR] [--seeds N]
 * [--steps N] [--samples N] [--examples N]`
 *
 * A convolutional classifier learns from the training images (6 epochs of batches of 128, Adam from 0.002 down to 0.00004) and is measured on the
 * test images. A conditional VAE (one hidden layer of 600, 24 latents, Gaussian likelihood of one learned deviation, label dropped in a tenth of
 * the examples, Adam from 0.002 down to 0.0001, batches of 128) draws as many samples of each class, means of their pixels cut to [0, 1]: codes
 * from its own p(z|y), one Gaussian for each class, and from a mixture of 20 fitted afterwards to the posteriors of that class's training
 * images. Diversity is the mean Euclidean distance between images of one class, beside that of as many test images. Writes
 * apps/bench/recorded/conditional.json after each trial and .md at the end.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeWhole } from "@elbo/common/node";
import {
  accuracy,
  adam,
  classifier,
  cosine,
  expectedCalibrationError,
  loadClassifier,
  temperatureScaling,
  train,
} from "@elbo/core";
import type { NdArray, Optimizer, Prior } from "@elbo/core";
import { classifyByBound, cvae, labelLeakage, priorByClass } from "@elbo/cvae";
import type { Cvae } from "@elbo/cvae";
import { take } from "@elbo/datasets";
import { commandLine, commandOf, seedsTo } from "./support/commandLine.ts";
import { loadImages } from "./support/fashion.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Done, Figures } from "./support/record.ts";

const given = commandLine({
  folder: "",
  seeds: 2,
  steps: 3000,
  samples: 100,
  examples: 500,
  classifier: join(tmpdir(), "elbo-fashion-classifier-6-epochs"),
});
const classes = 10;
const image = [28, 28, 1];
const perClass = given.samples;
const set = await loadImages("fashion-mnist", given.folder);
const options = { validation: 0, progress: "silent" } as const;

/** Adam whose learning rate falls from 0.002 to a fraction of it. */
const falling = (steps: number, fraction: number): Optimizer =>
  adam({ learningRate: cosine({ from: 2e-3, to: 2e-3 / fraction, steps }) });

/** The classifier that looks at samples; kept, since all trials need it. */
async function judgeOf(): Promise<ReturnType<typeof classifier>> {
  if (existsSync(given.classifier)) return loadClassifier(given.classifier);
  const made = classifier({ example: image, classes, network: "conv", seed: 1 });
  const steps = Math.ceil((6 * set.train.shape[0]) / 128);
  const optimizer = falling(steps, 50);
  await train(made, set.train, { ...options, steps, optimizer, batchSize: 128, seed: 1 });
  await made.save(given.classifier);
  return made;
}
const judge = await judgeOf();
const truth = set.test.labels as Uint8Array;
const real = accuracy(await judge.predict(set.test), truth).mean;

/** Mean Euclidean distance between images of one class, over all pairs and classes; values in [0, 1]. */
function diversity({ data }: NdArray, unit: number): number {
  let sum = 0;
  const pairs = (classes * perClass * (perClass - 1)) / 2;
  for (let label = 0; label < classes; label++) {
    for (let a = 0; a < perClass; a++) {
      for (let b = 0; b < a; b++) {
        let square = 0;
        const [i, j] = [a, b].map((n) => (label * perClass + n) * 784);
        for (let p = 0; p < 784; p++) square += ((data[i + p] - data[j + p]) * unit) ** 2;
        sum += Math.sqrt(square);
      }
    }
  }
  return sum / pairs;
}

const byClass = Array.from({ length: classes }, (_, label) =>
  Array.from(truth, (own, i) => (own === label ? i : -1))
    .filter((row) => row >= 0)
    .slice(0, perClass),
).flat();
const realDiversity = diversity(take(set.test, byClass), 1 / 255);
const wanted = Int32Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass));

const ways = ["concatenate", "film"] as const;
const strengths = [1, 1.5, 2] as const;
const sources = ["own", "mixture"] as const;

interface Setting {
  readonly inject: (typeof ways)[number];
  readonly seed: number;
  readonly steps: number;
  readonly samples: number;
  readonly examples: number;
}

async function measured({ inject, seed, steps, examples }: Setting): Promise<Figures> {
  const model = cvae({
    image,
    latent: 24,
    classes,
    inject,
    drop: 0.1,
    likelihood: "gaussian",
    network: { kind: "mlp", hidden: [600] },
    seed,
  });
  const optimizer = falling(steps, 20);
  await train(model, set.train, { ...options, steps, optimizer, batchSize: 128, seed });
  const figures: Record<string, number> = {};
  const mixture = await priorByClass(model, set.train, { components: 20, seed });
  const priors: Readonly<Record<(typeof sources)[number], { readonly prior?: Prior }>> = {
    own: {},
    mixture: { prior: mixture },
  };
  for (const source of sources) {
    for (const guidance of strengths) {
      const told = { labels: wanted, guidance, seed, ...priors[source] };
      const { data, shape } = await model.sample(wanted.length, told);
      const drawn = { data: data.map((value) => Math.min(1, Math.max(0, value))), shape };
      const name = `${source} ${guidance}`;
      figures[`accuracy ${name}`] = 100 * accuracy(await judge.predict(drawn), wanted).mean;
      figures[`diversity ${name}`] = diversity(drawn, 1) / realDiversity;
    }
  }
  Object.assign(figures, await leakage(model, examples), await calibration(model, examples, seed));
  model.dispose();
  return figures;
}

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

async function leakage(model: Cvae, examples: number): Promise<Figures> {
  const found = await labelLeakage(model, {
    train: take(set.train, range(0, 2 * examples)),
    test: take(set.test, range(0, examples)),
    classifier: judge,
  });
  const { probe, probeOfRest, own, swapped, kept } = found;
  const shares = { probe, "probe of the rest": probeOfRest, own, swapped, kept };
  return Object.fromEntries(Object.entries(shares).map(([name, { mean }]) => [name, 100 * mean]));
}

/** Classification by the bound of 16 samples; the temperature is found on other examples. */
async function calibration(model: Cvae, examples: number, seed: number): Promise<Figures> {
  const classified = async (from: number) => {
    const { data, shape } = take(set.test, range(from, examples));
    return classifyByBound(model, { data, shape }, { samples: 16, seed });
  };
  const labels = truth.subarray(examples, 2 * examples);
  const tuned = await classified(0);
  const found = await classified(examples);
  const { temperature } = temperatureScaling(tuned.logProbabilities, truth.subarray(0, examples));
  const at = (t: number): number =>
    expectedCalibrationError(softmax(found.logProbabilities, t), labels);
  return {
    "bound accuracy": 100 * accuracy(found.labels, labels).mean,
    "ECE before": at(1),
    "ECE after": at(temperature),
    temperature,
  };
}

/** Probabilities of logits divided by a temperature. */
function softmax({ data, shape }: NdArray, temperature: number): NdArray<Float32Array> {
  const out = Float32Array.from(data, (value) => Math.exp(value / temperature));
  for (let n = 0; n < shape[0]; n++) {
    const row = out.subarray(n * classes, (n + 1) * classes);
    const sum = row.reduce((total, value) => total + value, 0);
    row.forEach((value, y) => (row[y] = value / sum));
  }
  return { data: out, shape };
}

const settings = ways.flatMap((inject) =>
  seedsTo(given.seeds).map((seed): Setting => {
    const { steps, samples, examples } = given;
    return { inject, seed, steps, samples, examples };
  }),
);
const command = commandOf("conditional.ts", { ...given, classifier: "" });
const done = await recordTrials(
  "conditional",
  command,
  settings.map((setting) => ({ setting, run: () => measured(setting) })),
);

/** The figures of a way, over the seeds. */
function cells(inject: string, names: readonly (readonly [string, number])[]): string[] {
  const own = done.filter(({ setting }: Done<Setting>) => setting.inject === inject);
  return names.map(([name, digits]) =>
    summary(
      own.map(({ figures }) => figures[name]),
      digits,
    ),
  );
}

const samples = markdownTable(
  ["condition", "prior", "guidance", "accuracy on samples, %", "diversity beside test images"],
  ways.flatMap((inject) =>
    sources.flatMap((source) =>
      strengths.map((strength) => [
        inject,
        source === "own" ? "learned along" : "mixture",
        String(strength),
        ...cells(inject, [
          [`accuracy ${source} ${strength}`, 1],
          [`diversity ${source} ${strength}`, 3],
        ]),
      ]),
    ),
  ),
);
const where = markdownTable(
  ["condition", "probe of z, %", "probe of the rest, %", "own, %", "swapped, %", "kept, %"],
  ways.map((inject) => [
    inject,
    ...cells(inject, [
      ["probe", 1],
      ["probe of the rest", 1],
      ["own", 1],
      ["swapped", 1],
      ["kept", 1],
    ]),
  ]),
);
const bound = markdownTable(
  ["condition", "accuracy, %", "ECE", "temperature", "ECE after"],
  ways.map((inject) => [
    inject,
    ...cells(inject, [
      ["bound accuracy", 1],
      ["ECE before", 3],
      ["temperature", 1],
      ["ECE after", 3],
    ]),
  ]),
);
const text = `# Conditional VAEs on Fashion-MNIST

A convolutional classifier is right on **${(100 * real).toFixed(1)} %** of the test images; the mean distance between test images of a class is ${realDiversity.toFixed(2)}. ± is the standard deviation over
${given.seeds} seeds of ${given.steps} steps. The aim: accuracy on samples of at least ${(100 * real - 2).toFixed(1)} % at a diversity of at least 0.8.

## Samples of classes

${perClass} of each class; images are the means of their pixels, cut to [0, 1]; guidance leads these means. Codes are drawn from the model's own p(z|y), a
Gaussian for each class that is learned along, or from a mixture of 20 for each class, fitted afterwards to its training images.

${samples}
## Where the label goes

On ${given.examples} test images: linear probes of the label from the mean latents and from what the prior leaves of them (chance 10 %); what the classifier sees when images
are decoded with their own label, with another one, and how often it still sees their own then.

${where}
## Classification by the bound

argmax of p(y|x) by the bound of 16 samples on ${given.examples} test images, expected calibration error before and after a temperature found on as many others.

${bound}
\`${command}\`
`;
await writeWhole(recordedFile("conditional.md"), text);
process.stdout.write(text);
