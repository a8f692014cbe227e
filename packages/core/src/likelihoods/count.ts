import * as tf from "@tensorflow/tfjs-core";
import { assertShape, readOptions } from "@elbo/common";
import type { ArgumentName } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { bounded } from "../distributions/distribution.ts";
import { poisson } from "../distributions/poisson.ts";
import { createVariable } from "../step/createVariable.ts";
import type { ColumnReader, ColumnValues, Likelihood } from "./likelihood.ts";
import { rowsAsTheyAre } from "./readers.ts";

/** Beyond float32's integers neighbours are no longer told apart. */
const largestCount = 2 ** 24;

/** Logarithms of a rate's ratio to the mean count stay within these, so that no rate is 0 or infinite. */
const ratio = { lowest: -12, highest: 8 } as const;

/**
 * Counts 0, 1, 2, ... of any size, such as visits or defects: a Poisson, whose rate is the mean count of the training rows times what the
 * decoder gives the logarithm of,
 *
 * `log p(k) = k ln r - r - ln k!`, `r = mean exp(decoded)`, nats.
 *
 * Given its latents the variance of a count is its mean; over latents rates differ, so rows may vary far more. An encoder gets
 * `ln((1 + k) / (1 + mean))`. The mean is learned once and saved with the model. Source for counts in tables: Nazabal et al. 2020
 * (arXiv:1807.03653), section 2.2.
 *
 * @param shape of the column per example, `[]` for a column of a table
 * @throws TypeError for any option: there are none
 */
export function countLikelihood(shape: readonly number[], given: object = {}): Likelihood {
  readOptions("countLikelihood", {}, given);
  const mean = createVariable([], (values) => values.fill(1));
  /** 1 once the mean has been learned. */
  const fitted = createVariable([]);
  return {
    kind: "count",
    options: {},
    column: { shape, dtype: "float32" },
    parameterShape: shape,
    unbounded: "log rates",
    drawNoise: { kind: "normal", shape },
    state: { mean, fitted },
    input: {
      shape,
      of: (values) => tf.log(tf.div(tf.add(values, 1), tf.add(mean, 1))),
    },
    reader: (at, values) => countReader(at, values, shape),
    distribution: (decoded) => poisson({ logRate: tf.add(bounded(decoded, ratio), tf.log(mean)) }),
    async fit(training) {
      if (fitted.dataSync()[0] === 1) return;
      const learned = await meanOf(training);
      tf.tidy(() => {
        mean.assign(tf.scalar(learned));
        fitted.assign(tf.scalar(1));
      });
    },
  };
}

/** The mean count; 1 where all are 0, since a rate of 0 has no logarithm. */
async function meanOf(training: ColumnValues): Promise<number> {
  let sum = 0;
  let count = 0;
  await training.forEachPart(({ data }) => {
    for (let i = 0; i < data.length; i++) sum += data[i];
    count += data.length;
  });
  return sum > 0 ? sum / count : 1;
}

/** Counts, of any type of numbers. */
function countReader(
  { fn, name }: ArgumentName,
  values: NdArray,
  shape: readonly number[],
): ColumnReader {
  assertShape({ fn, name }, values.shape, [null, ...shape]);
  const { data } = values;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (Number.isInteger(value) && value >= 0 && value <= largestCount) continue;
    throw new RangeError(
      `${fn}: values of ${name} must be counts, integers in [0, ${largestCount}], got ${value} at ${i}`,
    );
  }
  return rowsAsTheyAre(data, shape);
}
