import * as tf from "@tensorflow/tfjs-core";
import { bounded, halves } from "../distributions/distribution.ts";
import { gaussian } from "../distributions/gaussian.ts";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { createVariable } from "../step/createVariable.ts";
import { doubled, withoutLastAxis } from "./likelihood.ts";
import type { Likelihood } from "./likelihood.ts";
import { numbersReader } from "./readers.ts";
import { standardization } from "./standardization.ts";

/** Options of {@link gaussianLikelihood}. */
export interface GaussianLikelihoodOptions {
  /** Standard deviation: a fixed one, one learned for all values (`"global"`, default), or one that the decoder gives for every value (`"pixel"`). */
  readonly scale?: number | "global" | "pixel";
  /** Whether values are shifted and scaled to mean 0 and deviation 1, learned from the training part; densities stay those of the given values. Default false. */
  readonly standardize?: boolean;
}

const options = {
  scale: {
    rule: rules.either(rules.number({ above: 0 }), rules.oneOf(["global", "pixel"])),
    default: "global",
    doc: "standard deviation: a number, one learned for all values, or one that the decoder gives for each",
  },
  standardize: {
    rule: rules.boolean(),
    default: false,
    doc: "whether values are brought to mean 0 and deviation 1",
  },
} satisfies OptionTable<GaussianLikelihoodOptions>;

/** Deviation from which a learned global one starts; images on [0, 1] deviate by about 0.3 from their mean. */
const initialScale = 0.25;

/** No learned deviation falls below one of 255 grey steps: a constant pixel would take the density to infinity. */
const lowestLogVar = 2 * Math.log(1 / 255);

/**
 * Real values; the decoder gives means, and with `scale: "pixel"` log variances after them, on the last axis.
 *
 * A learned deviation, global or per value, stays above 1/255 (of the standardized value where values are standardized):
 * the log variance is `l + softplus(raw - l)` with `l = 2 ln(1/255)`. The global one is a variable: the sigma-VAE of Rybkin et
 * al. 2021, section 3.1 (arXiv:2006.13202).
 *
 * @param shape of the column per example
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function gaussianLikelihood(
  shape: readonly number[],
  given: GaussianLikelihoodOptions = {},
): Likelihood {
  const fn = "gaussianLikelihood";
  const { scale, standardize } = readOptions(fn, options, given);
  const units = standardize ? standardization(shape) : undefined;
  const rawLogVar = scale === "global" ? initialLogVar() : undefined;
  const isPixel = scale === "pixel";

  const parametersOf = (decoded: tf.Tensor): { mean: tf.Tensor; logVar: tf.Tensor } => {
    if (isPixel) {
      const { first, second } = halves(decoded);
      return {
        mean: withoutLastAxis(first, shape),
        logVar: bounded(withoutLastAxis(second, shape), { lowest: lowestLogVar }),
      };
    }
    const logVar =
      rawLogVar === undefined
        ? tf.scalar(2 * Math.log(scale as number))
        : bounded(rawLogVar, { lowest: lowestLogVar });
    return { mean: decoded, logVar };
  };
  return {
    kind: "gaussian",
    options: { scale, standardize },
    column: { shape, dtype: "float32" },
    parameterShape: isPixel ? doubled(shape) : shape,
    ...(isPixel ? { unbounded: "means and log variances" } : {}),
    ...(standardize ? { unbounded: "standardized values" } : {}),
    drawNoise: { kind: "normal", shape },
    ...(rawLogVar === undefined ? {} : { variables: { logVar: rawLogVar } }),
    reader(at, values) {
      const { remedy, ...reader } = numbersReader(at, values, { shape });
      if (remedy === undefined) return reader;
      const others = reader.warnings?.filter((text) => text !== remedy) ?? [];
      if (standardize) return { ...reader, warnings: others };
      const advice = `${remedy}; likelihood { kind: "gaussian", standardize: true } does`;
      const isVeryLarge = others.length < (reader.warnings?.length ?? 0);
      return { ...reader, remedy: advice, warnings: isVeryLarge ? [...others, advice] : others };
    },
    distribution(decoded) {
      const parameters = parametersOf(decoded);
      return gaussian(units === undefined ? parameters : units.toGiven(parameters));
    },
    ...units?.part,
  };
}

/** The variable whose bound is the logarithm of the initial variance. */
function initialLogVar(): tf.Variable {
  const above = 2 * Math.log(initialScale) - lowestLogVar;
  return createVariable([], (values) => {
    values[0] = lowestLogVar + Math.log(Math.expm1(above)); // the inverse of the bound
  });
}
