/** Sequences of tokens of any length up to a largest one: token 0 is the end, and what follows it is padding. */
import * as tf from "@tensorflow/tfjs-core";
import {
  categorical,
  categoricalLikelihood,
  registerLikelihood,
  sumPerExample,
  type ColumnReader,
  type JsonObject,
  type Likelihood,
} from "@elbo/core";

/** The token that ends a sequence and fills it up. */
export const endToken = 0;

/** 1 for the tokens of a sequence and its end, 0 behind it: float `[B, T]` of int32 `[B, T]`. */
export function countedTokens(tokens: tf.Tensor): tf.Tensor {
  const isToken = tf.cast(tf.notEqual(tokens, endToken), "float32");
  const [, length] = tokens.shape;
  const before = tf.slice(isToken, [0, 0], [-1, length - 1]);
  return tf.pad(
    before,
    [
      [0, 0],
      [1, 0],
    ],
    1,
  ); // [B, T]
}

/**
 * Categorical tokens `[length]`, each given those before it: `log p(x|z) = sum_t log p(x_t | x_<t, z)` in nats, over the tokens and the end
 * after them (a sequence of full length has none); what follows the end is padding and costs nothing. So the probabilities of all sequences
 * add up to 1. The decoder gives logits `[length, classes]`.
 *
 * @param classes number of tokens, the end among them
 */
export function tokensLikelihood(length: number, classes: number): Likelihood {
  const plain = categoricalLikelihood([length], { classes });
  return {
    ...plain,
    kind: "tokens",
    options: { classes },
    reader(at, values): ColumnReader {
      const reader = plain.reader(at, values);
      refuseAfterEnd(`${at.fn}: ${at.name}`, values.data, length);
      return reader;
    },
    logProb(decoded, values) {
      const tokens = tf.cast(values, "int32");
      const perToken = categorical({ logits: decoded }).logProb(tokens);
      return sumPerExample(tf.mul(perToken, countedTokens(tokens)), decoded.rank - 2);
    },
  };
}

function refuseAfterEnd(name: string, data: ArrayLike<number>, length: number): void {
  for (let i = 1; i < data.length; i++) {
    if (i % length === 0 || data[i] === endToken || data[i - 1] !== endToken) continue;
    throw new RangeError(
      `${name} must hold only ${endToken} behind the ${endToken} that ends a sequence, got ${data[i]} at ${i}`,
    );
  }
}

registerLikelihood("tokens", ([length], options: JsonObject) =>
  tokensLikelihood(length, options["classes"] as number),
);
