import { jit } from "@elbo/jit";
import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { categorical } from "../src/distributions/categorical.ts";
import { gaussianKl, reparameterize } from "../src/distributions/diagonalGaussian.ts";
import { sumPerExample } from "../src/distributions/distribution.ts";
import { klDivergence } from "../src/distributions/klDivergence.ts";
import { createLikelihood } from "../src/distributions/likelihood.ts";
import type { LikelihoodOptions } from "../src/distributions/likelihood.ts";
import { conv } from "../src/networks/conv.ts";
import { resnet } from "../src/networks/resnet.ts";
import { mlp } from "../src/networks/mlp.ts";
import type { NetworkOptions, Networks } from "../src/networks/network.ts";
import { variablesOf } from "../src/networks/variablesOf.ts";
import { importanceWeightedBound } from "../src/objective/bounds.ts";
import { Objective } from "../src/objective/objective.ts";
import { linear } from "../src/objective/schedule.ts";
import { adam, adamW } from "../src/optimizers/adam.ts";
import { clipByGlobalNorm } from "../src/optimizers/clipByGlobalNorm.ts";
import { ema } from "../src/optimizers/ema.ts";
import type { Optimizer } from "../src/optimizers/optimizer.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import { Random } from "../src/random/random.ts";

type Engine = "eager" | "auto";

const batch = 4;
const latent = 3;
const side = 8;
const steps = 5;

interface Row {
  readonly name: string;
  readonly likelihood: LikelihoodOptions;
  readonly build: (options: NetworkOptions) => Networks;
  readonly optimizer: () => Optimizer;
}

/** Trains a small VAE for some steps; gives the losses and all weights, averages included. */
async function train(
  { likelihood: options, build, optimizer: make }: Row,
  engine: Engine,
): Promise<Float32Array[]> {
  const likelihood = createLikelihood(options);
  const { encoder, decoder } = build({
    image: [side, side, 1],
    features: [2 * latent],
    latent: [latent],
    outputChannels: likelihood.parametersPerChannel,
    seed: 1,
  });
  const variables = [
    ...variablesOf(encoder).trainable,
    ...variablesOf(decoder).trainable,
    ...likelihood.variables,
  ];
  const optimizer = make();
  const slots = optimizer.slots(variables);
  const average = ema({ decay: 0.9 });
  const averages = average.slots(variables);
  const objective = new Objective({ kl: linear({ from: 0, to: 2, steps: 4 }) });
  const scalarsAt = (step: number): Record<string, number> => ({
    ...optimizer.scalars(step),
    ...average.scalars(step),
    ...objective.scalars(step),
  });
  const run = jit(
    ({ x, noise, ...scalars }) => {
      let means: Record<string, tf.Tensor> = {};
      const { value, grads } = tf.variableGrads(() => {
        const input = tf.reshape(x, [-1, ...(encoder.inputs[0].shape.slice(1) as number[])]);
        const features = encoder.apply(input, { training: true }) as tf.Tensor;
        const mean = tf.slice(features, [0, 0], [-1, latent]);
        const logVar = tf.slice(features, [0, latent], [-1, latent]);
        const z = reparameterize({ mean, logVar, noise });
        const decoded = decoder.apply(z, { training: true }) as tf.Tensor;
        const terms = {
          distortion: tf.neg(sumPerExample(likelihood.distribution(decoded).logProb(x))),
          kl: sumPerExample(gaussianKl({ mean, logVar })),
        };
        means = objective.means(terms);
        Object.values(means).forEach((mean) => tf.keep(mean)); // variableGrads disposes of the rest
        return objective.total(terms, scalars);
      }, variables);
      const { gradients, norm } = clipByGlobalNorm(
        variables.map(({ name }) => grads[name]),
        30,
      );
      optimizer.update({ variables, gradients, slots, scalars });
      average.update({ variables, slots: averages, scalars });
      return { loss: value, norm, ...means };
    },
    {
      feeds: {
        x: { shape: [null, side, side, 1] },
        noise: { shape: [null, latent] },
        ...Object.fromEntries(Object.keys(scalarsAt(0)).map((name) => [name, { shape: [] }])),
      },
      state: [...variables, ...slots, ...averages],
      engine,
      threads: 1,
    },
  );
  const random = new Random(5);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const x = new Float32Array(batch * side * side);
    const noise = new Float32Array(batch * latent);
    random.fillUniformInto(x);
    random.fillNormalInto(noise);
    const grey = x.map((value) => Math.round(value * 255) / 255);
    const outputs = await run({ x: grey, noise, ...scalarsAt(step) });
    losses.push(...["loss", "norm", "distortion", "kl"].map((name) => outputs[name].data[0]));
  }
  await run.pull();
  const weights = [...variables, ...averages].map((variable) => variable.dataSync<"float32">());
  run.dispose();
  tf.dispose([variables, slots, averages]);
  return [Float32Array.from(losses), ...weights];
}

const rows: Row[] = [
  {
    name: "mlp, Bernoulli, Adam",
    likelihood: "bernoulli",
    build: (o) => mlp({ ...o, hidden: [12] }),
    optimizer: () => adam({ learningRate: 0.01, epsilon: 1e-4 }),
  },
  {
    name: "conv, global Gaussian, AdamW",
    likelihood: "gaussian",
    build: (o) => conv({ ...o, widths: [3, 4], hidden: [8] }),
    optimizer: () => adamW({ learningRate: 0.01, epsilon: 1e-4 }),
  },
  {
    name: "resnet, Gaussian per pixel, SGD",
    likelihood: { kind: "gaussian", scale: "pixel" },
    build: (o) => resnet({ ...o, width: 4, residualWidth: 3 }),
    optimizer: () => sgd({ learningRate: 1e-4, momentum: 0.9 }),
  },
  {
    name: "mlp, discretized logistic, Adam",
    likelihood: "discretized-logistic",
    build: (o) => mlp({ ...o, hidden: [12] }),
    optimizer: () => adam({ learningRate: 0.01, epsilon: 1e-4 }),
  },
];

test.each(rows)("training steps compile and agree with the eager engine: $name", async (row) => {
  const [eager, compiled] = [await train(row, "eager"), await train(row, "auto")];
  expect(eager[0].every(Number.isFinite)).toBe(true);
  compiled.forEach((values, i) => {
    // Five steps of float32 sums in another order; Adam divides small gradients by their own size.
    expectClose(values, eager[i], { rtol: 2e-3, atol: 2e-4 });
  });
});

test("sampling, bounds and categorical terms compile and agree with the eager engine", async () => {
  const compile = (engine: Engine): ReturnType<typeof jit> =>
    jit(
      ({ a, b, gumbel, uniform, index }) => ({
        kl: klDivergence(categorical({ logits: a }), categorical({ logits: b })),
        log: categorical({ logits: a }).logProb(index),
        choice: categorical({ logits: a }).sample(gumbel),
        bound: importanceWeightedBound(tf.transpose(a)),
        binary: createLikelihood("bernoulli").distribution(a).sample(uniform),
        grey: createLikelihood("discretized-logistic")
          .distribution(a)
          .sample(tf.slice(uniform, [0, 0], [-1, 3])),
        mean: createLikelihood("discretized-logistic").distribution(a).mean(),
      }),
      {
        feeds: {
          a: { shape: [null, 6] },
          b: { shape: [null, 6] },
          gumbel: { shape: [null, 6] },
          uniform: { shape: [null, 6] },
          index: { shape: [null], dtype: "int32" },
        },
        engine,
        threads: 1,
      },
    );
  const random = new Random(6);
  const [a, b, gumbel, uniform] = [0, 1, 2, 3].map(() => new Float32Array(30));
  random.fillNormalInto(a);
  random.fillNormalInto(b);
  random.fillGumbelInto(gumbel);
  random.fillUniformInto(uniform);
  const feeds = { a, b, gumbel, uniform, index: Int32Array.of(0, 5, 2, 3, 1) };
  const [eager, compiled] = [await compile("eager")(feeds), await compile("auto")(feeds)];
  for (const name of Object.keys(eager)) {
    expectClose(compiled[name].data, eager[name].data, { rtol: 1e-5, atol: 1e-6 });
  }
});
