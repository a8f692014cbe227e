import {
  computeOf,
  createEncoder,
  createLikelihood,
  createModel,
  createNetworks,
  gaussian,
  imageModelJson,
  imageModelOptions,
  loadModel,
  readOptions,
  registerModel,
  reparameterized,
  rules,
  scheduleFromJson,
  scheduleRule,
  type BoundFigure,
  type ImageModelOptions,
  type InjectionChoice,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
  type NdArray,
  type NetworkChoice,
  type Networks,
  type OptionTable,
  type Schedule,
} from "@elbo/core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { conditionalGaussian, speedOf } from "./conditionalGaussian.ts";
import { injectionJson, injectionOption } from "./injection.ts";
import { labelOrNone } from "./labelOrNone.ts";
import { logClassPrior } from "./logClassPrior.ts";
import { marginalObjective } from "./marginalObjective.ts";

/** Rows of a training batch: the labelled ones first. */
export interface BatchRows {
  readonly labelled: number;
  readonly unlabelled: number;
}

/** Options of {@link semiSupervised}. */
export interface SemiSupervisedOptions extends ImageModelOptions {
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Rows of every training batch, those of `labelledPlan`; without it they come in any order and every row costs all classes. */
  readonly rows?: BatchRows;
  /** Weight of `-log q(y|x)` of labelled rows, a number or a schedule; default 50. */
  readonly classification?: number | Schedule;
  /** p(y), positive and 1 in all; default: the same for all. */
  readonly classPrior?: readonly number[];
  /** How the label enters encoder and decoder; default: it joins their inputs. */
  readonly inject?: InjectionChoice;
  /** p(z|y): `"conditional"` (default) is a learned Gaussian for each class, `"standard"` N(0, I) for all, as in the paper. */
  readonly prior?: "standard" | "conditional";
}

/** {@link SemiSupervisedOptions} as a table. */
export const semiSupervisedTable = {
  ...imageModelOptions,
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  classes: { rule: rules.integer({ min: 2 }), doc: "number of classes" },
  rows: {
    rule: rules.options({
      labelled: { rule: rules.integer({ min: 1 }) },
      unlabelled: { rule: rules.integer({ min: 1 }) },
    }),
    default: undefined,
    shown: "any order",
    doc: "labelled and other rows of a training batch, in this order",
  },
  classification: {
    rule: scheduleRule({ min: 0 }),
    default: 50,
    doc: "weight of -log q(y|x) of labelled rows",
  },
  classPrior: {
    rule: rules.list(rules.number({ above: 0 }), { least: 2 }),
    default: undefined,
    shown: "uniform",
    doc: "p(y) by class",
  },
  ...injectionOption,
  prior: {
    rule: rules.oneOf(["standard", "conditional"]),
    default: "conditional",
    doc: "a learned Gaussian for each class, or N(0, I) for all",
  },
} satisfies OptionTable<SemiSupervisedOptions>;

/** A semi-supervised VAE; `classify(model, x)` gives q(y|x). */
export type SemiSupervised = LatentModel<NdArray, BoundFigure>;

/**
 * M2: a conditional VAE `p(y) p(z|y) p(x|y, z)` with an encoder q(z|x, y) and a classifier q(y|x), trained on labelled and unlabelled
 * examples (labels -1 or null). Terms of the loss, nats per example:
 *
 * - `labelled`: `L(x, y) = distortion + rate - log p(y)`, minus a bound of `log p(x, y)`;
 * - `unlabelled`: `sum_y q(y|x) (L(x, y) + log q(y|x))`, minus a bound of `log p(x)`, exact in y;
 * - `classification`: `-log q(y|x)` of labelled rows, times the weight.
 *
 * With `rows` and `labelledPlan`, which puts labelled rows first, a step costs as much as `labelled + classes unlabelled` rows of a
 * conditional VAE. The labelled rows of a batch need not be as frequent as in the data: means are over the rows of the batch.
 *
 * Here p(z|y) is a learned Gaussian for each class, from N(0, I) on. With N(0, I) for all, `prior: "standard"`, the encoder takes long to
 * leave the class to y, and few labels gained less by the others where it was measured.
 *
 * Source: Kingma, Rezende, Mohamed, Welling, "Semi-supervised Learning with Deep Generative Models" (NeurIPS 2014, arXiv:1406.5298),
 * equations 6 to 9.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function semiSupervised(options: SemiSupervisedOptions): SemiSupervised {
  const fn = "semiSupervised";
  const values = readOptions(fn, semiSupervisedTable, options);
  const { image, latent, classes, rows, inject, prior, seed } = values;
  const likelihood = createLikelihood(values.likelihood, image);
  const example = { x: likelihood };
  const weight = scheduleRule({ min: 0 }).read(
    { fn, name: "classification" },
    values.classification,
  );
  const logPrior = logClassPrior(fn, classes, values.classPrior);
  const remedy =
    rows &&
    `rows of a batch must be ${rows.labelled} labelled ones and then ${rows.unlabelled} others: train with plan: labelledPlan(labels, { labelled: ${rows.labelled}, unlabelled: ${rows.unlabelled} })`;
  const condition = labelOrNone(fn, classes, remedy);
  const latents = reparameterized({
    size: latent,
    posterior: gaussian,
    prior: prior === "standard" ? gaussian : conditionalGaussian(latent, classes, speedOf(1)),
  });
  const shapes = { example, latents, condition, inject, seed };
  const { classifier, ...networks } = networksOf(values.network, shapes, classes);
  return createModel({
    kind: "semi-supervised",
    options: {
      ...imageModelJson({ image, likelihood, seed }),
      latent,
      classes,
      classification: weight.toJSON(),
      ...(rows === undefined ? {} : { rows: { ...rows } }),
      ...(values.classPrior === undefined ? {} : { classPrior: [...values.classPrior] }),
      ...injectionJson(inject),
      prior,
    },
    example,
    latents,
    networks,
    condition,
    objective: marginalObjective({
      classes,
      likelihood,
      networks: { classifier },
      weight,
      logPrior,
      rows,
    }),
    seed,
    compute: computeOf(options),
  });
}

type Shapes = Parameters<typeof createNetworks>[1];

/** Encoder and decoder, and a classifier that is an encoder of the same kind with classes as features. */
function networksOf(
  choice: NetworkChoice,
  shapes: Shapes,
  classes: number,
): Networks & { readonly classifier: tfl.LayersModel } {
  const networks = createNetworks(choice, shapes);
  const own = (networks as { readonly classifier?: tfl.LayersModel }).classifier;
  if (own !== undefined) return { ...networks, classifier: own };
  if (typeof choice === "object" && !("kind" in choice)) {
    throw new TypeError(
      `semiSupervised: network must hold an encoder, a decoder and a classifier, got ${Object.keys(choice).join(", ")}`,
    );
  }
  const { example, seed = 0 } = shapes;
  const classifier = createEncoder(choice, { example, features: [classes], seed: seed + 1 });
  return { ...networks, classifier };
}

/** What core's loader needs to know of semi-supervised models. */
export const semiSupervisedKind: ModelKind<SemiSupervised> = {
  kind: "semi-supervised",
  build: ({ classification, ...options }, network) =>
    semiSupervised({
      ...(options as unknown as SemiSupervisedOptions),
      classification: scheduleFromJson(classification),
      network,
    }),
};

registerModel(semiSupervisedKind);

/**
 * Loads a model that `save` of a semi-supervised model wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadSemiSupervised(
  directory: string,
  options?: LoadOptions,
): Promise<SemiSupervised> {
  return loadModel(directory, semiSupervisedKind, options);
}
