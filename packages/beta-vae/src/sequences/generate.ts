/** The tokens that a decoder is told: those of the example, or those that it said before. */
import * as tf from "@tensorflow/tfjs-core";
import type { Apply, Cell } from "./cell.ts";
import { endToken } from "./tokens.ts";

/** Far below any logit, and far above in size: what follows an end is certain. */
const impossible = -1e9;

/** One-hot float `[..., V + 2]` of what comes before a token. */
const toldTokens = (tokens: tf.Tensor, classes: number): tf.Tensor =>
  tf.oneHot(tf.cast(tokens, "int32"), classes + 2, 1, 0, "float32");

/** The token before the first. */
export const startToken = (classes: number): number => classes;

/** What stands for a token that was dropped. */
const droppedToken = (classes: number): number => classes + 1;

/** What is known of an example while its tokens are explained. */
export interface Taught {
  /** int32 `[B, T]` */
  readonly tokens: tf.Tensor;
  /** 1 where a token is told and 0 where it is dropped, `[B, T]`; absent: all are told. */
  readonly kept: tf.Tensor | undefined;
}

/** Teacher forcing: logits `[B, T, V]`, each position given the tokens before it as they are, or dropped. */
export function taughtLogits(
  cell: Cell,
  apply: Apply,
  {
    z,
    classes,
    taught,
  }: { readonly z: tf.Tensor; readonly classes: number; readonly taught: Taught },
): tf.Tensor {
  const { tokens, kept } = taught;
  const length = tokens.shape[1] as number;
  const known =
    kept === undefined
      ? tokens
      : tf.where(
          tf.greater(kept, 0),
          tokens,
          tf.fill(tokens.shape, droppedToken(classes), "int32"),
        );
  const earlier = tf.slice(known, [0, 0], [-1, length - 1]);
  const before = tf.pad(
    earlier,
    [
      [0, 0],
      [1, 0],
    ],
    startToken(classes),
  );
  return cell.all(apply, toldTokens(before, classes), z);
}

/**
 * Logits `[B, T, V]` along the tokens that are chosen by them, position by position: the most likely ones (greedy), or with Gumbel noise
 * `[B, T, V]` draws (`argmax(logits + noise)`). Behind an end there are only ends.
 */
export function chosenLogits(
  cell: Cell,
  apply: Apply,
  given: {
    readonly z: tf.Tensor;
    readonly classes: number;
    readonly length: number;
    readonly noise: tf.Tensor | undefined;
  },
): tf.Tensor {
  const { z, classes, length, noise } = given;
  const [batch] = z.shape;
  const noises = noise && tf.unstack(noise, 1); // T of [B, V]
  const onlyEnd = tf.mul(tf.sub(1, endRow(classes)), impossible); // [1, V]
  let before = tf.tile(toldTokens(tf.tensor1d([startToken(classes)], "int32"), classes), [
    batch,
    1,
  ]);
  let state = cell.start(apply, z);
  let isOver: tf.Tensor = tf.zeros([batch, 1]);
  const all: tf.Tensor[] = [];
  for (let t = 0; t < length; t++) {
    const stepped = cell.step(apply, state, before);
    const logits = tf.add(tf.mul(stepped.logits, tf.sub(1, isOver)), tf.mul(onlyEnd, isOver));
    all.push(logits);
    if (t + 1 === length) break;
    const tokens = tf.argMax(noises === undefined ? logits : tf.add(logits, noises[t]), 1); // [B]
    before = toldTokens(tokens, classes);
    isOver = tf.cast(tf.expandDims(tf.equal(tokens, endToken), 1), "float32");
    state = stepped.state;
  }
  return tf.stack(all, 1);
}

/** 1 at the end and 0 elsewhere, `[1, V]`. */
const endRow = (classes: number): tf.Tensor =>
  tf.oneHot(tf.tensor1d([endToken], "int32"), classes, 1, 0, "float32");
