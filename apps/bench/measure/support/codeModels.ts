/** A VQ-VAE of Fashion-MNIST with K = 512 and a PixelCNN over its codes, made once for the tables that need them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { adam, cosine, loadModel, train } from "@elbo/core";
import type { LearnedCodePrior, NdArray, Optimizer } from "@elbo/core";
import { loadVqVae, pixelCnn, vqVae } from "@elbo/vq-vae";
import type { VqVae } from "@elbo/vq-vae";
import type { Images } from "./fashion.ts";

/** Examples per step. */
const batch = 128;

/** Where the stages of a table are kept, and how long models train. */
export interface Stages {
  /** Folder of what is finished and of checkpoints. */
  readonly out: string;
  /** Passes of the models of images. */
  readonly epochs: number;
  /** Passes of the prior. */
  readonly priorEpochs: number;
}

/** How one stage is read and made. */
interface Stage<M> {
  readonly read: (directory: string) => Promise<M>;
  /** Makes it, with checkpoints in a folder. */
  readonly make: (checkpoint: string) => Promise<M>;
}

/** Steps of so many passes. */
export const stepsOf = (epochs: number, examples: number): number =>
  epochs * Math.floor(examples / batch);

/** Adam, its learning rate falling along half a cosine to a fiftieth. */
export const falling = (steps: number, from: number): Optimizer =>
  adam({ learningRate: cosine({ from, to: from / 50, steps }) });

/** What is saved under a name, else what `make` gives, saved. */
export async function stage<M extends { save(directory: string): Promise<void> }>(
  out: string,
  name: string,
  { read, make }: Stage<M>,
): Promise<M> {
  const directory = join(out, name);
  if (existsSync(join(directory, "model.json"))) return read(directory);
  const started = performance.now();
  const made = await make(join(out, `${name}-checkpoint`));
  await made.save(directory);
  process.stdout.write(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  return made;
}

/** The two models, the prior set as that of the VQ-VAE, and the codes of the training images. */
export async function codeModels(
  images: Images,
  { out, epochs, priorEpochs }: Stages,
): Promise<{
  readonly model: VqVae;
  readonly prior: LearnedCodePrior;
  readonly codes: NdArray;
}> {
  const [examples, ...image] = images.shape;
  const model = await stage<VqVae>(out, `vq-vae-${epochs}`, {
    read: loadVqVae,
    async make(directory) {
      const options = { codebookSize: 512, codeDim: 32, likelihood: "gaussian" } as const;
      const made = vqVae({ image, ...options, seed: 1 });
      const steps = stepsOf(epochs, examples);
      const optimizer = falling(steps, 2e-3);
      const checkpoint = { directory, everySteps: 200 };
      await train(made, images, { steps, optimizer, checkpoint, validation: 0, seed: 1 });
      return made;
    },
  });
  const codes = await model.encode(images);
  const prior = await stage<LearnedCodePrior>(out, `pixelcnn-${epochs}-${priorEpochs}`, {
    read: loadModel,
    async make(directory) {
      const made = pixelCnn({ positions: codes.shape.slice(1), codebookSize: 512, seed: 1 });
      const steps = stepsOf(priorEpochs, examples);
      const optimizer = falling(steps, 1e-3);
      const checkpoint = { directory, everySteps: 100 };
      const settings = { steps, optimizer, checkpoint, validation: 0, clipNorm: 5, seed: 1 };
      await train(made, codes, settings);
      return made;
    },
  });
  model.prior = prior;
  return { model, prior, codes };
}
