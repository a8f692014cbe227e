/** What Node and a page compute alike: a VQ-VAE and a prior with weights from a generator, and images compressed with them. */
import { Random, type LearnedCodePrior } from "@elbo/core";
import {
  compress,
  decompressToCodes,
  pixelCnn,
  transformer,
  vqVae,
  type VqVae,
} from "../../src/index.ts";

/** Weights that are nowhere zero, so that every layer has its say. */
async function randomize(prior: LearnedCodePrior): Promise<LearnedCodePrior> {
  const random = new Random(7);
  const weights = await prior.readWeights();
  for (const [name, { data, shape }] of Object.entries(weights)) {
    const values = data as Float32Array;
    random.fork(name).fillNormalInto(values);
    const scale = 1 / Math.sqrt(Math.max(1, values.length / (shape.at(-1) ?? 1)));
    for (let i = 0; i < values.length; i++) values[i] *= scale;
  }
  await prior.writeWeights(weights);
  return prior;
}

async function modelWith(kind: "pixelcnn" | "transformer"): Promise<VqVae> {
  const network = { kind: "conv", widths: [4, 8] } as const;
  const model = vqVae({ image: [12, 12, 1], codebookSize: 32, codeDim: 4, network, seed: 1 });
  const codes = { positions: [3, 3], codebookSize: 32, seed: 1 };
  model.prior = await randomize(
    kind === "pixelcnn"
      ? pixelCnn({ ...codes, width: 16, layers: 3 })
      : transformer({ ...codes, width: 16, layers: 2 }),
  );
  return model;
}

/** Images compressed, by the kind of prior. */
export async function compressed(): Promise<Record<"pixelcnn" | "transformer", number[]>> {
  const random = new Random(3);
  const data = new Float32Array(70 * 144);
  random.fillUniformInto(data);
  const images = { data, shape: [70, 12, 12, 1] };
  return {
    pixelcnn: [...(await compress(await modelWith("pixelcnn"), images))],
    transformer: [...(await compress(await modelWith("transformer"), images))],
  };
}

/** The codes in what the other side compressed. */
export async function codesIn(bytes: readonly number[]): Promise<number[]> {
  const model = await modelWith("pixelcnn");
  const { codes } = await decompressToCodes(model, Uint8Array.from(bytes));
  return [...(codes as { data: Int32Array }).data];
}
