import * as tf from "@tensorflow/tfjs-core";
import type { FeedSpec, TracedFunction } from "../src/index.ts";

/** Sizes of the test model. */
export interface MlpSizes {
  readonly pixels: number;
  readonly hidden: number;
  readonly latent: number;
}

/** A small seeded generator of numbers in [-1, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** A training step of an MLP VAE with Adam, written with TF.js alone. */
export function mlpVaeStep({ pixels: D, hidden: H, latent: L }: MlpSizes): {
  fn: TracedFunction;
  feeds: Record<string, FeedSpec>;
  state: tf.Variable[];
} {
  const random = seeded(7);
  const parameter = (shape: number[], fan: number): tf.Variable =>
    tf.variable(
      tf.tensor(
        Float32Array.from(
          { length: tf.util.sizeFromShape(shape) },
          () => random() / Math.sqrt(fan),
        ),
        shape,
      ),
    );
  const w = {
    w1: parameter([D, H], D),
    b1: parameter([H], D),
    wm: parameter([H, L], H),
    bm: parameter([L], H),
    wl: parameter([H, L], H),
    bl: parameter([L], H),
    w2: parameter([L, H], L),
    b2: parameter([H], L),
    w3: parameter([H, D], H),
    b3: parameter([D], H),
  };
  const parameters = Object.values(w);
  const m = parameters.map((p) => tf.variable(tf.zerosLike(p)));
  const v = parameters.map((p) => tf.variable(tf.zerosLike(p)));
  const dense = (x: tf.Tensor, k: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.add(tf.matMul(x, k), b);
  const fn: TracedFunction = ({ x, eps, lr, epsilon }) => {
    const { value, grads } = tf.variableGrads(() => {
      const h = tf.relu(dense(x, w.w1, w.b1));
      const mu = dense(h, w.wm, w.bm);
      const logVar = dense(h, w.wl, w.bl);
      const z = tf.add(mu, tf.mul(tf.exp(tf.mul(logVar, 0.5)), eps));
      const logits = dense(tf.relu(dense(z, w.w2, w.b2)), w.w3, w.b3);
      const distortion = tf.sum(tf.sub(tf.softplus(logits), tf.mul(logits, x)), 1);
      const kl = tf.mul(
        -0.5,
        tf.sum(tf.sub(tf.sub(tf.add(logVar, 1), tf.square(mu)), tf.exp(logVar)), 1),
      );
      return tf.div<tf.Scalar>(tf.sum(tf.add(distortion, kl)), x.shape[0]);
    }, parameters);
    parameters.forEach((p, i) => {
      const g = grads[p.name];
      const mNew = tf.add(tf.mul(m[i], 0.9), tf.mul(g, 0.1));
      const vNew = tf.add(tf.mul(v[i], 0.999), tf.mul(tf.square(g), 0.001));
      m[i].assign(mNew);
      v[i].assign(vNew);
      p.assign(tf.sub(p, tf.mul(lr, tf.div(mNew, tf.add(tf.sqrt(vNew), epsilon)))));
    });
    return { loss: value };
  };
  const feeds: Record<string, FeedSpec> = {
    x: { shape: [null, D] },
    eps: { shape: [null, L] },
    lr: { shape: [] },
    epsilon: { shape: [] },
  };
  return { fn, feeds, state: [...parameters, ...m, ...v] };
}

/** Adam's two step sizes with the bias corrections folded in. */
export function adamScalars(step: number, rate = 1e-3): { lr: number; epsilon: number } {
  const root = Math.sqrt(1 - 0.999 ** step);
  return { lr: (rate * root) / (1 - 0.9 ** step), epsilon: 1e-8 * root };
}
