/**
 * What the defaults of quantizers rest on: distortion and usage on the validation part, a tenth of the training images of
 * fashion-mini, with one option at a time moved from its default. The test images are not looked at.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/quantizerDefaults.ts [--epochs N] [--seeds N]`
 *
 * Writes apps/bench/recorded/quantizer-defaults.json, trial by trial (a repeated command goes on), and quantizer-defaults.md.
 */
import { writeWhole } from "@elbo/common/node";
import { adam, train, type JsonObject } from "@elbo/core";
import { load } from "@elbo/datasets";
import { vqVae, type VqVaeOptions } from "@elbo/vq-vae";
import { commandLine, seedsTo } from "./support/commandLine.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";

interface Setting {
  readonly quantizer: JsonObject;
  readonly weights: Readonly<Record<string, number>>;
  readonly epochs: number;
  readonly seed: number;
}

const given = commandLine({ epochs: 10, seeds: 2 });
const book = { codebookSize: 256, codeDim: 16 };
const vector = { kind: "vector", ...book };
const lfq = { kind: "binary", bits: 8 };
const gumbel = { kind: "gumbel", ...book };

/** What is said of a row, its quantizer, and the weights of its losses; the first row of each kind has the defaults. */
const rows: readonly (readonly [string, JsonObject, Readonly<Record<string, number>>?])[] = [
  ["vector: decay 0.99, reviveBelow 0.1, commitment 0.25", vector],
  ["vector: decay 0.9", { ...vector, decay: 0.9 }],
  ["vector: decay 0.95", { ...vector, decay: 0.95 }],
  ["vector: reviveBelow 0", { ...vector, reviveBelow: 0 }],
  ["vector: reviveBelow 0.03", { ...vector, reviveBelow: 0.03 }],
  ["vector: reviveBelow 0.3", { ...vector, reviveBelow: 0.3 }],
  ["vector: commitment 1", vector, { commitment: 1 }],
  ["LFQ: entropy 0.3, diversity 3", lfq],
  ["LFQ: entropy 0.1, diversity 1", lfq, { entropy: 0.1, diversity: 1 }],
  ["LFQ: entropy 0.3, diversity 1", lfq, { entropy: 0.3, diversity: 1 }],
  ["LFQ: entropy 1, diversity 3", lfq, { entropy: 1, diversity: 3 }],
  ["Gumbel: temperature 0.5, rate 1", gumbel],
  ["Gumbel: rate 0.3", gumbel, { rate: 0.3 }],
  ["Gumbel: temperature 1", { ...gumbel, temperature: 1 }],
];

const { train: images } = await load("fashion-mini");

async function figuresOf({ quantizer, weights, epochs, seed }: Setting): Promise<{
  distortion: number;
  rate: number;
  usage: number;
}> {
  const options = { quantizer, weights, network: { kind: "conv", widths: [16, 32] } };
  const model = vqVae({
    image: [28, 28, 1],
    likelihood: "gaussian",
    ...options,
    seed,
  } as unknown as VqVaeOptions);
  try {
    const { history } = await train(model, images, {
      epochs,
      batchSize: 128,
      optimizer: adam({ learningRate: 2e-3 }),
      seed,
      validation: 0.1,
      progress: "silent",
    });
    const { distortion, rate, usage } = history.epochs.at(-1)?.validation ?? { loss: NaN };
    return { distortion, rate, usage };
  } finally {
    model.dispose();
  }
}

const seeds = seedsTo(given.seeds);
const settings = rows.flatMap(([, quantizer, weights = {}]) =>
  seeds.map((seed): Setting => ({ quantizer, weights, epochs: given.epochs, seed })),
);
const done = await recordTrials(
  "quantizer-defaults",
  `apps/bench/measure/quantizerDefaults.ts --epochs ${given.epochs} --seeds ${given.seeds}`,
  settings.map((setting) => ({ setting, run: () => figuresOf(setting) })),
);

const table = rows.map(([name], row) => {
  const own = done.slice(row * seeds.length, (row + 1) * seeds.length);
  const of = (key: string, digits: number): string =>
    summary(
      own.map(({ figures }) => figures[key]),
      digits,
    );
  return [name, of("distortion", 1), of("rate", 1), of("usage", 3)];
});
const text = `# The defaults of quantizers

\`apps/bench/measure/quantizerDefaults.ts --epochs ${given.epochs} --seeds ${given.seeds}\` on fashion-mini: 8 bits per position on 7 x 7 positions, convolutions of 16
and 32 channels, a Gaussian likelihood with one learned deviation, ${given.epochs} epochs of 4,500 images in batches of 128, Adam at 0.002. Figures
are those of the validation part, 500 training images that were held out; ${seeds.length === 1 ? "one seed" : `means over ${seeds.length} seeds ± standard deviation`}; the test images were not looked at.
The first row of each kind has the defaults, the others move what they name.

${markdownTable(["quantizer", "distortion, nats", "rate, nats", "usage"], table)}`;
await writeWhole(recordedFile("quantizer-defaults.md"), text);
process.stdout.write(text);
