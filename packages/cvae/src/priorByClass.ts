/** @file p(z|y) fitted afterwards: a mixture of Gaussians for each class, in the place of the one Gaussian that is learned along. */
import {
  aggregatedPosterior,
  assertInteger,
  describeValue,
  gaussianMixture,
  Random,
  readOptions,
  rules,
  takeRows,
  toLabels,
  type Examples,
  type NdArray,
  type OptionTable,
  type Prior,
  type PriorSampleOptions,
} from "@elbo/core";
import { classesOf } from "./classesOf.ts";
import type { Cvae } from "./model.ts";

/** Options of {@link priorByClass}. */
export interface PriorByClassOptions {
  /** Gaussians for each class; default 10. */
  readonly components?: number;
  /** Draws of the posteriors that each mixture is fitted to; default 5000. */
  readonly draws?: number;
  /** Seed of these draws and of the starts; default 0. */
  readonly seed?: number;
}

const table = {
  components: { rule: rules.integer({ min: 1 }), default: 10 },
  draws: { rule: rules.integer({ min: 2 }), default: 5000 },
  seed: { rule: rules.integer(), default: 0 },
} satisfies OptionTable<PriorByClassOptions>;

/**
 * A prior p(z|y) for `model.sample(n, { label, prior })`: for each class y a mixture of Gaussians with full covariances, fitted to draws of
 * `1/n_y sum_i q(z|x_i, y)` over its examples. What the model's own prior, one Gaussian with independent axes for each class, leaves out of the
 * spread of the codes is in it, so samples differ more and look more like their class.
 *
 * Its `sample(count, { label | labels, temperature })` gives codes `[count, latent]`; cost of the fit: `draws components latent^2` per
 * iteration and class. Source: Ghosh et al. 2020 (arXiv:1903.12436), section 4, there without classes.
 *
 * @param model with a class `label` as its only condition
 * @param examples with labels, such as the training images; at least one of each class
 * @throws TypeError or RangeError for examples or options that do not fit
 */
export async function priorByClass(
  model: Cvae,
  examples: Examples,
  options: PriorByClassOptions = {},
): Promise<Prior> {
  const fn = "priorByClass";
  const { components, draws, seed } = readOptions(fn, table, options);
  const classes = classesOf(fn, model, true);
  assertInteger({ fn, name: "components" }, components, { min: 1, max: draws - 1 });
  if (typeof examples !== "object" || (examples as unknown) === null) {
    throw new TypeError(
      `${fn}: examples must be { data, shape, labels }, got ${describeValue(examples)}`,
    );
  }
  const given = examples as NdArray;
  const labels = toLabels(examples.labels, { fn, count: given.shape[0], classes });
  const mixtures: Prior[] = [];
  for (let label = 0; label < classes; label++) {
    const own = Int32Array.from(labels.keys()).filter((row) => labels[row] === label);
    if (own.length === 0) {
      throw new RangeError(`${fn}: examples must be of every class, got none of class ${label}`);
    }
    const codes = await aggregatedPosterior(model, takeRows(given, own), { label });
    const drawn = await codes.sample(draws, { seed });
    mixtures.push(gaussianMixture(drawn, { components, seed }));
  }
  return { kind: "prior-by-class", sample: (count, told = {}) => drawn(mixtures, count, told) };
}

/** Codes of the classes that were told; a row is the same for any count. */
async function drawn(
  mixtures: readonly Prior[],
  count: number,
  told: PriorSampleOptions,
): Promise<Awaited<ReturnType<Prior["sample"]>>> {
  assertInteger({ fn: "sample", name: "count" }, count, { min: 1 });
  const { seed = 0, temperature = 1 } = told;
  const labels = labelsOf(told, { count, classes: mixtures.length });
  let codes: Float32Array | undefined;
  let size = 0;
  for (const [label, mixture] of mixtures.entries()) {
    const rows = Int32Array.from(labels.keys()).filter((row) => labels[row] === label);
    if (rows.length === 0) continue;
    const own = new Random(seed).fork("prior-by-class", label).uint32();
    const { data, shape } = await mixture.sample(rows.length, { seed: own, temperature });
    size = shape[1];
    codes ??= new Float32Array(count * size);
    for (const [i, row] of rows.entries()) {
      codes.set(data.subarray(i * size, (i + 1) * size), row * size);
    }
  }
  return { data: codes ?? new Float32Array(0), shape: [count, size] };
}

/** A label for each code, by `label`, `labels` or `condition.label`. */
function labelsOf(
  told: PriorSampleOptions,
  { count, classes }: { readonly count: number; readonly classes: number },
): Int32Array {
  const { condition } = told as { readonly condition?: { readonly label?: unknown } };
  const given = told.label ?? told.labels ?? condition?.label;
  if (given === undefined || given === null) {
    throw new TypeError("sample: a prior by class must be told label or labels, got neither");
  }
  const each = typeof given === "number" ? new Array<number>(count).fill(given) : given;
  return toLabels(each, { fn: "sample", count, classes });
}
