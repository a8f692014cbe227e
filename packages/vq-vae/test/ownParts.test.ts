/** Parts of one's own and images of any size in a VQ-VAE. */
import {
  conv,
  numbersReader,
  registerLikelihood,
  train,
  type Likelihood,
  type NetworkShapes,
  type Networks,
} from "@elbo/core";
import { emptyFolder } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { loadVqVae, vqVae } from "../src/index.ts";

/** `-|x - m| / s - log 2s`: errors count by their size, not by their square. */
const absolute = (shape: readonly number[]): Likelihood => ({
  kind: "absolute",
  column: { shape, dtype: "float32" },
  parameterShape: shape,
  reader: (at, values) => numbersReader(at, values, { shape, range: [0, 1] }),
  distribution: (mean) => ({
    kind: "absolute",
    noise: "uniform",
    mean: () => mean,
    logProb: (x) => tf.neg(tf.add(tf.div(tf.abs(tf.sub(x, mean)), 0.2), Math.log(0.4))),
    sample: () => mean,
  }),
});
registerLikelihood("absolute", absolute);

const narrow = (shapes: NetworkShapes): Networks => conv({ ...shapes, widths: [4, 4] });

test.each([
  ["conv", narrow],
  ["resnet", { kind: "resnet", width: 4, blocks: 1, residualWidth: 2 }],
  ["mlp", { kind: "mlp", hidden: [8] }],
] as const)(
  "odd images and a likelihood of one's own with %s: trained, saved, loaded, the same model",
  async (_, network) => {
    const image = [11, 7, 3];
    const data = Uint8Array.from({ length: 24 * 231 }, (__, i) => (i * 7) % 256);
    const images = { data, shape: [24, ...image] };
    const model = vqVae({
      image,
      codebookSize: 8,
      codeDim: 2,
      likelihood: absolute(image),
      network,
      seed: 1,
    });
    await train(model, images, { steps: 3, batchSize: 8, validation: 0, progress: "silent" });
    const codes = await model.encode(images);
    expect(codes.shape).toEqual([24, 3, 2]);
    const directory = await emptyFolder();
    await model.save(directory);
    const loaded = await loadVqVae(directory);
    expect(loaded.options["likelihood"]).toEqual({ kind: "absolute" });
    expect(await loaded.encode(images)).toEqual(codes);
    expect(await loaded.reconstruct(images)).toEqual(await model.reconstruct(images));
  },
);
