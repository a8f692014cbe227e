import { bounded, halves } from "../distributions/distribution.ts";
import { discretizedLogistic } from "../distributions/discretizedLogistic.ts";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { doubled, withoutLastAxis } from "./likelihood.ts";
import type { Likelihood } from "./likelihood.ts";
import { numbersReader } from "./readers.ts";

/** Options of {@link discretizedLogisticLikelihood}. */
export interface DiscretizedLogisticLikelihoodOptions {
  /** Number of levels from 0 to 1, at least 2; default 256, the grey levels of a byte. */
  readonly levels?: number;
}

const options = {
  levels: { rule: rules.integer({ min: 2 }), default: 256, doc: "number of levels from 0 to 1" },
} satisfies OptionTable<DiscretizedLogisticLikelihoodOptions>;

/**
 * Grey levels in [0, 1]; the decoder gives means, and log scales after them, on the last axis. Log scales stay above a tenth
 * of a level's width, as `l + softplus(raw - l)`.
 *
 * @param shape of the column per example
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function discretizedLogisticLikelihood(
  shape: readonly number[],
  given: DiscretizedLogisticLikelihoodOptions = {},
): Likelihood {
  const { levels } = readOptions("discretizedLogisticLikelihood", options, given);
  const lowest = Math.log(0.1 / (levels - 1));
  return {
    kind: "discretized-logistic",
    options: { levels },
    column: { shape, dtype: "float32" },
    parameterShape: doubled(shape),
    unbounded: "means and log scales",
    drawNoise: { kind: "uniform", shape },
    reader: (at, values) => numbersReader(at, values, { shape, range: [0, 1] }),
    distribution(decoded) {
      const { first, second } = halves(decoded);
      return discretizedLogistic({
        mean: withoutLastAxis(first, shape),
        logScale: bounded(withoutLastAxis(second, shape), { lowest }),
        levels,
      });
    },
  };
}
