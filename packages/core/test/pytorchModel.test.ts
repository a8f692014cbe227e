import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { NdArray } from "@elbo/jit";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { gaussian } from "../src/distributions/gaussian.ts";
import { createModel } from "../src/latentModel/createModel.ts";
import { reparameterized } from "../src/latents/reparameterized.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";

interface Plain {
  readonly data: readonly number[];
  readonly shape: readonly number[];
}
type Reference = Readonly<Record<"x" | "mean" | "logVar" | "reconstruction", Plain>> & {
  readonly weights: Readonly<Record<string, Plain>>;
};

/** What PyTorch computed: reference/pytorchModel.py. */
const reference = JSON.parse(
  await readFile(new URL("reference/pytorchModel.json", import.meta.url), "utf8"),
) as Reference;

const toNd = ({ data, shape }: Plain): NdArray => ({ data: Float32Array.from(data), shape });

/** `[n, c, h, w]` as `[n, h, w, c]`. */
const channelsLast = ({ data, shape }: Plain): NdArray => {
  const moved = tf.transpose(tf.tensor([...data], [...shape]), [0, 2, 3, 1]);
  return { data: moved.dataSync(), shape: moved.shape };
};

/** PyTorch's epsilon; momentum there is that of the new value, 0.1. */
const normalization = (name: string): tfl.layers.Layer =>
  tfl.layers.batchNormalization({ name, epsilon: 1e-5, momentum: 0.9 });
const relu = (): tfl.layers.Layer => tfl.layers.activation({ activation: "relu" });

/** The networks of the script, layer by layer. */
function networks(): { encoder: tfl.LayersModel; decoder: tfl.LayersModel } {
  const { layers } = tfl;
  const maps = { kernelSize: 4, strides: 2, padding: "same" } as const;
  const encoder = tfl.sequential({
    layers: [
      layers.conv2d({ name: "conv", inputShape: [6, 8, 2], filters: 4, ...maps }),
      normalization("norm"),
      relu(),
      layers.flatten(),
      normalization("normFlat"),
      layers.dense({ name: "hidden", units: 5 }),
      normalization("normHidden"),
      relu(),
      layers.dense({ name: "features", units: 6 }),
    ],
  });
  const decoder = tfl.sequential({
    layers: [
      layers.dense({ name: "hidden", inputShape: [3], units: 48 }),
      normalization("normFlat"),
      relu(),
      layers.reshape({ targetShape: [3, 4, 4] }),
      normalization("norm"),
      relu(),
      layers.conv2dTranspose({ name: "up", filters: 2, ...maps }),
    ],
  });
  return { encoder, decoder };
}

/** Names of PyTorch's `state_dict` as those of a model here. */
const weightNames: Readonly<Record<string, string>> = {
  running_mean: "moving_mean",
  running_var: "moving_variance",
};
function renamed(weights: Reference["weights"]): Record<string, NdArray> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, value]) => {
      const [network, layer, weight] = name.split(".");
      const isNormalization = layer.startsWith("norm");
      const own = isNormalization
        ? { weight: "gamma", bias: "beta" }
        : { weight: "kernel", bias: "bias" };
      const as = (own as Record<string, string>)[weight] ?? weightNames[weight];
      return [`${network}/${layer}/${as}`, toNd(value)];
    }),
  );
}

test("a model with PyTorch's weights gives what PyTorch gave: Conv2d, BatchNorm, flatten, Linear, ConvTranspose2d", async () => {
  const example = { x: gaussianLikelihood([6, 8, 2], { scale: 1 }) };
  const latents = reparameterized({ size: 3, posterior: gaussian });
  const model = createModel({ kind: "t", options: {}, example, latents, networks: networks() });
  await model.writeWeights(renamed(reference.weights), { layout: "pytorch" });
  const x = channelsLast(reference.x);
  const close = { rtol: 1e-4, atol: 1e-5 };
  const posterior = (await model.posterior(x)) as Readonly<Record<string, NdArray>>;
  expectClose(posterior["mean"].data, reference.mean.data, close);
  expectClose(posterior["logVar"].data, reference.logVar.data, close);
  const { data } = await model.reconstruct(x);
  expectClose(data, channelsLast(reference.reconstruction).data, close);
  // Without the layout a kernel is refused where its shape tells.
  await expect(model.writeWeights(renamed(reference.weights))).rejects.toThrow(/kernel/u);
  model.dispose();
});
