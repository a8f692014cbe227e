import {
  computeOf,
  createLikelihood,
  createModel,
  createNetworks,
  gaussian,
  imageModelJson,
  imageModelOptions,
  loadModel,
  readOptions,
  registerModel,
  registerSymptom,
  reparameterized,
  rules,
  type BoundFigure,
  type ImageModelOptions,
  type InjectionChoice,
  type JsonObject,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
  type NdArray,
  type OptionTable,
} from "@elbo/core";
import { conditionalGaussian, speedOf } from "./conditionalGaussian.ts";
import { leakageSymptom } from "./leakageSymptom.ts";
import { conditionRecord, type ConditionColumns } from "./conditionRecord.ts";
import type { Drop } from "./drop.ts";
import { injectionJson, injectionOption } from "./injection.ts";

/** Options of {@link cvae}. */
export interface CvaeOptions extends ImageModelOptions {
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
  /** Number of classes, at least 1: short for `condition: { label: { kind: "class", classes } }`. */
  readonly classes?: number;
  /** What the model is told of an example, by column: classes, attributes, real numbers. */
  readonly condition?: ConditionColumns;
  /** How often columns are dropped in training, in `[0, 1]`: a rate or schedule for all, or by column; default 0. What is dropped can be left out afterwards. */
  readonly drop?: Drop;
  /** How the condition enters encoder and decoder; default: it joins their inputs. */
  readonly inject?: InjectionChoice;
  /** p(z|y): `"conditional"` (default) is a learned Gaussian for each condition, `"standard"` N(0, I) for all. */
  readonly prior?: "standard" | "conditional";
}

/** {@link CvaeOptions} as a table. */
export const cvaeTable = {
  ...imageModelOptions,
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  classes: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    doc: "number of classes, where the condition is a label",
  },
  condition: {
    rule: rules.any<ConditionColumns>(),
    default: undefined,
    shown: "the label",
    doc: "what the model is told, by column",
  },
  drop: {
    rule: rules.any<Drop>(),
    default: 0,
    doc: "how often columns are dropped in training, so that they can be left out",
  },
  ...injectionOption,
  prior: {
    rule: rules.oneOf(["standard", "conditional"]),
    default: "conditional",
    doc: "a learned Gaussian for each condition, or N(0, I) for all",
  },
} satisfies OptionTable<CvaeOptions>;

/** A conditional VAE: codes are mean latents `[n, latent]`. */
export type Cvae = LatentModel<NdArray, BoundFigure>;

/**
 * A conditional VAE: encoder q(z|x, y), decoder p(x|z, y) and prior p(z|y) know the condition y; trained on
 *
 * `loss = distortion + KL(q(z|x, y) || p(z|y))`, in nats per example,
 *
 * minus a lower bound of `log p(x|y)`. The prior `p(z|y) = N(m(y), diag(s(y)^2))` is learned too, from N(0, I) on, log variance and
 * mean linear in the condition's vector; with `prior: "standard"` it stays there, and it takes many more epochs until the encoder
 * leaves the condition out of the latents and samples look like it. Conditions come with the examples in training and
 * evaluation, and by `labels`, `label` or `condition` in the model's methods.
 * Source: Sohn, Lee, Yan, "Learning Structured Output Representation using Deep Conditional Generative Models"
 * (NeurIPS 2015), equation 4.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function cvae(options: CvaeOptions): Cvae {
  const fn = "cvae";
  const values = readOptions(fn, cvaeTable, options);
  const { image, latent, prior, inject, drop, seed, network } = values;
  const likelihood = createLikelihood(values.likelihood, image);
  const example = { x: likelihood };
  const columns = columnsOf(fn, options);
  const condition = conditionRecord({ columns, drop, seed }, fn);
  const latents = reparameterized({
    size: latent,
    posterior: gaussian,
    prior:
      prior === "standard"
        ? gaussian
        : conditionalGaussian(latent, condition.size, speedOf(valuesOf(columns))),
  });
  const shapes = { example, latents, condition, inject, seed };
  const written = condition.options as Record<string, JsonObject>;
  return createModel({
    kind: "cvae",
    options: {
      ...imageModelJson({ image, likelihood, seed }),
      latent,
      condition: written["columns"],
      drop: written["drop"],
      prior,
      ...injectionJson(inject),
    },
    example,
    latents,
    networks: createNetworks(network, shapes),
    condition,
    seed,
    compute: computeOf(options),
  });
}

/** The columns of the condition, written out. */
function columnsOf(fn: string, { classes, condition }: CvaeOptions): ConditionColumns {
  if ((classes === undefined) === (condition === undefined)) {
    throw new TypeError(
      `${fn}: classes or condition must be given, such as classes: 10, got ${classes === undefined ? "neither" : "both"}`,
    );
  }
  return condition === undefined
    ? { label: { kind: "class", classes: classes as number } }
    : condition;
}

/** About how many values of the condition's vector are not 0. */
const valuesOf = (columns: ConditionColumns): number =>
  Object.values(columns).reduce((sum, column) => {
    if (column.kind === "class") return sum + (column.embedding ?? 1);
    return sum + (column.kind === "real" ? (column.size ?? 1) : column.count);
  }, 0);

/** What core's loader needs to know of conditional VAEs. */
export const cvaeKind: ModelKind<Cvae> = {
  kind: "cvae",
  build: (options, network) => cvae({ ...(options as unknown as CvaeOptions), network }),
};

registerModel(cvaeKind);
registerSymptom("label leakage", leakageSymptom);

/**
 * Loads a conditional VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadCvae(directory: string, options?: LoadOptions): Promise<Cvae> {
  return loadModel(directory, cvaeKind, options);
}
