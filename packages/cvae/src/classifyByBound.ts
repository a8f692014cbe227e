import {
  computeOf,
  computeOptions,
  logSumExp,
  readOptions,
  rules,
  type ComputeOptions,
  type ExamplesLike,
  type NdArray,
  type OptionTable,
} from "@elbo/core";
import { classesOf } from "./classesOf.ts";
import { classification, type Classification } from "./classify.ts";
import { isRecord } from "./isRecord.ts";
import { logClassPrior } from "./logClassPrior.ts";
import type { Cvae } from "./model.ts";
import type { SemiSupervised } from "./semiSupervised.ts";

interface OwnOptions {
  /** 1: log p(x|y) by the ELBO; k above 1: by the bound of k importance samples, which is tighter. Default 1. */
  readonly samples?: number;
  /** p(y), positive, 1 in all; default: the same for all. */
  readonly classPrior?: readonly number[];
  /** What the model is told besides the label, by column. */
  readonly condition?: Readonly<Record<string, unknown>>;
  /** Seed of noise and binarization, the same for all classes; default 0. */
  readonly seed?: number;
}

/** Options of {@link classifyByBound}. */
export interface ClassifyByBoundOptions extends ComputeOptions, OwnOptions {}

const table = {
  samples: { rule: rules.integer({ min: 1 }), default: 1 },
  classPrior: { rule: rules.list(rules.number({ above: 0 })), default: undefined },
  condition: {
    rule: rules.such<Readonly<Record<string, unknown>>>("a record by column", isRecord),
    default: {},
  },
  seed: { rule: rules.integer(), default: 0 },
  ...computeOptions,
} satisfies OptionTable<ClassifyByBoundOptions>;

/**
 * Generative classification: `log p(y|x) = B(x, y) + log p(y) - log sum_y' exp(B(x, y') + log p(y'))`, with B a lower bound of
 * log p(x|y), nats, by the model with each label in turn (classes times the cost of `score`).
 *
 * Pixels count as if they were independent given z, so these probabilities are too sure: `temperatureScaling(logProbabilities, labels)`
 * on other examples mends it, `expectedCalibrationError` measures it.
 *
 * @param model one whose condition has a class `label`
 * @throws TypeError or RangeError for examples or options that do not fit
 */
export async function classifyByBound(
  model: Cvae | SemiSupervised,
  x: ExamplesLike,
  options: ClassifyByBoundOptions = {},
): Promise<Classification> {
  const fn = "classifyByBound";
  const { samples, classPrior, condition, seed } = readOptions(fn, table, options);
  const compute = computeOf(options);
  const classes = classesOf(fn, model);
  const logPrior = logClassPrior(fn, classes, classPrior);
  await checkTold(model, x, condition);
  const bounds: Float64Array[] = [];
  for (let label = 0; label < classes; label++) {
    const told = { ...condition, label };
    const scores = await model.score(x, { ...compute, condition: told, samples, seed });
    bounds.push(scores.logLikelihood ?? scores.elbo);
  }
  return classification(normalized(bounds, logPrior));
}

/** Refuses examples and conditions under the name of this function, before anything is computed. */
async function checkTold(
  model: Cvae | SemiSupervised,
  x: ExamplesLike,
  condition: Readonly<Record<string, unknown>>,
): Promise<void> {
  const fn = "classifyByBound";
  if (Object.hasOwn(condition, "label")) {
    throw new TypeError(
      `${fn}: condition must have columns besides the label, which is what is asked for, got label`,
    );
  }
  await model.rows(fn, x, { condition: { ...condition, label: 0 } });
}

/** `b_y + p_y` minus the log of the sum of their exponentials, `[n, classes]`. */
function normalized(
  bounds: readonly Float64Array[],
  logPrior: readonly number[],
): NdArray<Float32Array> {
  const classes = bounds.length;
  const count = bounds[0].length;
  const data = new Float32Array(count * classes);
  for (let n = 0; n < count; n++) {
    const joint = Float64Array.from(bounds, (bound, y) => bound[n] + logPrior[y]);
    const all = logSumExp(joint);
    joint.forEach((value, y) => (data[n * classes + y] = value - all));
  }
  return { data, shape: [count, classes] };
}
