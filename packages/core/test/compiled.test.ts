import { jit } from "@elbo/jit";
import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import {
  adam,
  adamW,
  bernoulli,
  conv,
  createLikelihood,
  createModel,
  elbo,
  gaussian,
  linear,
  mlp,
  Random,
  reparameterized,
  resnet,
  sgd,
  train,
} from "../src/index.ts";
import type { LikelihoodChoice, Networks, Optimizer } from "../src/index.ts";
import { categorical } from "../src/distributions/categorical.ts";
import { klDivergence } from "../src/distributions/klDivergence.ts";
import { importanceWeightedBound } from "../src/objective/bounds.ts";
import type { NetworkShapes } from "../src/networks/index.ts";

type Engine = "eager" | "auto";

interface Row {
  readonly name: string;
  readonly likelihood: LikelihoodChoice;
  readonly networks: (shapes: NetworkShapes) => Networks;
  readonly optimizer: Optimizer;
}

const greys = (): { data: Uint8Array; shape: number[] } => {
  const values = new Float32Array(20 * 64);
  new Random(5).fillUniformInto(values);
  return {
    data: Uint8Array.from(values, (value) => Math.round(value * 255)),
    shape: [20, 8, 8, 1],
  };
};

/** Trains a small VAE for five steps; gives the losses and all weights, which are averages. */
async function trained(row: Row, engine: Engine): Promise<Float32Array[]> {
  const example = { x: createLikelihood(row.likelihood, [8, 8, 1]) };
  const latents = reparameterized({ size: 3, posterior: gaussian });
  const model = createModel({
    kind: "compiled",
    options: {},
    example,
    latents,
    networks: row.networks({ example, latents, seed: 1 }),
    objective: elbo({ weights: { rate: linear({ from: 0, to: 2, steps: 4 }) } }),
  });
  const { history } = await train(model, greys(), {
    engine,
    threads: 1,
    progress: "silent",
    validation: 0,
    batchSize: 4,
    steps: 5,
    logEvery: 1,
    clipNorm: 30,
    ema: 0.9,
    optimizer: row.optimizer,
  });
  const losses = history.steps.flatMap(({ loss, terms }) => [loss, ...Object.values(terms)]);
  const weights = Object.values(await model.readWeights()).map(({ data }) =>
    Float32Array.from(data),
  );
  model.dispose();
  return [Float32Array.from(losses), ...weights];
}

const rows: Row[] = [
  {
    name: "mlp, Bernoulli, Adam",
    likelihood: "bernoulli",
    networks: (shapes) => mlp({ ...shapes, hidden: [12] }),
    optimizer: adam({ learningRate: 0.01, epsilon: 1e-4 }),
  },
  {
    name: "conv, global Gaussian, AdamW",
    likelihood: "gaussian",
    networks: (shapes) => conv({ ...shapes, widths: [3, 4], hidden: [8] }),
    optimizer: adamW({ learningRate: 0.01, epsilon: 1e-4 }),
  },
  {
    name: "resnet, Gaussian per pixel, SGD",
    likelihood: { kind: "gaussian", scale: "pixel" },
    networks: (shapes) => resnet({ ...shapes, width: 4, residualWidth: 3 }),
    optimizer: sgd({ learningRate: 1e-4, momentum: 0.9 }),
  },
  {
    name: "mlp, discretized logistic, Adam",
    likelihood: "discretized-logistic",
    networks: (shapes) => mlp({ ...shapes, hidden: [12] }),
    optimizer: adam({ learningRate: 0.01, epsilon: 1e-4 }),
  },
];

test.each(rows)("training steps compile and agree with the eager engine: $name", async (row) => {
  const [eager, compiled] = [await trained(row, "eager"), await trained(row, "auto")];
  expect(eager[0].every(Number.isFinite)).toBe(true);
  expect(eager[0].length).toBe(15);
  compiled.forEach((values, i) => {
    // Five steps of float32 sums in another order; Adam divides small gradients by their own size.
    expectClose(values, eager[i], { rtol: 2e-3, atol: 2e-4 });
  });
});

test("sampling, bounds and categorical terms compile and agree with the eager engine", async () => {
  const grey = createLikelihood("discretized-logistic", [3]);
  const compile = (engine: Engine): ReturnType<typeof jit> =>
    jit(
      ({ a, b, gumbel, uniform, index }) => ({
        kl: klDivergence(categorical({ logits: a }), categorical({ logits: b })),
        log: categorical({ logits: a }).logProb(index),
        choice: categorical({ logits: a }).sample(gumbel),
        bound: importanceWeightedBound(tf.transpose(a)),
        binary: bernoulli({ logits: a }).sample(uniform),
        grey: grey.distribution(a).sample(tf.slice(uniform, [0, 0], [-1, 3])),
        mean: grey.distribution(a).mean(),
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
