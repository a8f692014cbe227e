/**
 * @file Normalizing flows of affine couplings (RealNVP): an invertible map from data to standard normal noise whose density is exact.
 * Each layer keeps one half of the values and shifts and scales the other half by what a small network makes of the first; layers take
 * turns about the halves. Source: Dinh et al. 2017 (arXiv:1605.08803), equations 6 to 9, with binary masks.
 */
import * as tf from "@tensorflow/tfjs-core";
import { assertInteger } from "@elbo/common";
import { Random } from "../random/random.ts";
import { createVariable } from "../step/createVariable.ts";
import type { NamedVariables } from "../step/part.ts";
import type { Distribution } from "./distribution.ts";

/** Sizes of a flow. */
export interface FlowSizes {
  /** L, at least 2: a coupling needs two halves. */
  readonly size: number;
  /** Couplings; default 6. */
  readonly layers?: number;
  /** Width of the two hidden layers of each coupling's network; default 64. */
  readonly hidden?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** {@link FlowSizes} with its defaults, checked. */
export function readFlowSizes(fn: string, sizes: FlowSizes): Required<FlowSizes> {
  const { size, layers = 6, hidden = 64, seed = 0 } = sizes;
  assertInteger({ fn, name: "size" }, size, { min: 2 });
  assertInteger({ fn, name: "layers" }, layers, { min: 1, max: 64 });
  assertInteger({ fn, name: "hidden" }, hidden, { min: 1 });
  assertInteger({ fn, name: "seed" }, seed);
  return { size, layers, hidden, seed };
}

/** The variables of a flow, by name; it starts as the identity. */
export function flowVariables({ size, layers, hidden, seed }: Required<FlowSizes>): NamedVariables {
  const random = new Random(seed).fork("flow");
  const variables: Record<string, tf.Variable> = {};
  for (let layer = 0; layer < layers; layer++) {
    const kernel = (name: string, fanIn: number, fanOut: number): void => {
      const full = `coupling${layer + 1}/${name}`;
      variables[`${full}/kernel`] = createVariable([fanIn, fanOut], (values) => {
        if (name === "out") return; // zeros: the identity
        random.fork(full).fillNormalInto(values);
        const scale = Math.sqrt(2 / fanIn);
        for (let i = 0; i < values.length; i++) values[i] *= scale;
      });
      variables[`${full}/bias`] = createVariable([fanOut]);
    };
    kernel("dense1", size, hidden);
    kernel("dense2", hidden, hidden);
    kernel("out", hidden, 2 * size);
  }
  return variables;
}

/** Log scales stay in (-2, 2) per layer, so that no value, however far out, makes a density infinite. */
const largestLogScale = 2;

const logTwoPi = Math.log(2 * Math.PI);

interface Coupling {
  /** 1 where a value is kept, `[L]`. */
  readonly kept: tf.Tensor;
  readonly moved: tf.Tensor;
  /** Shift and log scale of the moved values, `[N, L]`, from the kept ones. */
  of(values: tf.Tensor): { readonly shift: tf.Tensor; readonly logScale: tf.Tensor };
}

function couplingAt(variables: NamedVariables, layer: number, size: number): Coupling {
  const mask = Array.from({ length: size }, (_, i) => ((i + layer) % 2 === 0 ? 1 : 0));
  const kept = tf.tensor1d(mask);
  const moved = tf.tensor1d(mask.map((m) => 1 - m));
  const dense = (name: string, x: tf.Tensor): tf.Tensor => {
    const full = `coupling${layer + 1}/${name}`;
    const kernel = variables[`${full}/kernel`] as tf.Variable<tf.Rank.R2>;
    return tf.add(
      tf.matMul(x as tf.Tensor2D, kernel as unknown as tf.Tensor2D),
      variables[`${full}/bias`],
    );
  };
  return {
    kept,
    moved,
    of(values) {
      const hidden = tf.relu(dense("dense2", tf.relu(dense("dense1", tf.mul(values, kept)))));
      const [shift, raw] = tf.split(dense("out", hidden), 2, 1);
      const logScale = tf.mul(tf.tanh(tf.div(raw, largestLogScale)), largestLogScale);
      return { shift: tf.mul(shift, moved), logScale: tf.mul(logScale, moved) };
    },
  };
}

/**
 * The distribution of a flow over vectors `[..., L]`: `logProb` is one number per vector (its values depend on one another), in nats;
 * a draw transforms standard normal noise of the same shape. `mean` is the image of zero noise: a typical value, not the expectation.
 *
 * @param variables those of {@link flowVariables}
 */
export function flowDistribution(
  variables: NamedVariables,
  { size, layers }: Pick<Required<FlowSizes>, "size" | "layers">,
): Distribution {
  const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, size]);
  const sample = (noise: tf.Tensor): tf.Tensor => {
    let x = rows(noise);
    for (let layer = layers - 1; layer >= 0; layer--) {
      const { shift, logScale } = couplingAt(variables, layer, size).of(x);
      // Kept values have shift and log scale 0.
      x = tf.add(tf.mul(x, tf.exp(logScale)), shift);
    }
    return tf.reshape(x, noise.shape);
  };
  return {
    kind: "flow",
    noise: "normal",
    logProb(x) {
      let z = rows(x);
      let logDeterminant: tf.Tensor = tf.zeros([z.shape[0]]);
      for (let layer = 0; layer < layers; layer++) {
        const { shift, logScale } = couplingAt(variables, layer, size).of(z);
        z = tf.mul(tf.sub(z, shift), tf.exp(tf.neg(logScale)));
        logDeterminant = tf.sub(logDeterminant, tf.sum(logScale, 1));
      }
      const normal = tf.mul(tf.sum(tf.add(tf.square(z), logTwoPi), 1), -0.5);
      return tf.reshape(tf.add(normal, logDeterminant), x.shape.slice(0, -1));
    },
    sample,
    mean: () => sample(tf.zeros([1, size])),
  };
}
