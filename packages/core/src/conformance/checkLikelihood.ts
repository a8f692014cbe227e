import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { valuesOf } from "../data/columnSource.ts";
import {
  createLikelihood,
  likelihoodJson,
  likelihoodMakers,
} from "../likelihoods/createLikelihood.ts";
import type { LikelihoodChoice } from "../likelihoods/createLikelihood.ts";
import { logLikelihoodOf } from "../likelihoods/likelihood.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import { columnMeans, Suite } from "./suite.ts";
import type { SuiteOptions } from "./suite.ts";

/** What {@link checkLikelihood} needs of a likelihood. */
export interface LikelihoodCase extends SuiteOptions {
  /** Makes one; called more than once. */
  readonly make: () => Likelihood;
  /** Values that it explains, `[count, ...shape]`, at least two rows. */
  readonly values: NdArray;
  /** Whether `logProb` is a normalized density of what `sample` draws; false where a part of the values costs nothing. Default true. */
  readonly isNormalized?: boolean;
}

const at = { fn: "train", name: "x" };

/**
 * Checks that a likelihood keeps its contract: options that survive JSON; a reader that fills whole rows, the same for the same
 * generator, and refuses what is wrong in a sentence; log probabilities `[K, B]` that are finite for whatever a network gives,
 * independent from row to row, differentiable, the same on all engines; draws whose distribution is the one that
 * `logProb` is the density of (the mean of the score is 0).
 *
 * @throws Error in one sentence for the first rule that it breaks
 */
export async function checkLikelihood(given: LikelihoodCase): Promise<void> {
  const likelihood = given.make();
  const suite = new Suite(`checkLikelihood: ${likelihood.kind}`, given);
  const { values } = given;
  const rows = Int32Array.from({ length: values.shape[0] }, (_, i) => i);
  await likelihood.fit?.(valuesOf({ known: values }, rows));
  checkJson(suite, likelihood, given.make());
  const batch = checkReader(suite, likelihood, values);
  await checkLogProb(suite, likelihood, batch);
  await checkExtremes(suite, likelihood, batch);
  if (likelihood.drawNoise !== undefined) {
    await checkDraws(suite, likelihood, given.isNormalized ?? true);
  }
}

function checkJson(suite: Suite, likelihood: Likelihood, again: Likelihood): void {
  suite.expectJson(likelihood.options, again.options);
  if (!likelihoodMakers.kinds().includes(likelihood.kind)) return;
  const json = JSON.parse(JSON.stringify(likelihoodJson(likelihood))) as LikelihoodChoice;
  const made = createLikelihood(json, likelihood.column.shape);
  suite.expectJson(likelihood.options, made.options);
}

/** The rows as they are fed. */
function checkReader(suite: Suite, likelihood: Likelihood, values: NdArray): NdArray {
  const { shape, dtype } = likelihood.column;
  const [count] = values.shape;
  suite.expect(count >= 2, "values must have at least two rows", count);
  const size = sizeOf(shape);
  const reader = likelihood.reader(at, values);
  const fill = (seed?: number): Float32Array | Int32Array => {
    const out =
      dtype === "int32" ? new Int32Array(count * size + 1) : new Float32Array(count * size + 1);
    out.fill(-7);
    for (let index = 0; index < count; index++) {
      const random = seed === undefined ? undefined : new Random(seed).fork(index);
      reader.fillRow(out, { at: index * size, index }, random);
    }
    return out;
  };
  const first = fill(1);
  suite.expect(
    first[count * size] === -7,
    "a row must not be written beyond its end",
    first[count * size],
  );
  suite.expectClose(fill(1), first, {
    rule: "the same generator must give the same rows",
    rtol: 0,
    atol: 0,
  });
  const data = first.subarray(0, count * size);
  suite.expectFinite({ data, shape: [count, ...shape] }, "rows");
  suite.expectFinite({ data: fill().subarray(0, count * size), shape }, "rows without a generator");
  const wrong = { ...values, shape: [...values.shape, 1] };
  suite.expectRefusal(at.fn, () => likelihood.reader(at, wrong), "another shape");
  // One that knows of missing values takes NaN for them.
  if (values.data instanceof Float32Array && likelihood.observed === undefined) {
    const missing = { ...values, data: values.data.map((value, i) => (i === 0 ? NaN : value)) };
    suite.expectRefusal(at.fn, () => likelihood.reader(at, missing), "NaN");
  }
  return { data, shape: [count, ...shape] };
}

const stateOf = ({ variables = {}, state = {} }: Likelihood): tf.Variable[] => [
  ...Object.values(variables),
  ...Object.values(state),
];

/** `log p` of fed rows `[B]`, `[K, B]` where decoded has draws. */
const logOf = (likelihood: Likelihood, decoded: tf.Tensor, values: tf.Tensor): tf.Tensor =>
  logLikelihoodOf(likelihood, decoded, { values, columns: { x: values } });

async function checkLogProb(suite: Suite, likelihood: Likelihood, values: NdArray): Promise<void> {
  const [count] = values.shape;
  const { parameterShape } = likelihood;
  const decoded = suite.draw("decoded", [2, count, ...parameterShape]);
  const state = stateOf(likelihood);
  const { all, first, reversed, mean } = await suite.compute({
    feeds: { decoded, values },
    state,
    run(feeds) {
      const [one] = tf.unstack(feeds["decoded"]);
      return {
        all: logOf(likelihood, feeds["decoded"], feeds["values"]),
        first: logOf(likelihood, one, feeds["values"]),
        reversed: logOf(likelihood, tf.reverse(one, 0), tf.reverse(feeds["values"], 0)),
        mean: likelihood.distribution(one).mean(),
      };
    },
  });
  suite.expectShape(all, [2, count], "log probabilities of two draws");
  suite.expectShape(first, [count], "log probabilities");
  suite.expectFinite(all, "log probabilities");
  suite.expectClose(all.data.slice(0, count), first.data, {
    rule: "a draw must not depend on others",
  });
  suite.expectClose(reversed.data, first.data.toReversed(), {
    rule: "a row must not depend on others",
  });
  suite.expectShape(mean, [count, ...(likelihood.meanShape ?? likelihood.column.shape)], "means");
  suite.expectFinite(mean, "means");
  const one = suite.draw("decoded", [count, ...parameterShape]);
  await suite.expectGradient(
    "the log probability",
    { at: one, feeds: { values }, state },
    (x, feeds) => logOf(likelihood, x, feeds["values"]),
  );
}

/** Whatever a network gives, log probability and gradient are numbers. */
async function checkExtremes(suite: Suite, likelihood: Likelihood, values: NdArray): Promise<void> {
  const [count] = values.shape;
  const normal = suite.draw("extremes", [count, ...likelihood.parameterShape]);
  const decoded = { ...normal, data: normal.data.map((value) => Math.sign(value) * 1e4) };
  const { log, slope } = await suite.compute(
    {
      feeds: { decoded, values },
      state: stateOf(likelihood),
      run: (feeds) => ({
        log: logOf(likelihood, feeds["decoded"], feeds["values"]),
        slope: tf.grad((x) => tf.sum(logOf(likelihood, x, feeds["values"])))(feeds["decoded"]),
      }),
    },
    { compares: [] },
  );
  suite.expectFinite(log, "log probabilities of parameters of 10,000");
  suite.expectFinite(slope, "gradients at parameters of 10,000");
}

/** The mean of the gradient of `log p` over draws of p is 0, if and only if what is drawn is what is priced. */
async function checkDraws(
  suite: Suite,
  likelihood: Likelihood,
  isNormalized: boolean,
): Promise<void> {
  const { drawNoise, parameterShape, column } = likelihood;
  if (drawNoise === undefined) return;
  const count = 4000;
  const one = suite.draw("one", [1, ...parameterShape]);
  const noise = suite.draw("noise", [count, ...drawNoise.shape], drawNoise.kind);
  const { draws, score } = await suite.compute({
    feeds: { one, noise },
    state: stateOf(likelihood),
    run(feeds) {
      const decoded = tf.tile(feeds["one"], [count, ...parameterShape.map(() => 1)]);
      const drawn = likelihood.distribution(decoded).sample(feeds["noise"]);
      const x = tf.cast(drawn, column.dtype);
      return { draws: x, score: tf.grad((raw) => tf.sum(logOf(likelihood, raw, x)))(decoded) };
    },
  });
  suite.expectShape(draws, [count, ...column.shape], "draws");
  suite.expectFinite(draws, "draws");
  if (!isNormalized) return;
  const { means, errors } = columnMeans(score);
  means.forEach((mean, i) => {
    // Six standard errors: one chance in 10^9 for each parameter.
    suite.expect(
      Math.abs(mean) <= 6 * errors[i] + 1e-4,
      `the mean of the score of draws must be 0 within ${6 * errors[i]} for parameter ${i}, or logProb is not the density of sample`,
      mean,
    );
  });
}
