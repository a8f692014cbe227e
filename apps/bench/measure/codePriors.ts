/**
 * Priors over the codes of a VQ-VAE of Fashion-MNIST, K = 512: how many bits a code takes under each on the test split, and
 * what their samples look like.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/codePriors.ts [--folder DIR] [--out DIR]
 * [--epochs N] [--vq-epochs N]`
 *
 * `--folder` holds Fashion-MNIST (see `load`). Each stage (the VQ-VAE, each prior) is saved in `--out` when it is done and taken
 * up from its checkpoint when it was interrupted, so the command can be repeated; more epochs need another `--out`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { adam, cosine, loadModel, train, type LearnedCodePrior } from "@elbo/core";
import { load } from "@elbo/datasets";
import { loadVqVae, pixelCnn, vqVae, type VqVae } from "@elbo/vq-vae";

const { values: given } = parseArgs({
  options: {
    folder: { type: "string" },
    out: { type: "string", default: "runs/code-priors" },
    epochs: { type: "string", default: "5" },
    "vq-epochs": { type: "string", default: "4" },
  },
});
const { folder, out } = given;
const data = await load("fashion-mnist", folder === undefined ? {} : { folder });
const batch = 128;
const stepsOf = (epochs: string, count: number): number => Number(epochs) * Math.floor(count / batch);

/** What is saved under a name, else what `make` gives, saved. */
async function stage<M extends { save(directory: string): Promise<void> }>(
  name: string,
  { read, make }: { read(directory: string): Promise<M>; make(checkpoint: string): Promise<M> },
): Promise<M> {
  const directory = join(out, name);
  if (existsSync(join(directory, "model.json"))) return read(directory);
  const started = performance.now();
  const made = await make(join(out, `${name}-checkpoint`));
  await made.save(directory);
  process.stdout.write(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  return made;
}

const schedule = (steps: number, from: number): ReturnType<typeof adam> =>
  adam({ learningRate: cosine({ from, to: from / 50, steps }) });

const model = await stage<VqVae>("vq-vae", {
  read: loadVqVae,
  async make(directory) {
    const image = data.train.shape.slice(1);
    const options = { codebookSize: 512, codeDim: 32, likelihood: { kind: "gaussian" } } as const;
    const made = vqVae({ image, ...options, seed: 1 });
    const steps = stepsOf(given["vq-epochs"], data.train.shape[0]);
    const optimizer = schedule(steps, 2e-3);
    const checkpoint = { directory, everySteps: 200 };
    await train(made, data.train, { steps, optimizer, checkpoint, validation: 0, seed: 1 });
    return made;
  },
});
const codes = await model.encode(data.train);

await stage<LearnedCodePrior>("pixelcnn", {
  read: loadModel,
  async make(directory) {
    const made = pixelCnn({ positions: codes.shape.slice(1), codebookSize: 512, seed: 1 });
    const steps = stepsOf(given.epochs, codes.shape[0]);
    const optimizer = schedule(steps, 1e-3);
    const checkpoint = { directory, everySteps: 100 };
    await train(made, codes, { steps, optimizer, checkpoint, validation: 0, clipNorm: 5, seed: 1 });
    return made;
  },
});
