import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions, assertNumber, assertOneOf, describeValue } from "../arguments.ts";
import { createVariable } from "../createVariable.ts";
import { bernoulli } from "./bernoulli.ts";
import { discretizedLogistic } from "./discretizedLogistic.ts";
import type { Distribution } from "./distribution.ts";
import { gaussian } from "./gaussian.ts";

/** What a model declares of its data; a bare name stands for its defaults. */
export type LikelihoodOptions =
  | "bernoulli"
  | "gaussian"
  | "discretized-logistic"
  | {
      readonly kind: "bernoulli";
      /** How grey values become binary: drawn anew at every visit (default), drawn once, or not at all (then it is a cross-entropy, no likelihood). */
      readonly binarize?: "dynamic" | "static" | "none";
    }
  | {
      readonly kind: "gaussian";
      /** Standard deviation: a fixed one, one learned for all pixels (default), or one that the decoder gives for every pixel. */
      readonly scale?: number | "global" | "pixel";
    }
  | { readonly kind: "discretized-logistic" };

/** How examples are prepared for a likelihood: scaled to [0, 1], or binarized after that. */
export type Preparation = "scale" | "binarize-dynamic" | "binarize-static";

/** p(x | z) as a function of what the decoder gives. */
export interface Likelihood {
  readonly kind: string;
  /** The options with their defaults filled in; `createLikelihood(options)` makes an equal likelihood. */
  readonly options: LikelihoodOptions;
  /** The decoder gives `[B, h, w, c * parametersPerChannel]`; the first c channels are the mean or the logits. */
  readonly parametersPerChannel: number;
  /** Trained along with the networks. */
  readonly variables: readonly tf.Variable[];
  readonly preparation: Preparation;
  distribution(decoded: tf.Tensor): Distribution;
}

/** Standard deviation from which a learned global one starts; images on [0, 1] deviate by about 0.3 from their mean. */
const initialScale = 0.25;
/** No learned scale falls below one of 255 grey steps for Gaussians, or a tenth of one for logistics: a constant pixel would take the density to infinity. */
const lowestGaussianScale = 1 / 255;
const lowestLogisticScale = 0.1 / 255;

/**
 * Makes the likelihood p(x | z) of a model, for `x` in [0, 1].
 *
 * - `bernoulli`: the decoder gives logits.
 * - `gaussian`: the decoder gives the mean, and with `scale: "pixel"` the log variance too, as `bound(raw)`.
 * - `discretized-logistic`: the decoder gives the mean and the log scale, as `bound(raw)`, over 256 levels.
 *
 * `bound(raw) = l + softplus(raw - l)` is close to `raw` and stays above the lowest log variance or log scale l.
 *
 * @throws TypeError or RangeError when the options are not among those listed
 */
export function createLikelihood(options: LikelihoodOptions): Likelihood {
  const fn = "createLikelihood";
  const given: unknown = typeof options === "string" ? { kind: options } : options;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `${fn}: likelihood must be a name or an object with a kind, got ${describeValue(given)}`,
    );
  }
  const { kind } = given as { kind?: unknown };
  assertOneOf({ fn, name: "likelihood" }, kind, ["bernoulli", "gaussian", "discretized-logistic"]);
  switch (kind) {
    case "bernoulli": {
      assertKnownOptions(fn, given, ["kind", "binarize"]);
      const { binarize = "dynamic" } = given as { binarize?: unknown };
      assertOneOf({ fn, name: "binarize" }, binarize, ["dynamic", "static", "none"]);
      return bernoulliLikelihood(binarize);
    }
    case "gaussian": {
      assertKnownOptions(fn, given, ["kind", "scale"]);
      const { scale = "global" } = given as { scale?: unknown };
      if (typeof scale === "number") {
        assertNumber({ fn, name: "scale" }, scale, { above: 0 });
        return fixedGaussian(scale);
      }
      if (scale === "global") return globalGaussian();
      if (scale === "pixel") return pixelGaussian();
      throw new TypeError(
        `${fn}: scale must be a number above 0, "global" or "pixel", got ${describeValue(scale)}`,
      );
    }
    case "discretized-logistic":
      assertKnownOptions(fn, given, ["kind"]);
      return logisticLikelihood();
  }
}

function bernoulliLikelihood(binarize: "dynamic" | "static" | "none"): Likelihood {
  return {
    kind: "bernoulli",
    options: { kind: "bernoulli", binarize },
    parametersPerChannel: 1,
    variables: [],
    preparation: binarize === "none" ? "scale" : `binarize-${binarize}`,
    distribution: (logits) => bernoulli({ logits }),
  };
}

function fixedGaussian(scale: number): Likelihood {
  const logVar = 2 * Math.log(scale);
  return {
    kind: "gaussian",
    options: { kind: "gaussian", scale },
    parametersPerChannel: 1,
    variables: [],
    preparation: "scale",
    distribution: (mean) => gaussian({ mean, logVar }),
  };
}

/** One learned variance, the sigma-VAE of Rybkin et al. 2021 (arXiv:2006.13202), section 3.1, as a parameter. */
function globalGaussian(): Likelihood {
  const logVar = createVariable([], (values) => values.fill(2 * Math.log(initialScale)));
  return {
    kind: "gaussian",
    options: { kind: "gaussian", scale: "global" },
    parametersPerChannel: 1,
    variables: [logVar],
    preparation: "scale",
    distribution: (mean) => gaussian({ mean, logVar }),
  };
}

function pixelGaussian(): Likelihood {
  return {
    kind: "gaussian",
    options: { kind: "gaussian", scale: "pixel" },
    parametersPerChannel: 2,
    variables: [],
    preparation: "scale",
    distribution(decoded) {
      const { first, second } = halves(decoded);
      return gaussian({ mean: first, logVar: bound(second, 2 * Math.log(lowestGaussianScale)) });
    },
  };
}

function logisticLikelihood(): Likelihood {
  return {
    kind: "discretized-logistic",
    options: { kind: "discretized-logistic" },
    parametersPerChannel: 2,
    variables: [],
    preparation: "scale",
    distribution(decoded) {
      const { first, second } = halves(decoded);
      return discretizedLogistic({
        mean: first,
        logScale: bound(second, Math.log(lowestLogisticScale)),
      });
    },
  };
}

/** The first and the second half of the channels, `[B, ..., c]` each. */
function halves(decoded: tf.Tensor): { first: tf.Tensor; second: tf.Tensor } {
  const channels = decoded.shape[decoded.rank - 1];
  if (channels % 2 !== 0) {
    throw new RangeError(
      `distribution: decoded must have two channels for each of the image, got [${decoded.shape.join(", ")}]`,
    );
  }
  const begin = decoded.shape.map(() => 0);
  const size = decoded.shape.map(() => -1);
  size[size.length - 1] = channels / 2;
  const middle = [...begin];
  middle[middle.length - 1] = channels / 2;
  return { first: tf.slice(decoded, begin, size), second: tf.slice(decoded, middle, size) };
}

function bound(raw: tf.Tensor, lowest: number): tf.Tensor {
  return tf.add(tf.softplus(tf.sub(raw, lowest)), lowest);
}
