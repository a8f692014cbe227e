/**
 * The rate of a Gaussian model in three parts, over a whole data set: what latents tell about examples, how far they depend on each
 * other, and how far each one alone is from the prior.
 *
 * One draw `z_i ~ q(z | x_i)` of each example is a stratified draw of the aggregated posterior `q(z) = 1/N sum_j q(z | x_j)`, whose
 * density and those of its marginals are sums over all N examples: exact but for the draws, where objectives estimate them from a
 * batch. Cost: `draws x N x (L + 1)` exponentials and memory for one row of N at a time; 10,000 examples of 10 latents take some ten
 * seconds. Source: Chen et al. 2018 (arXiv:1802.04942), equation 2; Hoffman and Johnson 2016, "ELBO surgery".
 */
import {
  estimateOf,
  readCall,
  rules,
  type CallOptions,
  type Estimate,
  type ExamplesLike,
  type LatentModel,
  type NdArray,
  type OptionTable,
} from "@elbo/core";

/** The parts in nats, each a mean over draws with its standard error. */
export interface Decomposition {
  /** `I(z; x) = E[ln q(z | x) - ln q(z)]` under the aggregated posterior; at most `ln N`. */
  readonly mutualInformation: Estimate;
  /** `KL(q(z) || prod_d q(z_d))` */
  readonly totalCorrelation: Estimate;
  /** `sum_d KL(q(z_d) || p(z_d))` */
  readonly dimensionWise: Estimate;
  /** `KL(q(z_d) || p(z_d))` by dimension. */
  readonly byDimension: Float64Array;
  /** `E[ln q(z | x) - ln p(z)]` of the same draws, the sum of the three parts. */
  readonly drawnRate: Estimate;
  /** `KL(q(z | x) || p(z))` in closed form, the mean over the same examples. */
  readonly rate: Estimate;
}

interface DecompositionOwn {
  /** How many examples to draw a latent of, spread evenly over the data; default all. Densities are of all examples either way. */
  readonly draws?: number;
  /** Seed of the draws, default 0. */
  readonly seed?: number;
  /** Told now and then how many draws are done. */
  readonly onProgress?: (done: { readonly count: number; readonly of: number }) => void;
}

/** Options of {@link decomposition}: its own, and what a call says about the condition and how to compute. */
export interface DecompositionOptions extends CallOptions, DecompositionOwn {}

/** The options as a table. */
export const decompositionTable = {
  draws: {
    rule: rules.integer({ min: 2 }),
    default: undefined,
    shown: "all",
    doc: "examples to draw a latent of",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws" },
  onProgress: {
    rule: rules.such<NonNullable<DecompositionOwn["onProgress"]>>(
      "a function",
      (value) => typeof value === "function",
    ),
    default: undefined,
    doc: "told how many draws are done",
  },
} satisfies OptionTable<DecompositionOwn>;

/**
 * Mutual information, total correlation and dimension-wise divergence of a model with Gaussian posteriors and the prior N(0, I).
 *
 * @param data examples as the model takes them, grey values as they are; q(z) is of these
 * @throws TypeError for a model of other latents or of another prior, RangeError for fewer than two examples
 */
export async function decomposition(
  model: LatentModel,
  data: ExamplesLike,
  options: DecompositionOptions = {},
): Promise<Decomposition> {
  const fn = "decomposition";
  const { own, told, compute } = readCall({ model, fn }, decompositionTable, options);
  assertGaussian(fn, model);
  await model.rows(fn, data, told);
  const posterior = (await model.posterior(data, {
    ...told,
    ...compute,
    draws: 1,
    seed: own.seed,
  })) as Readonly<Record<"mean" | "logVar" | "draws", NdArray>>;
  const [count] = posterior.mean.shape;
  if (count < 2) throw new RangeError(`${fn}: data must be at least 2 examples, got ${count}`);
  const draws = Math.min(own.draws ?? count, count);
  return decompose(posterior, { draws, onProgress: own.onProgress });
}

/**
 * The decomposition of posteriors `mean`, `logVar` `[N, L]` and one draw of each, `draws` `[N, (1,) L]`.
 *
 * @param options how many of the draws are used, spread evenly
 */
export async function decompose(
  posterior: Readonly<Record<"mean" | "logVar" | "draws", NdArray>>,
  {
    draws,
    onProgress,
  }: { readonly draws: number; readonly onProgress?: DecompositionOwn["onProgress"] | undefined },
): Promise<Decomposition> {
  const mixture = mixtureOf(posterior);
  const { count } = mixture;
  const picked = Int32Array.from({ length: draws }, (_, i) => Math.floor((i * count) / draws));
  const logs: Logs[] = [];
  for (const [n, i] of picked.entries()) {
    logs.push(logDensities(mixture, i));
    if (n % rowsBetweenTurns !== rowsBetweenTurns - 1) continue;
    onProgress?.({ count: n + 1, of: draws });
    await new Promise((resolve) => setTimeout(resolve));
  }
  return partsOf(mixture, picked, logs);
}

/** Rows after which timers and input get their turn. */
const rowsBetweenTurns = 64;

function assertGaussian(fn: string, { levels }: LatentModel): void {
  const [latents, ...others] = Object.values(levels);
  const { kind, options, priorIsLearned = false } = latents;
  if (others.length > 0 || kind !== "gaussian" || latents.latent.length !== 1) {
    throw new TypeError(
      `${fn}: the model must have one level of Gaussian latents, got ${Object.values(levels)
        .map((level) => level.kind)
        .join(", ")}`,
    );
  }
  if (priorIsLearned || options?.["prior"] !== "gaussian") {
    throw new TypeError(
      `${fn}: the prior must be N(0, I), got ${JSON.stringify(options?.["prior"] ?? "another")}`,
    );
  }
}

/** All posteriors, column by column, and one draw of each. */
interface Mixture {
  readonly count: number;
  /** L columns of N. */
  readonly means: readonly Float64Array[];
  /** `exp(-logVar / 2)` */
  readonly precisions: readonly Float64Array[];
  readonly logVars: readonly Float64Array[];
  readonly z: readonly Float64Array[];
}

function mixtureOf({ mean, logVar, draws }: Readonly<Record<string, NdArray>>): Mixture {
  const [count, L] = mean.shape;
  const columns = ({ data }: NdArray): Float64Array[] =>
    Array.from({ length: L }, (_, d) =>
      Float64Array.from({ length: count }, (__, i) => data[i * L + d]),
    );
  const logVars = columns(logVar);
  return {
    count,
    means: columns(mean),
    precisions: logVars.map((column) => column.map((value) => Math.exp(-0.5 * value))),
    logVars,
    z: columns(draws),
  };
}

/** Of one draw. */
interface Logs {
  /** `ln q(z_i | x_i)` */
  readonly own: number;
  /** `ln q(z_i)` */
  readonly joint: number;
  /** `ln q(z_id)` by dimension. */
  readonly marginals: Float64Array;
  /** `ln p(z_id)` by dimension. */
  readonly prior: Float64Array;
}

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

function logDensities({ count, means, precisions, logVars, z }: Mixture, i: number): Logs {
  const joint = new Float64Array(count); // ln q(z_i | x_j), without the constant
  const marginals = new Float64Array(z.length);
  for (const [d, column] of z.entries()) {
    const at = column[i];
    const m = means[d];
    const s = precisions[d];
    const v = logVars[d];
    let density = 0;
    for (let j = 0; j < count; j++) {
      const standardized = (at - m[j]) * s[j];
      const exponent = -0.5 * standardized * standardized;
      joint[j] += exponent - 0.5 * v[j];
      density += s[j] * Math.exp(exponent); // that of x_i itself never vanishes
    }
    marginals[d] = Math.log(density / count) - halfLogTwoPi;
  }
  const constant = z.length * halfLogTwoPi;
  let largest = -Infinity;
  for (let j = 0; j < count; j++) if (joint[j] > largest) largest = joint[j];
  let sum = 0;
  for (let j = 0; j < count; j++) sum += Math.exp(joint[j] - largest);
  return {
    own: joint[i] - constant,
    joint: largest + Math.log(sum / count) - constant,
    marginals,
    prior: Float64Array.from(z, (column) => -0.5 * column[i] * column[i] - halfLogTwoPi),
  };
}

function partsOf(
  { means, logVars }: Mixture,
  picked: Int32Array,
  logs: readonly Logs[],
): Decomposition {
  const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  const of = (part: (row: Logs) => number): Estimate => estimateOf(Float64Array.from(logs, part));
  const closedForm = Float64Array.from(picked, (i) =>
    means.reduce((sum, mean, d) => {
      const logVar = logVars[d][i];
      return sum + 0.5 * (Math.exp(logVar) + mean[i] * mean[i] - 1 - logVar);
    }, 0),
  );
  return {
    mutualInformation: of(({ own, joint }) => own - joint),
    totalCorrelation: of(({ joint, marginals }) => joint - total(marginals)),
    dimensionWise: of(({ marginals, prior }) => total(marginals) - total(prior)),
    byDimension: Float64Array.from(
      means,
      (_, d) => logs.reduce((sum, row) => sum + row.marginals[d] - row.prior[d], 0) / logs.length,
    ),
    drawnRate: of(({ own, prior }) => own - total(prior)),
    rate: estimateOf(closedForm),
  };
}
