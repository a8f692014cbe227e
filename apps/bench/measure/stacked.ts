/**
 * M1+M2 with few labels beside classifiers of the same labels alone: accuracy on the test images of Fashion-MNIST, as in Kingma et al. 2014, table 1.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/stacked.ts [--folder DIR] [--labels 100,600,1000,3000]
 * [--seeds N] [--steps N] [--first N] [--draws K] [--weight W] [--name NAME]`
 *
 * M1, a VAE of 50 latents and a hidden layer of 600, is trained on all 60,000 images without labels, drawn as 0 and 1 (Adam from 0.002 down to
 * 0.0001, batches of 128); one for each seed. M2 (16 latents, a hidden layer of 128, Gaussian likelihood of one learned deviation) is
 * trained on K draws of q(z1|x) of every image (default 0: on its means) and asked for q(y|z1) of the mean z1 of the test
 * images; the classifier on the same z1 alone makes as many steps with the same labels. Labels, batches and the classifier of pixels are those of
 * semiSupervised.ts. Writes apps/bench/recorded/stacked.json after each trial and .md at the end; more labels, seeds or steps are further
 * trials.
 */
import { betaVae } from "@elbo/beta-vae";
import type { BetaVae } from "@elbo/beta-vae";
import { writeWhole } from "@elbo/common/node";
import { accuracy, adam, classifier, cosine, pairedDifference, train } from "@elbo/core";
import type { NdArray } from "@elbo/core";
import { classify, labelledPlan, semiSupervised } from "@elbo/cvae";
import { commandLine, commandOf, numbersOf, seedsTo } from "./support/commandLine.ts";
import { loadImages } from "./support/fashion.ts";
import { onlyLabelled, withFewLabels } from "./support/fewLabels.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Done, Figures } from "./support/record.ts";

const given = commandLine({
  folder: "",
  labels: "100,600,1000,3000",
  seeds: 3,
  steps: 1500,
  first: 3000,
  draws: 0,
  weight: 50,
  name: "stacked",
});

interface Setting {
  readonly labels: number;
  readonly seed: number;
  readonly steps: number;
  readonly first: number;
  readonly draws: number;
  readonly weight: number;
}

const set = await loadImages("fashion-mnist", given.folder);
const classes = 10;
const size = 50;
const rows = { labelled: 50, unlabelled: 50 };
const network = { kind: "mlp", hidden: [128] } as const;
const quiet = { validation: 0, progress: "silent" } as const;

/** What M2 sees: draws of the training images' codes, one after the other of an image, and the test images' means. */
interface Codes {
  readonly train: NdArray<Float32Array>;
  /** Rows of an image. */
  readonly each: number;
  readonly test: NdArray<Float32Array>;
}

let known: { readonly key: string; readonly codes: Codes } | undefined;

/** The codes of a seed's M1; trials of one seed come one after the other. */
async function codesOf({ seed, first, draws }: Setting): Promise<Codes> {
  const key = `${seed} ${first} ${draws}`;
  if (known?.key === key) return known.codes;
  const m1 = betaVae({
    image: [28, 28, 1],
    latent: size,
    beta: 1,
    likelihood: { kind: "bernoulli", binarize: "dynamic" },
    network: { kind: "mlp", hidden: [600] },
    seed,
  });
  const learningRate = cosine({ from: 2e-3, to: 1e-4, steps: first });
  const { data, shape } = set.train;
  const options = {
    ...quiet,
    steps: first,
    batchSize: 128,
    optimizer: adam({ learningRate }),
    seed,
  };
  await train(m1, { data, shape }, options);
  const codes = {
    train: await codesOfTraining(m1, { data, shape }, { draws, seed }),
    each: Math.max(1, draws),
    test: floats(await m1.encode({ data: set.test.data, shape: set.test.shape })),
  };
  m1.dispose();
  known = { key, codes };
  return codes;
}

async function codesOfTraining(
  m1: BetaVae,
  images: NdArray,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): Promise<Codes["train"]> {
  if (draws === 0) return floats(await m1.encode(images));
  const { draws: drawn } = (await m1.posterior(images, { draws, seed })) as { draws: NdArray };
  return floats({ data: drawn.data, shape: [images.shape[0] * draws, size] });
}

const floats = ({ data, shape }: NdArray): NdArray<Float32Array> => ({
  data: Float32Array.from(data),
  shape,
});

async function measured(setting: Setting): Promise<Figures> {
  const { seed, steps, weight } = setting;
  const codes = await codesOf(setting);
  const ofImages = withFewLabels(set.train, setting);
  const labels = Int32Array.from(
    { length: codes.train.shape[0] },
    (_, i) => ofImages[Math.floor(i / codes.each)],
  );
  const options = { ...quiet, steps, seed, ema: 0.99 };
  const truth = set.test.labels as Uint8Array;

  const onPixels = classifier({ example: [28, 28, 1], classes, network, seed });
  const batchSize = rows.labelled;
  await train(onPixels, onlyLabelled(set.train, ofImages), { ...options, batchSize });
  const pixels = accuracy(await onPixels.predict(set.test), truth).mean;
  onPixels.dispose();

  const onCodes = classifier({ example: [size], classes, network, seed });
  await train(onCodes, onlyLabelled({ ...codes.train, labels }, labels), { ...options, batchSize });
  const alone = accuracy(await onCodes.predict(codes.test), truth).mean;
  onCodes.dispose();

  const m2 = semiSupervised({
    image: [size],
    latent: 16,
    classes,
    rows,
    likelihood: "gaussian",
    network,
    classification: weight,
    seed,
  });
  await train(m2, { ...codes.train, labels }, { ...options, plan: labelledPlan(labels, rows) });
  const found = accuracy((await classify(m2, codes.test)).labels, truth).mean;
  m2.dispose();
  return { pixels: 100 * pixels, alone: 100 * alone, stacked: 100 * found };
}

const { steps, first, draws, weight } = given;
const settings = seedsTo(given.seeds).flatMap((seed) =>
  numbersOf(given.labels).map((labels): Setting => ({ labels, seed, steps, first, draws, weight })),
);
const command = commandOf("stacked.ts", given);
const done = await recordTrials(
  given.name,
  command,
  settings.map((setting) => ({ setting, run: () => measured(setting) })),
);

/** One row of the table: the means over the seeds and their differences, paired. */
function rowOf(labels: number, trials: readonly Done<Setting>[]): string[] {
  const own = trials.filter(({ setting }) => setting.labels === labels);
  const all = (name: string): number[] => own.map(({ figures }) => figures[name]);
  const gain = (name: string): string => {
    if (own.length < 2) return "-";
    const { mean, standardError, t } = pairedDifference(all("stacked"), all(name));
    return `${mean.toFixed(2)} ± ${standardError.toFixed(2)} (${t.toFixed(1)})`;
  };
  return [
    String(labels),
    ...["pixels", "alone", "stacked"].map((name) => summary(all(name))),
    ...["pixels", "alone"].map(gain),
  ];
}

const head = ["labels", "a classifier of pixels, %", "of M1's codes, %", "M1+M2, %"];
const table = markdownTable(
  [...head, "gain over pixels", "gain over codes"],
  numbersOf(given.labels).map((labels) => rowOf(labels, done)),
);
const text = `# M1+M2 on Fashion-MNIST with few labels

Accuracy on the 10,000 test images, mean ± standard deviation over ${given.seeds} seeds (labels, weights, batches and M1); gains are paired by seed, ± standard error (in standard errors).
M1: ${first} steps of 128 of all images without labels, ${size} latents, one hidden layer of 600. M2: ${steps} steps of ${rows.labelled} labelled and ${rows.unlabelled} other codes, ${draws === 0 ? "means" : `${draws} draws`} of
q(z1|x) for each image, 16 latents, one hidden layer of 128. Beside it the same classifier on the labels alone, of pixels and of these codes. [M2 on the
pixels](semi-supervised.md) has the same labels.

${table}
\`${command}\`
`;
await writeWhole(recordedFile(`${given.name}.md`), text);
process.stdout.write(text);
