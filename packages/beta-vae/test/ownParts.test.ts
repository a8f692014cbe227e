/** A likelihood, a network, a schedule and an optimizer that are written outside pass through the factories, and through save and load. */
import {
  createSchedule,
  mlp,
  numbersReader,
  registerLikelihood,
  registerSchedule,
  train,
  type Likelihood,
  type Networks,
  type NetworkShapes,
  type Optimizer,
  type Schedule,
} from "@elbo/core";
import { emptyFolder } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { autoencoder, betaVae, loadAutoencoder, loadBetaVae } from "../src/index.ts";

const image = [4, 4, 1];
const images = {
  data: Uint8Array.from({ length: 40 * 16 }, (_, i) => (i % 3 === 0 ? 255 : 17)),
  shape: [40, ...image],
};
const run = { steps: 3, batchSize: 8, validation: 0, progress: "silent" } as const;

/** Cauchy: Student t with one degree of freedom, `-log(pi s (1 + ((x - m) / s)^2))`. */
const cauchy = (shape: readonly number[], { scale = 0.1 } = {}): Likelihood => ({
  kind: "cauchy",
  options: { scale },
  column: { shape, dtype: "float32" },
  parameterShape: shape,
  reader: (at, values) => numbersReader(at, values, { shape }),
  distribution: (mean) => ({
    kind: "cauchy",
    noise: "uniform",
    mean: () => mean,
    logProb: (x) =>
      tf.neg(
        tf.add(tf.log1p(tf.square(tf.div(tf.sub(x, mean), scale))), Math.log(Math.PI * scale)),
      ),
    sample: () => mean,
  }),
});
registerLikelihood("cauchy", cauchy);

const sawtooth = (period: number): Schedule =>
  createSchedule({
    value: (step) => (step % period) / period,
    lowest: 0,
    highest: 1,
    json: { kind: "sawtooth", period },
  });
registerSchedule("sawtooth", ({ period }) => sawtooth(period as number));

const narrow = (shapes: NetworkShapes): Networks => mlp({ ...shapes, hidden: [5] });

/** The sign of the gradient, as a rule of one's own. */
const signDescent: Optimizer = {
  kind: "sign-descent",
  slots: [],
  update: ({ variable, gradient }) => ({
    variable: tf.sub(variable, tf.mul(tf.sign(gradient), 0.01)),
  }),
};

test("a β-VAE of parts of one's own trains, is saved, and is loaded as the same model", async () => {
  const model = betaVae({
    image,
    latent: 2,
    beta: sawtooth(2),
    likelihood: cauchy(image, { scale: 0.2 }),
    network: narrow,
    seed: 1,
  });
  const { history } = await train(model, images, { ...run, optimizer: signDescent });
  expect(history.steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  const directory = await emptyFolder();
  await model.save(directory);
  const loaded = await loadBetaVae(directory);
  expect(loaded.options).toEqual(model.options);
  expect(loaded.options["likelihood"]).toEqual({ kind: "cauchy", scale: 0.2 });
  expect(loaded.options["beta"]).toEqual({ kind: "sawtooth", period: 2 });
  expect(await loaded.readWeights()).toEqual(await model.readWeights());
  expect(await loaded.loss(images, { step: 1 })).toEqual(await model.loss(images, { step: 1 }));
});

test("an autoencoder takes them too, and sizes by kind", async () => {
  const model = autoencoder({
    image,
    latent: 2,
    likelihood: cauchy(image),
    network: { kind: "mlp", hidden: [3], initializer: "glorot" },
  });
  await train(model, images, run);
  const directory = await emptyFolder();
  await model.save(directory);
  const loaded = await loadAutoencoder(directory);
  expect(await loaded.reconstruct(images)).toEqual(await model.reconstruct(images));
});

test("grey values as most tutorials feed them: one option, and no warning", async () => {
  const lines: string[] = [];
  const progress = { write: (text: string) => void lines.push(text) };
  const options = { ...run, progress };
  const binarized = betaVae({ image, latent: 2, seed: 1 });
  await train(binarized, images, options);
  expect(lines.join("")).toContain("x has grey values, which are binarized anew at every visit");
  lines.length = 0;
  const grey = betaVae({
    image,
    latent: 2,
    likelihood: { kind: "bernoulli", binarize: "none" },
    seed: 1,
  });
  await train(grey, images, options);
  expect(lines.join("")).not.toContain("grey");
});

test("a decoder that ends in a sigmoid is refused when the model is made", async () => {
  const own = await import("@tensorflow/tfjs-layers");
  const encoder = own.sequential({ layers: [own.layers.dense({ units: 4, inputShape: [16] })] });
  const decoder = own.sequential({
    layers: [
      own.layers.dense({ units: 16, inputShape: [2], activation: "sigmoid", name: "pixels" }),
      own.layers.reshape({ targetShape: image }),
    ],
  });
  expect(() => betaVae({ image, latent: 2, network: { encoder, decoder } })).toThrow(
    "createModel: the decoder must end without an activation, since it gives logits, got sigmoid in its layer pixels",
  );
  const withMean = betaVae({
    image,
    latent: 2,
    likelihood: "gaussian",
    network: { encoder, decoder },
  });
  expect(withMean.kind).toBe("beta-vae");
});
