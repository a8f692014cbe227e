import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import {
  adam,
  Random,
  readOptions,
  rules,
  scheduleRule,
  type Objective,
  type Operations,
  type OptionTable,
  type Pass,
  type Schedule,
  type StepContext,
} from "@elbo/core";
import { distortionOf, gaussianLevel } from "./gaussianLevel.ts";

/** Options of {@link factorVae}. */
export interface FactorVaeOptions {
  /** Number of latent dimensions L, at least 2. */
  readonly latent: number;
  /** Weight of the total correlation, a number or a schedule; default 10. */
  readonly gamma?: number | Schedule;
  /** Sizes of the discriminator's hidden layers; default six of 1000. */
  readonly hidden?: readonly number[];
  /** A network of one's own, `[L]` to one logit, in the place of `hidden` and `seed`. */
  readonly discriminator?: tfl.LayersModel;
  /** Step size of the discriminator's Adam (0.5, 0.9); default 0.0001. */
  readonly learningRate?: number;
  /** Seed of the discriminator's weights; default 0. */
  readonly seed?: number;
}

/** {@link FactorVaeOptions} as a table. */
export const factorVaeTable = {
  latent: { rule: rules.integer({ min: 2 }), doc: "number of latent dimensions" },
  gamma: { rule: scheduleRule({ min: 0 }), default: 10, doc: "weight of the total correlation" },
  hidden: {
    rule: rules.sizes(),
    default: [1000, 1000, 1000, 1000, 1000, 1000],
    shown: "six of 1000",
    doc: "sizes of the discriminator's hidden layers",
  },
  discriminator: {
    rule: rules.any<tfl.LayersModel>(),
    default: undefined,
    doc: "a network of one's own, [latent] to one logit",
  },
  learningRate: {
    rule: rules.number({ above: 0 }),
    default: 1e-4,
    doc: "step size of the discriminator's Adam",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the discriminator's weights" },
} satisfies OptionTable<FactorVaeOptions>;

/**
 * FactorVAE: the negative ELBO plus `gamma TC(z)`, where a discriminator D that is trained in the same step tells draws of q(z) from
 * draws whose dimensions come from different examples: `TC = E[ln D(z) / (1 - D(z))]`, the mean of its logits.
 *
 * D is an MLP with leaky ReLU (slope 0.2) and one logit; its phase minimizes `-1/2 (ln D(z) + ln(1 - D(z')))` per example, where z' is
 * the batch's z with every dimension permuted over the rows by a permutation of its own. (The paper permutes a second batch.) At
 * chance that is ln 2. The TC is D's estimate, low while D is untrained; `decomposition` measures it without D.
 * Source: Kim and Mnih 2018 (arXiv:1802.05983), algorithm 2 and appendix A.
 */
export function factorVae(options: FactorVaeOptions): Objective {
  const fn = "factorVae";
  const { latent, gamma, hidden, learningRate, seed, discriminator } = readOptions(
    fn,
    factorVaeTable,
    options,
  );
  const logits = (model: Operations, z: tf.Tensor, context: StepContext): tf.Tensor =>
    tf.reshape(model.apply("discriminator", z, { context }), [-1]); // [B]
  return {
    kind: "factor-vae",
    options: {
      latent,
      gamma: typeof gamma === "number" ? gamma : gamma.toJSON(),
      hidden: [...hidden],
      learningRate,
      seed,
    },
    networks: { discriminator: discriminator ?? createDiscriminator({ latent, hidden, seed }) },
    noise: { shuffle: { kind: "permutation", count: latent } },
    weights: { totalCorrelation: gamma },
    terms: (model, pass, context) => ({
      distortion: distortionOf(model, pass),
      rate: gaussianLevel(fn, pass).rate,
      totalCorrelation: logits(model, drawOf(fn, pass, latent), context),
    }),
    phases: (model) => [
      {
        name: "discriminator",
        optimizer: adam({ learningRate, beta1: 0.5, beta2: 0.9 }),
        trains: (name) => name.startsWith("discriminator/"),
        terms(pass, context) {
          const z = drawOf(fn, pass, latent);
          const joint = logits(model, z, context);
          const marginal = logits(model, permuted(z, context.noise["shuffle"]), context);
          const crossEntropy = tf.add(tf.softplus(tf.neg(joint)), tf.softplus(marginal));
          return { crossEntropy: tf.mul(0.5, crossEntropy) };
        },
      },
    ],
  };
}

/** The first draw, `[B, L]`. */
const drawOf = (fn: string, pass: Pass, latent: number): tf.Tensor2D =>
  tf.reshape(tf.slice(gaussianLevel(fn, pass, latent).z, 0, 1), [-1, latent]);

/**
 * Every column by a permutation of its own.
 *
 * @param orders int32 `[L, B]`
 */
function permuted(z: tf.Tensor2D, orders: tf.Tensor): tf.Tensor2D {
  const [, L] = z.shape;
  const columns = tf.tensor2d(
    Int32Array.from({ length: L }, (_, d) => d),
    [1, L],
    "int32",
  );
  const places = tf.add(tf.mul(tf.transpose(orders), tf.scalar(L, "int32")), columns); // [B, L]
  return tf.reshape(tf.gather(tf.reshape(z, [-1]), tf.reshape(places, [-1])), [-1, L]);
}

type DiscriminatorOptions = Pick<Required<FactorVaeOptions>, "latent" | "hidden" | "seed">;

/** `[L]` to one logit. Kernels are normal with variance `2 / fan-in` (He et al. 2015), biases 0. */
function createDiscriminator({ latent, hidden, seed }: DiscriminatorOptions): tfl.LayersModel {
  const input = tfl.input({ shape: [latent], name: "input" });
  const layers = [...hidden, 1].map((units, i) =>
    tfl.layers.dense({
      units,
      name: i < hidden.length ? `dense${i + 1}` : "logit",
      kernelInitializer: "zeros",
    }),
  );
  const output = layers.reduce<tfl.SymbolicTensor>((tensor, layer, i) => {
    const next = layer.apply(tensor) as tfl.SymbolicTensor;
    if (i === hidden.length) return next;
    return tfl.layers.leakyReLU({ alpha: 0.2, name: `relu${i + 1}` }).apply(next) as typeof next;
  }, input);
  for (const layer of layers) {
    const [kernel] = layer.weights;
    const [fanIn, fanOut] = kernel.shape as number[];
    const values = new Float32Array(fanIn * fanOut);
    new Random(seed).fork("discriminator", layer.name).fillNormalInto(values);
    for (let i = 0; i < values.length; i++) values[i] *= Math.sqrt(2 / fanIn);
    tf.tidy(() => {
      kernel.write(tf.tensor2d(values, [fanIn, fanOut]));
    });
  }
  return tfl.model({ inputs: input, outputs: output, name: "discriminator" });
}
