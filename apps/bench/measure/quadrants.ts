/**
 * Images completed from one, two and three quadrants: conditional NLL of a conditional VAE beside a deterministic baseline, as in Sohn et
 * al. 2015, table 1, on Fashion-MNIST drawn as 0 and 1; and a picture of several completions.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/quadrants.ts [--folder DIR] [--seeds N]
 * [--steps N] [--images N] [--samples K]`
 *
 * One model of each kind sees all three masks in training. Networks have one hidden layer of 400, 128 features of the observed part,
 * 32 latents, Adam at 0.001, batches of 128. The NLL of the hidden pixels given the observed ones is exact for the baseline, and a bound by K
 * importance samples for the VAE, over the first test images. Writes apps/bench/recorded/quadrants.json after each trial, .md and .png at
 * the end; more seeds or steps are further trials.
 */
import { writeWhole } from "@elbo/common/node";
import { train } from "@elbo/core";
import type { LatentModel } from "@elbo/core";
import { complete, completionBaseline, completionVae } from "@elbo/cvae";
import type { CompletionVae } from "@elbo/cvae";
import { concatImages, drawGrid, encodePng } from "../src/pictures/grid.ts";
import type { ImageBatch } from "../src/pictures/grid.ts";
import { commandLine, commandOf, seedsTo } from "./support/commandLine.ts";
import { fashionMnist, first } from "./support/fashion.ts";
import { markdownTable, recordedFile, recordTrials, summary } from "./support/record.ts";
import type { Done, Figures } from "./support/record.ts";

const given = commandLine({
  folder: "",
  seeds: 3,
  steps: 3000,
  images: 1000,
  samples: 100,
  name: "quadrants",
});

interface Setting {
  readonly seed: number;
  readonly steps: number;
  readonly images: number;
  readonly samples: number;
}

const masks = ["one-quadrant", "two-quadrants", "three-quadrants"] as const;
const image = [28, 28, 1];
const set = await fashionMnist(given.folder);

/** Mean NLL of the hidden pixels given the observed ones, nats per image, by mask. */
async function conditionalNll(
  model: LatentModel,
  { seed, images, samples }: Setting,
): Promise<number[]> {
  const means: number[] = [];
  for (const mask of masks) {
    const options = { condition: { mask }, samples, seed };
    const { logLikelihood, distortion } = await model.score(first(set.test, images), options);
    const costs = logLikelihood?.map((value) => -value) ?? distortion;
    means.push(costs.reduce((sum, cost) => sum + cost, 0) / images);
  }
  return means;
}

async function measured(setting: Setting): Promise<Figures> {
  const { seed, steps } = setting;
  const shared = {
    image,
    likelihood: { kind: "bernoulli", binarize: "dynamic" },
    network: { kind: "mlp", hidden: [400] },
    seed,
  } as const;
  const options = { steps, batchSize: 128, seed, validation: 0, progress: "silent" } as const;
  const baseline = completionBaseline(shared);
  await train(baseline, set.train, options);
  const alone = await conditionalNll(baseline, setting);
  const vae = completionVae({ ...shared, latent: 32 });
  await train(vae, set.train, options);
  const conditional = await conditionalNll(vae, setting);
  if (seed === 1) await draw(vae, baseline);
  vae.dispose();
  baseline.dispose();
  return Object.fromEntries(
    masks.flatMap((mask, i) => [
      [`baseline ${mask}`, alone[i]],
      [`vae ${mask}`, conditional[i]],
    ]),
  );
}

/** Whether a place is observed, by row and column of 28. */
const isObserved: Readonly<Record<(typeof masks)[number], (y: number, x: number) => boolean>> = {
  "one-quadrant": (y, x) => y >= 14 && x < 14,
  "two-quadrants": (_y, x) => x < 14,
  "three-quadrants": (y, x) => y >= 14 || x < 14,
};

/** Rows: an image with its hidden part grey, the baseline, five completions, the image; three images for each mask. */
async function draw(
  vae: CompletionVae,
  baseline: ReturnType<typeof completionBaseline>,
): Promise<void> {
  const rows: ImageBatch[] = [];
  const shown = first(set.test, 3);
  for (const mask of masks) {
    const drawn = await complete(vae, shown, { mask, count: 5, seed: 1 });
    const alone = await complete(baseline, shown, { mask });
    for (let row = 0; row < 3; row++) {
      const truth = Float32Array.from(
        shown.data.subarray(row * 784, (row + 1) * 784),
        (v) => v / 255,
      );
      const completions = drawn.data.subarray(row * 5 * 784, (row + 1) * 5 * 784);
      const seen = truth.map((value, i) =>
        isObserved[mask](Math.floor(i / 28), i % 28) ? value : 0.5,
      );
      const parts = [seen, alone.data.subarray(row * 784, (row + 1) * 784), completions, truth];
      rows.push(...parts.map((data) => ({ data, shape: [data.length / 784, ...image] })));
    }
  }
  const png = encodePng(drawGrid(concatImages(rows), { columns: 8 }));
  await writeWhole(recordedFile(`${given.name}.png`), png);
}

const { steps, images, samples } = given;
const settings = seedsTo(given.seeds).map((seed): Setting => ({ seed, steps, images, samples }));
const command = commandOf("quadrants.ts", given);
const done = await recordTrials(
  given.name,
  command,
  settings.map((setting) => ({ setting, run: () => measured(setting) })),
);

const column = (name: string, trials: readonly Done<Setting>[]): number[] =>
  trials.map(({ figures }) => figures[name]);
const table = markdownTable(
  ["observed", "baseline, nats", "conditional VAE, nats", "gain"],
  masks.map((mask) => {
    const [alone, vae] = [column(`baseline ${mask}`, done), column(`vae ${mask}`, done)];
    return [mask, summary(alone), summary(vae), summary(alone.map((cost, i) => cost - vae[i]))];
  }),
);
const text = `# Fashion-MNIST completed from quadrants

NLL of the hidden pixels (drawn as 0 and 1) given the observed ones, nats per image, mean over ${given.images} test images; ± is the standard deviation over
${given.seeds} seeds. The baseline's is exact, the conditional VAE's a bound by ${given.samples} importance samples. ${given.steps} steps of 128 images, one hidden layer of 400, 128 features
of the observed part, 32 latents; one model of each kind sees all masks in training.

${table}
![Completions](${given.name}.png)

Rows: what is observed (the rest grey), the baseline, five completions of the conditional VAE, the image; three images each for one, two and three quadrants.

\`${command}\`
`;
await writeWhole(recordedFile(`${given.name}.md`), text);
process.stdout.write(text);
