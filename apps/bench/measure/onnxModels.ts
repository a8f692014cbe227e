/**
 * Exports models of every family as ONNX, for `packages/jit/test/reference/onnxTools.py`:
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/onnxModels.ts DIR`
 *
 * Weights are as models start; what is recorded stands in docs/onnx-tools.md.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { betaVae } from "@elbo/beta-vae";
import { vqVae } from "@elbo/vq-vae";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("onnxModels: a folder must be given, got none");

const image = [28, 28, 1] as const;
const models = {
  "mlp-beta-vae": betaVae({ image, latent: 10, network: "mlp" }),
  "conv-beta-vae": betaVae({ image, latent: 10, network: "conv" }),
  "resnet-beta-vae": betaVae({ image, latent: 10, network: "resnet" }),
  "conv-vq-vae": vqVae({ image, network: "conv", codebookSize: 64 }),
};
for (const [name, model] of Object.entries(models)) {
  const directory = join(folder, name);
  await mkdir(directory, { recursive: true });
  await model.exportOnnx(directory);
  model.dispose();
}
