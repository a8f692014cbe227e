/** Weights that others trained and published, read and run; PyTorch computed what they should give (golden.npz beside them). */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { decodePytorch } from "@elbo/core";
import type { NdArray } from "@elbo/core";
import { fromNpz } from "@elbo/datasets";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { betaVae } from "../src/index.ts";

const folder = fileURLToPath(new URL("../../../../shared/data/pytorch/", import.meta.url));
const isThere = existsSync(folder);
if (!isThere) process.stderr.write(`skipped: published weights, since ${folder} is not there\n`);

/** One array of the golden file, images with channels last. */
async function golden(name: string): Promise<NdArray> {
  const layout = name.endsWith("_x") || name.endsWith("_reconstruction") ? "nchw" : undefined;
  const { train } = await fromNpz(
    `${folder}golden.npz`,
    { data: name },
    {
      testFraction: 0,
      ...(layout === undefined ? {} : { layout }),
    },
  );
  return { data: train.data as Float32Array, shape: train.shape };
}

/** Layers of disentangling-vae by the names that `conv` gives its own; the published ones have a fourth convolution at 64x64. */
const layersOf = (isBig: boolean): Readonly<Record<string, string>> => ({
  "encoder/conv1": "encoder.conv1",
  "encoder/conv2": "encoder.conv2",
  "encoder/conv3": "encoder.conv3",
  ...(isBig ? { "encoder/conv4": "encoder.conv_64" } : {}),
  "encoder/dense1": "encoder.lin1",
  "encoder/dense2": "encoder.lin2",
  "decoder/dense1": "decoder.lin1",
  "decoder/dense2": "decoder.lin2",
  "decoder/maps": "decoder.lin3",
  ...(isBig
    ? {
        "decoder/up1": "decoder.convT_64",
        "decoder/up2": "decoder.convT1",
        "decoder/up3": "decoder.convT2",
      }
    : { "decoder/up1": "decoder.convT1", "decoder/up2": "decoder.convT2" }),
  "decoder/parameters": "decoder.convT3",
});

/** Rows mean, log variance, mean, ... as first the means, then the log variances. */
function apart({ data, shape: [rows, ...rest] }: NdArray): NdArray {
  const width = data.length / rows;
  const order = [0, 1].flatMap((part) => Array.from({ length: rows / 2 }, (_, i) => 2 * i + part));
  const moved = order.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)]);
  return { data: Float32Array.from(moved), shape: [rows, ...rest] };
}

describe.skipIf(!isThere)("disentangling-vae's published models", () => {
  test.each([
    ["btcvae_dsprites", 64],
    ["factor_dsprites", 64],
    ["betaH_mnist", 32],
  ])("%s encodes and decodes as in PyTorch", async (name, size) => {
    const file = `${folder}disvae-${name}.pt`;
    const tensors = decodePytorch(await readFile(file), file);
    const of = (key: string): NdArray => tensors.get(key) as NdArray;
    const model = betaVae({
      image: [size, size, 1],
      latent: 10,
      likelihood: { kind: "bernoulli", binarize: "none" },
      network: {
        kind: "conv",
        widths: Array<number>(size === 64 ? 4 : 3).fill(32),
        hidden: [256, 256],
      },
    });
    const weights = Object.entries(layersOf(size === 64)).flatMap(([here, there]) => [
      [`${here}/kernel`, of(`${there}.weight`)] as const,
      [`${here}/bias`, of(`${there}.bias`)] as const,
    ]);
    await model.writeWeights(
      {
        ...Object.fromEntries(weights),
        "encoder/features/kernel": apart(of("encoder.mu_logvar_gen.weight")),
        "encoder/features/bias": apart(of("encoder.mu_logvar_gen.bias")),
      },
      { layout: "pytorch" },
    );
    const x = await golden(`${name}_x`);
    const { mean, logVar } = await model.posterior(x);
    expectClose(mean.data, (await golden(`${name}_mu`)).data, { rtol: 1e-5, atol: 1e-5 });
    expectClose(logVar.data, (await golden(`${name}_logvar`)).data, { rtol: 1e-5, atol: 1e-5 });
    const reconstruction = await model.reconstruct(x);
    expectClose(reconstruction.data, (await golden(`${name}_reconstruction`)).data, {
      rtol: 1e-5,
      atol: 1e-5,
    });
    expect(reconstruction.shape).toEqual(x.shape);
    model.dispose();
  });
});
