import type { NdArray } from "@elbo/jit";
import { assertInteger, assertKnownOptions, describeValue } from "@elbo/common";
import type { JsonObject } from "../json.ts";
import type { Latents } from "../latents/latents.ts";
import { checkNetworks } from "../networks/checkNetworks.ts";
import type { ColumnSpecs } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { scopeContext } from "../step/context.ts";
import type { NamedVariables, Networks, Part } from "../step/part.ts";
import type { Initialization, Phase, Trainable } from "../step/trainable.ts";
import type { Condition } from "./condition.ts";
import type { ModelDefinition } from "./definition.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";
import { elbo, elboOf } from "./elbo.ts";
import { columnsOf, exampleRows } from "./exampleRows.ts";
import type { ExampleRows } from "./exampleRows.ts";
import type { Given } from "./givenExamples.ts";
import type { Objective } from "./objective.ts";
import type { Operations, Pass } from "./operations.ts";
import { modelIdentity } from "./identity.ts";
import { checkDecoder, checkEncoder } from "./networkShapes.ts";
import { levelContext, tracedOperations, withCondition } from "./tracedOperations.ts";
import type { Levels } from "./tracedOperations.ts";
import { gatherParts } from "./variables.ts";

/** What operations, evaluation and saving know of a model: a trainable with an example, levels of latents, and networks. */
export interface LatentVariableModel extends Trainable<Pass> {
  readonly options: JsonObject;
  readonly example: ExampleSpec;
  /** By name, in the order of generation. */
  readonly levels: Levels;
  readonly networks: Networks;
  readonly condition: Condition | undefined;
  readonly objective: Objective;
  readonly state: NamedVariables;
  /** The model as traced functions. */
  readonly operations: Operations;
  /** Updates made so far. */
  step: number;
  /** How it computes when a call does not say otherwise. */
  compute: ComputeOptions;
  readonly seed: number;
  /** Set by the class when its variables are freed. */
  readonly isDisposed?: boolean;
  /** Examples as rows of the columns; `options` say what the call does about the condition. */
  rows(fn: string, data: unknown, options?: Given): Promise<ExampleRows>;
}

const fn = "createModel";

const keys: readonly (keyof ModelDefinition)[] = [
  "kind",
  "options",
  "example",
  "latents",
  "networks",
  "objective",
  "condition",
  "infer",
  "generate",
  "seed",
  "compute",
];

/**
 * Puts the parts of a model together: names of variables, columns, phases, traced operations.
 *
 * @throws TypeError or RangeError in one sentence when parts do not fit one another
 */
export function assemble(definition: ModelDefinition): LatentVariableModel {
  assertKnownOptions(fn, definition, keys);
  const { kind, options, example, condition, infer, generate, seed = 0 } = definition;
  assertInteger({ fn, name: "seed" }, seed);
  const levels = levelsOf(definition);
  const objective = definition.objective ?? elbo();
  checkUsualNetworks(definition, levels);
  const parts = partsByPath(definition, levels, objective);
  const networks = joinNetworks(definition.networks, parts);
  checkNetworks(fn, networks);
  const traced = { kind, example, levels, networks, condition, infer, generate };
  const operations = tracedOperations(traced);
  return {
    kind,
    options,
    example,
    levels,
    networks,
    condition,
    objective,
    operations,
    ...gatherParts(fn, networks, parts),
    columns: { ...columnsOf(example), ...conditionColumns(example, condition) },
    draws: objective.draws ?? 1,
    phases: phasesOf(objective, operations),
    get identity() {
      return modelIdentity({ options, parts, networks });
    },
    seed,
    step: 0,
    compute: definition.compute ?? {},
    pass: (batch, context) => operations.pass(batch, context),
    ...afterStep(levels),
    ...metricsOf(levels),
    ...initialization(levels, operations, condition),
    ...dataSide(example, condition),
    figures: (means) => {
      const bound = elboOf(means);
      return bound === undefined ? {} : { elbo: bound };
    },
  };
}

/** What a model does with examples before they are tensors. */
const dataSide = (
  example: ExampleSpec,
  condition: Condition | undefined,
): Pick<LatentVariableModel, "rows"> & Required<Pick<LatentVariableModel, "fit">> => ({
  rows: (caller, data, given = {}) =>
    exampleRows(caller, { example, condition }, { data, options: given }),
  async fit(rows, indices) {
    for (const [name, likelihood] of Object.entries(example)) {
      await likelihood.fit?.((rows as ExampleRows).valuesOf(name, indices));
    }
    await condition?.fit?.((rows as ExampleRows).told, indices);
  },
});

/** The levels by name; one scheme stands for the level `z`. */
function levelsOf({ latents }: ModelDefinition): Levels {
  const levels: Levels = isLatents(latents) ? { z: latents } : latents;
  if (Object.keys(levels).length === 0) {
    throw new RangeError(`${fn}: latents must have at least one level, got none`);
  }
  return levels;
}

const isLatents = (latents: ModelDefinition["latents"]): latents is Latents<unknown> =>
  typeof (latents as Latents<unknown>).posterior === "function";

/** Networks that the default `infer` and `generate` use are checked; others are used as the definition says. */
function checkUsualNetworks(definition: ModelDefinition, levels: Levels): void {
  const { example, networks, condition, infer, generate } = definition;
  if (Object.keys(example).length === 0) {
    throw new RangeError(`${fn}: example must have at least one column, got none`);
  }
  const names = Object.keys(levels);
  if (names.length > 1 && (infer === undefined || generate === undefined)) {
    throw new TypeError(
      `${fn}: a model of several levels (${names.join(", ")}) must say how it infers and generates, got no ${infer === undefined ? "infer" : "generate"}`,
    );
  }
  const shapes = { example, latents: levels[names[0]], condition: condition?.size ?? 0 };
  if (infer === undefined) checkEncoder(networks["encoder"], shapes);
  if (generate === undefined) checkDecoder(networks["decoder"], shapes);
}

function partsByPath(
  { example, condition }: ModelDefinition,
  levels: Levels,
  objective: Objective,
): Record<string, Part> {
  const under = (path: string, parts: Readonly<Record<string, Part>>): [string, Part][] =>
    Object.entries(parts).map(([name, part]) => [`${path}/${name}`, part]);
  return {
    ...Object.fromEntries([...under("latents", levels), ...under("likelihood", example)]),
    ...(condition === undefined ? {} : { condition }),
    objective,
  };
}

/** The networks of the definition and of its parts, by name. */
function joinNetworks(networks: Networks, parts: Readonly<Record<string, Part>>): Networks {
  const all: Record<string, Networks[string]> = { ...networks };
  for (const [path, { networks: own = {} }] of Object.entries(parts)) {
    for (const [name, network] of Object.entries(own)) {
      if (Object.hasOwn(all, name) && all[name] !== network) {
        throw new RangeError(
          `${fn}: networks must have different names, got ${name} of ${path} again`,
        );
      }
      all[name] = network;
    }
  }
  return all;
}

function conditionColumns(example: ExampleSpec, condition: Condition | undefined): ColumnSpecs {
  const columns = condition?.columns ?? {};
  const shared = Object.keys(columns).find((name) => Object.hasOwn(example, name));
  if (shared === undefined) return columns;
  throw new RangeError(
    `${fn}: columns of the condition must have other names than those of the example, got ${describeValue(shared)} in both`,
  );
}

/** The objective's own phase first, which trains what the others leave; parts see their own names. */
function phasesOf(objective: Objective, operations: Operations): Phase<Pass>[] {
  const own: Phase<Pass> = {
    name: "model",
    ...(objective.weights === undefined ? {} : { weights: objective.weights }),
    terms: (pass, context) => objective.terms(operations, pass, scopeContext(context, "objective")),
  };
  const others = objective.phases?.(operations) ?? [];
  return [
    own,
    ...others.map((phase) => ({
      ...phase,
      terms: (pass: Pass, context: Parameters<Phase<Pass>["terms"]>[1]) =>
        phase.terms(pass, scopeContext(context, "objective")),
    })),
  ];
}

/** The update of the schemes' state, if one has any. */
function afterStep(levels: Levels): Pick<LatentVariableModel, "afterStep"> {
  if (Object.values(levels).every((latents) => latents.afterStep === undefined)) return {};
  return {
    afterStep({ levels: inferred }, context) {
      for (const [name, { posterior }] of Object.entries(inferred)) {
        levels[name].afterStep?.(posterior, levelContext(context, name));
      }
    },
  };
}

/** The schemes' own figures; of several levels by `<level>.<name>`. */
function metricsOf(levels: Levels): Pick<LatentVariableModel, "metrics"> {
  const having = Object.entries(levels).filter(([, { metrics }]) => metrics !== undefined);
  if (having.length === 0) return {};
  const isOne = Object.keys(levels).length === 1;
  return {
    metrics: {
      sums: ({ levels: inferred }) =>
        Object.fromEntries(
          having.flatMap(([level, { metrics }]) =>
            Object.entries(metrics?.sums(inferred[level].posterior) ?? {}).map(([name, sum]) => [
              `${level}/${name}`,
              sum,
            ]),
          ),
        ),
      finish: (sums, examples) =>
        Object.fromEntries(
          having.flatMap(([level, { metrics }]) =>
            Object.entries(metrics?.finish(under(level, sums), examples) ?? {}).map(
              ([name, figure]) => [isOne ? name : `${level}.${name}`, figure],
            ),
          ),
        ),
    },
  };
}

const under = <T>(level: string, record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => name.startsWith(`${level}/`))
      .map(([name, value]) => [name.slice(level.length + 1), value]),
  );

/** A start from features of training examples, for the levels that want one. */
function initialization(
  levels: Levels,
  operations: Operations,
  condition: Condition | undefined,
): { readonly initialize?: Initialization } {
  const wanting = Object.entries(levels).filter(([, { initialize }]) => initialize !== undefined);
  if (wanting.length === 0) return {};
  return {
    initialize: {
      examples: Math.max(...wanting.map(([, { initialize }]) => initialize?.examples ?? 0)),
      gather(batch, context) {
        const told = withCondition(condition, batch, { ...context, useMode: true });
        const inferred = operations.inferLevels(batch, told);
        return Object.fromEntries(wanting.map(([name]) => [name, inferred[name].features]));
      },
      from(gathered: Readonly<Record<string, NdArray>>, random) {
        for (const [name, { initialize }] of wanting) {
          initialize?.from(gathered[name].data as Float32Array, random.fork(name));
        }
      },
    },
  };
}
