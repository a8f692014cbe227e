import * as tf from "@tensorflow/tfjs-core";
import { assertInteger, createVariable, Random, stopGradient, straightThrough } from "@elbo/core";
import type { Quantized, Quantizer } from "@elbo/core";
import { linear } from "../linear.ts";
import { broughtBy, partContext, rateOfParts } from "./parts.ts";
import { quantizerJson } from "./quantizerJson.ts";

/** Options of {@link projected}. */
export interface ProjectedOptions {
  /** Seed of the two maps; default 0. */
  readonly seed?: number;
}

/**
 * A quantizer behind learned linear maps: `z W_in` is quantized, in the quantizer's own (usually few) dimensions, and its codes
 * come back as `q W_out`.
 *
 * A codebook of 8 dimensions behind features of 64 keeps more codes in use than one of 64. The maps have no bias: the layers
 * around have one. Both are trained by the decoder's gradient, `W_in` by the losses too.
 * Source: Yu et al. 2022 (arXiv:2110.04627), section 3.2, "factorized codes".
 *
 * @param quantizer what quantizes, in its `codeDim`
 * @param codeDim dimensions of the vectors outside
 * @throws TypeError or RangeError when `codeDim` is not a positive integer
 */
export function projected(
  quantizer: Quantizer,
  codeDim: number,
  { seed = 0 }: ProjectedOptions = {},
): Quantizer {
  const fn = "projected";
  assertInteger({ fn, name: "codeDim" }, codeDim, { min: 1 });
  assertInteger({ fn, name: "seed" }, seed);
  const parts = [quantizer];
  const { codeDim: inner } = quantizer;
  const kernel = (name: string, from: number, to: number): tf.Variable<tf.Rank.R2> =>
    createVariable([from, to], (values) => {
      new Random(seed).fork(fn, name).fillNormalInto(values);
      for (let i = 0; i < values.length; i++) values[i] /= Math.sqrt(from);
    });
  const into = kernel("in", codeDim, inner);
  const out = kernel("out", inner, codeDim);
  const brought = broughtBy(parts);
  return {
    ...brought,
    kind: "projected",
    options: { quantizer: quantizerJson(quantizer), codeDim, seed },
    codeDim,
    variables: { ...brought.variables, in: into, out },
    hasPrefixes: quantizer.hasPrefixes ?? false,
    quantize(given, context) {
      const z = linear(given, into);
      const result = quantizer.quantize(z, partContext(context, 0));
      const { indices, losses, rows } = result;
      const results = [{ z, result }];
      return {
        rows: stopGradient(linear(rows, out)),
        through: linear(straightThrough(result.through ?? z, rows), out),
        indices,
        losses,
        ...rateOfParts(parts, results),
        compared: result.compared ?? { z, rows },
        parts: results,
      };
    },
    lookup: (indices) => linear(quantizer.lookup(indices), out),
    ...(quantizer.draw !== undefined && {
      draw(result: Quantized, context) {
        const [part] = result.parts ?? [];
        const drawn = quantizer.draw?.(part.result, partContext(context, 0)) as tf.Tensor;
        return linear(drawn, out);
      },
    }),
    update(result, _, context) {
      result.parts?.forEach(({ z, result: own }) => {
        quantizer.update?.(own, z, partContext(context, 0));
      });
    },
    ...(quantizer.initialize !== undefined && {
      initialize(vectors: Float32Array, random: Random) {
        const [down, up] = [into, out].map((map) => map.dataSync() as Float32Array);
        const z = product(vectors, down, { inner: codeDim, columns: inner });
        const rows = quantizer.initialize?.(z, random) ?? z;
        return product(rows, up, { inner, columns: codeDim });
      },
    }),
  };
}

/** `[n, inner] x [inner, columns]` */
function product(
  a: Float32Array,
  b: Float32Array,
  { inner, columns }: { readonly inner: number; readonly columns: number },
): Float32Array {
  const out = new Float32Array((a.length / inner) * columns);
  for (let i = 0; i < out.length; i++) {
    const row = Math.floor(i / columns) * inner;
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a[row + k] * b[k * columns + (i % columns)];
    out[i] = sum;
  }
  return out;
}
