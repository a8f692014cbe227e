import * as tf from "@tensorflow/tfjs-core";
import { diagonalGaussian } from "./diagonalGaussian.ts";
import type { DiagonalGaussian } from "./diagonalGaussian.ts";

/**
 * A Gaussian likelihood: {@link diagonalGaussian} whose log variance may be one number (fixed), a scalar
 * (learned, for all dimensions) or a tensor like the mean (learned, for every dimension).
 *
 * @param options `mean` `[B, ...]`; `logVar` a number or a tensor that broadcasts with it
 */
export function gaussian({
  mean,
  logVar,
}: {
  readonly mean: tf.Tensor;
  readonly logVar: number | tf.Tensor;
}): DiagonalGaussian {
  return diagonalGaussian({
    mean,
    logVar: typeof logVar === "number" ? tf.scalar(logVar) : logVar,
  });
}
