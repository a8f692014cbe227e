/**
 * The training step as one traced function: forward pass, terms, gradients, clipping, optimizer, weight averages, and
 * the scheme's own update, in this order.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { FeedSpec } from "@elbo/jit";
import { forward } from "../model/forward.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { contextFeeds, contextOf, noiseFeeds, noiseOf } from "../model/programs.ts";
import type { Program } from "../model/programs.ts";
import { scalarFeeds } from "../model/rows.ts";
import { clipByGlobalNorm } from "../optimizers/clipByGlobalNorm.ts";
import type { WeightAverage } from "../optimizers/ema.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";

/** What a step updates, and how. */
export interface StepParts {
  readonly model: LatentModel;
  readonly optimizer: Optimizer;
  readonly slots: readonly tf.Variable[];
  readonly clipNorm: number | undefined;
  readonly average:
    { readonly rule: WeightAverage; readonly slots: readonly tf.Variable[] } | undefined;
}

type Scalars = Readonly<Record<string, number>>;

const withPrefix = (prefix: string, scalars: Scalars): Record<string, number> =>
  Object.fromEntries(Object.entries(scalars).map(([name, value]) => [`${prefix}_${name}`, value]));

/** The scalars to feed at a step: schedules, learning rate, bias corrections. */
export function stepScalars({ model, optimizer, average }: StepParts, step: number): Scalars {
  return {
    ...scalarFeeds(model.scheme, step),
    ...withPrefix("weight", model.objective.scalars(step)),
    ...withPrefix("optimizer", optimizer.scalars(step)),
    ...withPrefix("average", average?.rule.scalars(step) ?? {}),
  };
}

/** The feeds of a prefix, by the names that the rule gave. */
function fed(
  prefix: string,
  names: readonly string[],
  feeds: Record<string, tf.Tensor>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(names.map((name) => [name, feeds[`${prefix}_${name}`]]));
}

/** The step as a program; its outputs are `loss` and the mean of each term. */
export function stepProgram(parts: StepParts): Program {
  const { model, optimizer, slots, clipNorm, average } = parts;
  const { scheme, objective } = model;
  const variables = model.trained.map(({ variable }) => variable);
  const scalars = Object.keys(stepScalars(parts, 0)).map((name) => [name, { shape: [] }] as const);
  return {
    feeds: {
      x: { shape: [null, ...model.image] },
      ...noiseFeeds(scheme.noise),
      ...contextFeeds(model),
      ...(Object.fromEntries(scalars) as Record<string, FeedSpec>),
    },
    state: [...model.allVariables, ...slots, ...(average?.slots ?? [])],
    run(feeds) {
      const weights = fed("weight", objective.scheduled, feeds);
      const { loss, gradients, outputs, posterior } = gradientsOf(variables, () => {
        const context = contextOf(model, feeds, true);
        const noise = noiseOf(feeds, scheme.noise);
        const pass = forward(model, { x: feeds["x"], context, noise });
        return {
          loss: objective.total(pass.terms, weights),
          outputs: objective.means(pass.terms),
          posterior: scheme.afterStep === undefined ? undefined : pass.posterior,
        };
      });
      const clipped =
        clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm).gradients;
      const optimizerScalars = fed("optimizer", Object.keys(optimizer.scalars(0)), feeds);
      optimizer.update({ variables, gradients: clipped, slots, scalars: optimizerScalars });
      average?.rule.update({
        variables,
        slots: average.slots,
        scalars: fed("average", Object.keys(average.rule.scalars(0)), feeds),
      });
      scheme.afterStep?.(posterior);
      return { loss, ...outputs };
    },
  };
}

interface Pass {
  readonly loss: tf.Scalar;
  readonly outputs: Record<string, tf.Tensor>;
  readonly posterior: unknown;
}

/**
 * The gradients of a loss, and what else the pass gave. TF.js frees everything but the loss when the gradients are there,
 * so the rest leaves the tape as kept clones, which the surrounding scope takes over.
 */
function gradientsOf(
  variables: tf.Variable[],
  pass: () => Pass,
): Pass & { readonly gradients: tf.Tensor[] } {
  const kept: tf.Tensor[] = [];
  const keep = (tensor: tf.Tensor): tf.Tensor => {
    const clone = tf.keep(tf.clone(tensor));
    kept.push(clone);
    return clone;
  };
  let outside: Omit<Pass, "loss"> = { outputs: {}, posterior: undefined };
  const { value, grads } = tf.variableGrads(() => {
    const { loss, outputs, posterior } = pass();
    outside = {
      outputs: mapTensors(outputs, keep),
      posterior: mapTensors(posterior, keep),
    };
    return loss;
  }, variables);
  const adopt = (tensor: tf.Tensor): tf.Tensor => tf.clone(tensor);
  const result = {
    loss: value,
    outputs: mapTensors(outside.outputs, adopt),
    posterior: mapTensors(outside.posterior, adopt),
    gradients: variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable)),
  };
  for (const tensor of kept) tensor.dispose();
  return result;
}

/** A copy of plain objects and lists in which every tensor that is no variable is replaced. */
function mapTensors<T>(value: T, replace: (tensor: tf.Tensor) => tf.Tensor): T {
  if (value instanceof tf.Variable) return value;
  if (value instanceof tf.Tensor) return replace(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapTensors(item, replace)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTensors(item as unknown, replace)]),
  ) as T;
}
