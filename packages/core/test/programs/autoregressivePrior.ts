/** A prior over codes, one after the other: each sees the three before it and its position. */
import * as tf from "@tensorflow/tfjs-core";
import { createCodePrior, createVariable, Random } from "@elbo/core";
import type { LearnedCodePrior, NamedVariables } from "@elbo/core";

export interface AutoregressivePriorOptions {
  /** Shape of the codes of one example, such as `[7, 7]`. */
  readonly positions: readonly number[];
  readonly codebookSize: number;
  readonly width?: number;
  readonly seed: number;
}

const reach = 3;

function variablesFor({
  positions,
  codebookSize,
  width = 32,
  seed,
}: AutoregressivePriorOptions): NamedVariables {
  const random = new Random(seed).fork("prior");
  const length = positions.reduce((a, b) => a * b, 1);
  const normal = (name: string, shape: readonly number[], scale: number): tf.Variable =>
    createVariable(shape, (values) => {
      random.fork(name).fillNormalInto(values);
      values.forEach((value, i) => (values[i] = value * scale));
    });
  return {
    embedding: normal("embedding", [codebookSize + 1, width], 1), // the last row stands before the beginning
    position: normal("position", [length, width], 0.1),
    hidden: normal("hidden", [(reach + 1) * width, 4 * width], 1 / Math.sqrt((reach + 1) * width)),
    logits: normal("logits", [4 * width, codebookSize], 0.01),
    bias: createVariable([codebookSize]),
  };
}

export function autoregressivePrior(options: AutoregressivePriorOptions): LearnedCodePrior {
  const { positions, codebookSize, width = 32, seed } = options;
  const length = positions.reduce((a, b) => a * b, 1);
  const variables = variablesFor(options);

  /** `[B, T, K]` of codes `[B, T]`; position t sees codes before t only. */
  const logits = (codes: tf.Tensor): tf.Tensor => {
    const B = codes.shape[0];
    const start = tf.fill([B, reach], codebookSize, "int32");
    const padded = tf.concat([start, tf.cast(codes, "int32")], 1); // [B, reach + T]
    const before = Array.from({ length: reach }, (_, r) =>
      tf.gather(variables["embedding"], tf.slice(padded, [0, r], [-1, length])),
    ); // [B, T, width] each
    const place = tf.tile(tf.expandDims(variables["position"], 0), [B, 1, 1]);
    const input = tf.reshape(tf.concat([...before, place], 2), [B * length, (reach + 1) * width]);
    const hidden = tf.relu(tf.matMul(input, variables["hidden"] as tf.Tensor2D));
    const out = tf.add(tf.matMul(hidden, variables["logits"] as tf.Tensor2D), variables["bias"]);
    return tf.reshape(out, [B, length, codebookSize]);
  };

  return createCodePrior({
    kind: "autoregressive-by-hand",
    options: { positions, codebookSize, width },
    positions,
    codebookSize,
    variables,
    logits,
    seed,
  });
}
