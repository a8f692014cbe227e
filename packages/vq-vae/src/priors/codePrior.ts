import {
  computeOf,
  computeOptions,
  describeValue,
  hierarchy,
  readOptions,
  rules,
  type CodingPrior,
  type ComputeOptions,
  type HierarchicalPrior,
  type LatentModel,
  type LearnedCodePrior,
  type NdArray,
  type OptionTable,
} from "@elbo/core";
import type { CodesOptions } from "./codeGrid.ts";
import { conditioningTable } from "./conditioning.ts";
import { pixelCnn } from "./pixelCnn.ts";
import { transformer } from "./transformer.ts";
import { seedOption } from "./weights.ts";

/** Options of {@link codePrior}. */
export interface CodePriorOptions extends ComputeOptions {
  /** Default `"pixelcnn"`. */
  readonly kind?: "pixelcnn" | "transformer";
  /** Number of classes, for priors that are trained and drawn from with labels; default: none. */
  readonly classes?: number;
  /** Of the networks; default that of the kind. */
  readonly width?: number;
  /** Of the networks; default that of the kind. */
  readonly layers?: number;
  /** Seed of the first weights; default 0. */
  readonly seed?: number;
}

const size = { rule: rules.integer({ min: 1 }), default: undefined, shown: "that of the kind" };

/** {@link CodePriorOptions} as a table. */
export const codePriorTable = {
  kind: { rule: rules.oneOf(["pixelcnn", "transformer"]), default: "pixelcnn", doc: "the network" },
  classes: conditioningTable.classes,
  width: { ...size, doc: "width of the network" },
  layers: { ...size, doc: "layers of the network" },
  seed: seedOption,
  ...computeOptions,
} satisfies OptionTable<CodePriorOptions>;

/** Codes as one level of a model has them. */
interface CodesOfLevel {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
  readonly limit?: number | readonly number[];
}

/**
 * A prior for the codes of a model, untrained: `model.prior = codePrior(model)`, then `train(model.prior, await
 * model.encode(images))`. A model of several levels gets a prior for each, told the levels before it.
 *
 * @throws TypeError for a model whose codes are no indices, and for bad options
 */
export function codePrior(
  model: LatentModel<NdArray, string>,
  options?: CodePriorOptions,
): LearnedCodePrior;
export function codePrior(
  model: LatentModel<Readonly<Record<string, NdArray>>, string>,
  options?: CodePriorOptions,
): HierarchicalPrior;
export function codePrior(
  model: Pick<LatentModel, "levels" | "kind">,
  options: CodePriorOptions = {},
): CodingPrior {
  const fn = "codePrior";
  const { kind, classes, width, layers, seed } = readOptions(fn, codePriorTable, options);
  const codes = Object.entries(model.levels).map(
    ([name, { codeSpec }]) => [name, codesOf(fn, model.kind, codeSpec)] as const,
  );
  const make = (own: CodesOptions, before: typeof codes): LearnedCodePrior => {
    const given = before.length === 0 ? undefined : Object.fromEntries(before);
    const all = {
      ...own,
      ...(classes === undefined ? {} : { classes }),
      ...(given === undefined ? {} : { given }),
      ...(width === undefined ? {} : { width }),
      ...(layers === undefined ? {} : { layers }),
      seed,
      ...computeOf(options),
    };
    return kind === "pixelcnn" ? pixelCnn(all) : transformer(all);
  };
  const priors = codes.map(([name, own], i) => [name, make(own, codes.slice(0, i))] as const);
  return priors.length === 1 ? priors[0][1] : hierarchy(Object.fromEntries(priors));
}

function codesOf(fn: string, kind: string, spec: CodesOfLevel | undefined): CodesOptions {
  if (spec?.dtype !== "int32" || spec.limit === undefined) {
    throw new TypeError(
      `${fn}: model must have codes that are indices, got a ${kind} with ${describeValue(spec?.dtype ?? "float32")}`,
    );
  }
  const { shape: positions, limit } = spec;
  const sizes = typeof limit === "number" ? [limit] : limit;
  if (sizes.length > 1) return { positions, codebookSize: sizes };
  const [K] = sizes;
  const hasDepths = positions.length > 2;
  return { positions, codebookSize: hasDepths ? Array<number>(positions[2]).fill(K) : K };
}
