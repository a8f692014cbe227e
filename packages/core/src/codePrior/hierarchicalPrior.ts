import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { JsonObject } from "../json.ts";
import { givenColumns, labelName } from "../priors/givenColumns.ts";
import type { CodePass, CodesByLevel, Prior, PriorSampleOptions } from "../priors/prior.ts";
import { registeredModel, registerModel } from "../saving/modelKind.ts";
import { WeightHolder } from "../saving/weightHolder.ts";
import type { Columns, ColumnSpecs } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf } from "../step/computeOptions.ts";
import type { StepContext } from "../step/context.ts";
import type { NamedVariables } from "../step/part.ts";
import type { Rows } from "../step/rows.ts";
import type { Phase, Trainable } from "../step/trainable.ts";
import { LearnedCodePrior } from "./codePrior.ts";
import { codeRows, readOwnCodes, recordOf } from "./codeRows.ts";

/** Priors by level, in the order in which they are drawn; each may be given earlier levels by their names. */
export type PriorsByLevel = Readonly<Record<string, LearnedCodePrior>>;

/** What was predicted for each level. */
type LevelPasses = Readonly<Record<string, CodePass>>;

/**
 * A prior over the codes of several levels out of one for each: `p(codes) = prod over levels of p(level | levels before)`.
 *
 * Train it by `train(prior, await model.encode(images))`, with `labels` beside the levels where its priors have classes. Its
 * terms are `-log p` of each level, nats per example.
 */
export class HierarchicalPrior
  extends WeightHolder
  implements Trainable<LevelPasses>, Prior<CodesByLevel>
{
  readonly kind = "hierarchy";
  readonly levels: PriorsByLevel;
  readonly options: JsonObject;
  readonly networks = {};
  readonly variables: NamedVariables;
  readonly columns: ColumnSpecs;
  readonly phases: readonly Phase<LevelPasses>[];
  readonly seed: number;
  step = 0;
  dataSize?: number | undefined;
  batchSize?: number | undefined;
  compute: ComputeOptions = {};
  private readonly entries: readonly (readonly [name: string, prior: LearnedCodePrior])[];

  /** Use {@link hierarchy}. */
  constructor(levels: PriorsByLevel) {
    super();
    this.levels = levels;
    this.entries = Object.entries(levels);
    const { entries } = this;
    this.options = {
      levels: entries.map(([name, { kind, options }]) => ({ name, kind, options })),
    };
    this.variables = Object.fromEntries(
      entries.flatMap(([level, { variables }]) =>
        Object.entries(variables).map(([name, variable]) => [`${level}/${name}`, variable]),
      ),
    );
    this.columns = {
      ...Object.fromEntries(entries.map(([name, { columns }]) => [name, columns["codes"]])),
      ...givenColumns(this.given),
    };
    this.phases = [{ name: "prior", terms: (passes, context) => this.terms(passes, context) }];
    this.seed = entries[0][1].seed;
  }

  /** The class, where the priors have several. */
  private get given(): LearnedCodePrior["given"] {
    const labelled = this.entries.find(([, { given }]) => Object.hasOwn(given, labelName));
    return labelled === undefined ? {} : { [labelName]: labelled[1].given[labelName] };
  }

  get identity(): JsonObject {
    return { options: this.options };
  }

  /** Number of values that gradients train. */
  get parameterCount(): number {
    return Object.values(this.variables).reduce((sum, { size }) => sum + size, 0);
  }

  pass(batch: Columns, context: StepContext): LevelPasses {
    return Object.fromEntries(
      this.entries.map(([name, prior]) => {
        const given = Object.keys(prior.given).map((column) => [column, batch[column]]);
        const own = { codes: batch[name], ...Object.fromEntries(given) } as Columns;
        return [name, prior.pass(own, context)];
      }),
    );
  }

  private terms(passes: LevelPasses, context: StepContext): Record<string, tf.Tensor> {
    return Object.fromEntries(
      this.entries.map(([name, { phases }]) => {
        const { codes } = phases[0].terms(passes[name], context);
        return [name, codes as tf.Tensor];
      }),
    );
  }

  /** Codes by level as `encode` gives them, with `labels` beside for priors of several classes. */
  async rows(fn: string, data: unknown): Promise<Rows> {
    const beside: Record<string, unknown> = { ...recordOf(fn, data) };
    const codes: Record<string, NdArray> = {};
    for (const [name, prior] of this.entries) {
      codes[name] = await readOwnCodes({ fn, name }, prior, beside[name]);
      delete beside[name];
    }
    return codeRows(
      fn,
      { kind: this.kind, given: this.given, columns: this.columns },
      { codes, beside },
    );
  }

  /** Draws the levels in order, each given those before it. */
  async sample(count: number, options: PriorSampleOptions = {}): Promise<CodesByLevel> {
    const { label, labels, ...rest } = options;
    const told = {
      ...(label === undefined ? {} : { label }),
      ...(labels === undefined ? {} : { labels }),
    };
    const compute = computeOf(this.compute, options);
    const drawn: Record<string, NdArray> = {};
    for (const [name, prior] of this.entries) {
      const given = Object.fromEntries(
        Object.entries(drawn).filter(([level]) => Object.hasOwn(prior.given, level)),
      );
      const hasClasses = Object.hasOwn(prior.given, labelName);
      const ofClass = hasClasses || !Object.hasOwn(this.given, labelName) ? told : {};
      drawn[name] = await prior.sample(count, { ...rest, ...ofClass, ...compute, given });
    }
    return drawn;
  }

  protected override get parts(): readonly LearnedCodePrior[] {
    return Object.values(this.levels);
  }
}

/**
 * A {@link HierarchicalPrior} of priors by level, from the top: `hierarchy({ top: pixelCnn({ ... }), bottom: pixelCnn({ ...,
 * given: { top: { positions, codebookSize } } }) })`. It owns them.
 *
 * @throws RangeError for fewer than two levels, or one that is given something that does not come before it
 */
export function hierarchy(levels: PriorsByLevel): HierarchicalPrior {
  const names = Object.keys(levels);
  if (names.length < 2) {
    throw new RangeError(`hierarchy: levels must be at least two, got ${names.length}`);
  }
  names.forEach((name, i) => {
    const known = [...names.slice(0, i), labelName];
    const unknown = Object.keys(levels[name].given).find((given) => !known.includes(given));
    if (unknown === undefined) return;
    throw new RangeError(
      `hierarchy: ${name} must be given only levels before it and labels, got ${unknown}`,
    );
  });
  return new HierarchicalPrior(levels);
}

interface SavedLevel {
  readonly name: string;
  readonly kind: string;
  readonly options: JsonObject;
}

registerModel({
  kind: "hierarchy",
  build({ levels }) {
    if (!Array.isArray(levels)) throw new TypeError("levels must be a list");
    const parts = (levels as unknown as readonly SavedLevel[]).map(({ name, kind, options }) => {
      const prior = registeredModel("loadModel", String(kind)).build(options, {});
      if (prior instanceof LearnedCodePrior) return [String(name), prior] as const;
      throw new TypeError(`levels must be priors over codes, got ${String(kind)}`);
    });
    return hierarchy(Object.fromEntries(parts));
  },
});
