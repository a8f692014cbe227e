import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { assertInteger } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { gaussian } from "../distributions/gaussian.ts";
import type { GaussianParameters } from "../distributions/gaussian.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import { createVariable } from "../step/createVariable.ts";
import type { LatentPrior } from "./reparameterized.ts";

/** Options of {@link vampPrior}. */
export interface VampPriorOptions {
  /** The model's encoder: examples to means and log variances. */
  readonly encoder: tfl.LayersModel;
  /** Shape of an example, as the encoder sees it. */
  readonly example: readonly number[];
  /** L */
  readonly size: number;
  /** Number of pseudo-inputs, K; default 100. */
  readonly components?: number;
  /** Whether examples lie in [0, 1] (images), so that pseudo-inputs do too; default true. */
  readonly isUnit?: boolean;
  /** Examples that the pseudo-inputs start from, `[K, ...example]`, as the encoder sees them; default: noise around the middle. */
  readonly start?: NdArray<Float32Array>;
  /** Seeds a start from noise; default 0. */
  readonly seed?: number;
}

/**
 * VampPrior: the mixture of the posteriors of K learned pseudo-inputs, `p(z) = 1/K sum_k q(z | u_k)`, trained along with the model; the
 * rate is estimated from the draws. Pseudo-inputs are `sigmoid` of free values where examples lie in [0, 1].
 * Source: Tomczak and Welling 2018 (arXiv:1705.07120), equation 9 (there clipped at 0 and 1 in the place of the sigmoid).
 *
 * It needs Gaussian latents in one vector, an encoder without a condition, and examples of one column of real numbers.
 *
 * @throws TypeError or RangeError when an option makes no sense
 */
export function vampPrior(options: VampPriorOptions): LatentPrior {
  const fn = "vampPrior";
  const { encoder, example, size, components = 100, isUnit = true, start, seed = 0 } = options;
  assertInteger({ fn, name: "components" }, components, { min: 1 });
  assertInteger({ fn, name: "size" }, size, { min: 1 });
  const shape = [components, ...example];
  if (start !== undefined && start.data.length !== sizeOf(shape)) {
    throw new RangeError(
      `${fn}: start must have the shape [${shape.join(", ")}], got [${start.shape.join(", ")}]`,
    );
  }
  const pseudo = createVariable(shape, (values) => {
    if (start === undefined) {
      new Random(seed).fork(fn).fillNormalInto(values);
      return;
    }
    for (let i = 0; i < values.length; i++)
      values[i] = isUnit ? logit(start.data[i]) : start.data[i];
  });
  const posteriors = (training: boolean): GaussianParameters => {
    const inputs: tf.Tensor = isUnit ? tf.sigmoid(pseudo) : pseudo;
    const wanted = encoder.inputs[0].shape.slice(1);
    const rows = wanted.length === 1 ? tf.reshape(inputs, [components, -1]) : inputs;
    const raw = encoder.apply(rows, { training }) as tf.Tensor;
    return gaussian.of(tf.reshape(raw, [components, 2 * size])).parameters;
  };
  return {
    kind: "vamp",
    variables: { pseudoInputs: pseudo },
    // The last value chooses the component.
    noise: { kind: "normal", shape: [size + 1] },
    distribution: ({ training }) => mixtureOf(posteriors(training)),
  };
}

/** The inverse of the sigmoid, of values held within [0.01, 0.99], where its slope has not vanished. */
function logit(value: number): number {
  const p = Math.min(0.99, Math.max(0.01, value));
  return Math.log(p / (1 - p));
}

/** The mixture of K equally likely Gaussians `[K, L]`; `logProb` is one number per vector. */
function mixtureOf({ mean, logVar }: GaussianParameters): Distribution {
  const [components, size] = mean.shape;
  return {
    kind: "vamp",
    noise: "normal",
    logProb(z) {
      const apart = tf.expandDims(z, z.rank - 1); // [..., 1, L]
      const each = tf.sum(gaussian({ mean, logVar }).logProb(apart), z.rank); // [..., K]
      return tf.sub(tf.logSumExp(each, -1), Math.log(components));
    },
    sample(noise) {
      const [values, choice] = tf.split(noise, [size, 1], noise.rank - 1);
      // The distribution function of N(0, 1) makes a uniform number of the last value.
      const uniform = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(choice, Math.SQRT1_2))));
      const index = tf.minimum(tf.floor(tf.mul(uniform, components)), components - 1);
      const rows: tf.Tensor1D = tf.cast(tf.reshape(index, [-1]), "int32");
      const chosen = gaussian({ mean: tf.gather(mean, rows), logVar: tf.gather(logVar, rows) });
      return tf.reshape(chosen.sample(tf.reshape(values, [-1, size])), values.shape);
    },
    mean: () => tf.mean(mean, 0, true),
  };
}
