import { gaussian, Random, type Pass, type StepContext } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { importanceWeighted } from "../../src/index.ts";

/** Examples that are all the same, so that rows are independent draws of one gradient. */
const B = 6000;
const L = 2;
const prior = gaussian({ mean: 0, logVar: 0 });

const operations = {
  /** `ln N(x; W z, 1/4)` but for a constant, of `x = (1, -1)`; `[K, B]`. */
  logLikelihood({ levels }: Pass): tf.Tensor {
    const W = tf.tensor2d([1, 0.5, -0.3, 0.8], [L, L]);
    const z = levels["z"].z as tf.Tensor3D;
    const [K] = z.shape;
    const decoded = tf.matMul(tf.reshape<tf.Rank.R2>(z, [-1, L]), W);
    const squares = tf.sum(tf.square(tf.sub(decoded, tf.tensor2d([1, -1], [1, L]))), 1);
    return tf.reshape(tf.mul(-2, squares), [K, B]);
  },
  logRatio({ levels }: Pass): tf.Tensor {
    const { z, posterior } = levels["z"];
    const q = posterior as ReturnType<typeof gaussian>;
    return tf.sum(tf.sub(prior.logProb(z), q.logProb(z)), 2);
  },
};

/** Gradients of a term by mean and log variance of every row, `[B, L]` each. */
function gradients(
  K: number,
  termOf: (pass: Pass) => tf.Tensor,
): { mean: tf.Tensor; logVar: tf.Tensor } {
  const noise = new Float32Array(K * B * L);
  new Random(3).fillNormalInto(noise);
  const eps = tf.tensor3d(noise, [K, B, L]);
  const loss = (mean: tf.Tensor, logVar: tf.Tensor): tf.Tensor => {
    const posterior = gaussian({ mean, logVar });
    const z = tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVar)), eps));
    const level = { features: mean, posterior, z, terms: { rate: tf.zeros([B]) } };
    return tf.sum(termOf({ levels: { z: level } } as unknown as Pass));
  };
  const at = (row: number[]): tf.Tensor => tf.tile(tf.tensor2d([row]), [B, 1]);
  const [mean, logVar] = tf.grads(loss)([at([0.4, -0.2]), at([-0.5, 0.3])]);
  return { mean, logVar };
}

interface Moments {
  readonly mean: number;
  readonly standardError: number;
}

const moments = ({ mean, logVar }: ReturnType<typeof gradients>): Moments[] =>
  [mean, logVar].flatMap((of) =>
    tf.unstack(of, 1).map((column) => {
      const { mean: average, variance } = tf.moments(column);
      return {
        mean: average.dataSync()[0],
        standardError: Math.sqrt(variance.dataSync()[0] / B),
      };
    }),
  );

const context = {} as StepContext;
function both(K: number): { plain: Moments[]; doubly: Moments[] } {
  const objective = importanceWeighted({ draws: K, doublyReparameterized: true });
  const [phase] = objective.phases?.(operations as never) ?? [];
  const plain = gradients(
    K,
    (pass) => objective.terms(operations as never, pass, context)["bound"] as tf.Tensor,
  );
  const doubly = gradients(K, (pass) => phase.terms(pass, context)["surrogate"] as tf.Tensor);
  return { plain: moments(plain), doubly: moments(doubly) };
}

test.each([1, 3, 8])(
  "the doubly reparameterized gradient is that of the bound on average, with less noise: %d draws",
  (K) => {
    const { plain, doubly } = both(K);
    for (const [i, { mean, standardError }] of doubly.entries()) {
      const error = Math.hypot(standardError, plain[i].standardError);
      expect(Math.abs(mean - plain[i].mean)).toBeLessThan(4 * error);
    }
    const noise = (of: readonly Moments[]): number =>
      of.reduce((sum, { standardError }) => sum + standardError ** 2, 0);
    expect(noise(doubly)).toBeLessThan(noise(plain));
  },
);

test("with one draw the gradient is that of the ELBO whose posterior's own parameters are left out", () => {
  // d/d logVar of KL and likelihood in closed form: E over draws, so within their error.
  const { doubly } = both(1);
  const W = [
    [1, 0.5],
    [-0.3, 0.8],
  ];
  const [m, v] = [
    [0.4, -0.2],
    [-0.5, 0.3],
  ];
  const x = [1, -1];
  const residual = x.map((value, c) => m[0] * W[0][c] + m[1] * W[1][c] - value);
  const ofMean = m.map((value, d) => 4 * (residual[0] * W[d][0] + residual[1] * W[d][1]) + value);
  const ofLogVar = v.map(
    (value, d) => 0.5 * (4 * Math.exp(value) * (W[d][0] ** 2 + W[d][1] ** 2) + Math.exp(value) - 1),
  );
  const worst = Math.max(...doubly.map(({ standardError }) => standardError));
  expectClose(
    doubly.map(({ mean }) => mean),
    [...ofMean, ...ofLogVar],
    { rtol: 0, atol: 4 * worst },
  );
});
