/** Parts of one's own and images of any size in a conditional VAE. */
import {
  conv,
  gaussian,
  numbersReader,
  registerLikelihood,
  reparameterized,
  train,
  type Likelihood,
  type NetworkShapes,
  type Networks,
} from "@elbo/core";
import { checkScheme } from "@elbo/core/conformance";
import { emptyFolder } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { conditionalGaussian, cvae, loadCvae } from "../src/index.ts";

const image = [7, 5, 3];
const images = {
  data: Uint8Array.from({ length: 24 * 105 }, (_, i) => (i * 7) % 256),
  shape: [24, ...image],
  labels: Int32Array.from({ length: 24 }, (_, i) => i % 3),
};

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

const narrow = (shapes: NetworkShapes): Networks =>
  conv({ ...shapes, widths: [4, 4], hidden: [6] });

test("odd images, a likelihood and networks of one's own: trained, saved, loaded, the same model", async () => {
  const model = cvae({
    image,
    latent: 2,
    classes: 3,
    likelihood: absolute(image),
    network: narrow,
    seed: 1,
  });
  await train(model, images, { steps: 3, batchSize: 8, validation: 0, progress: "silent" });
  const directory = await emptyFolder();
  await model.save(directory);
  const loaded = await loadCvae(directory);
  expect(loaded.options["likelihood"]).toEqual({ kind: "absolute" });
  const sample = { label: 1, seed: 2 };
  expect(await loaded.sample(2, sample)).toEqual(await model.sample(2, sample));
  expect((await loaded.sample(2, sample)).shape).toEqual([2, ...image]);
});

test("latents with a prior of their own for each class keep core's contract", async () => {
  await checkScheme({
    make() {
      const prior = conditionalGaussian(2, 3);
      const { kernel, bias } = prior.variables as Record<string, tf.Variable>;
      kernel.assign(tf.tensor2d([0.5, -1, 0.2, 0, 1, 0, -0.5, 0.1, 0, 1, 0.3, -0.2], [3, 4]));
      bias.assign(tf.tensor1d([0.1, 0, -0.3, 0.2]));
      return reparameterized({ size: 2, posterior: gaussian, prior });
    },
    condition: 3,
    engines: ["native", "eager"],
  });
});
