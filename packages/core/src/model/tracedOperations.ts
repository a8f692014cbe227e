import * as tf from "@tensorflow/tfjs-core";
import type { Latents } from "../latents/latents.ts";
import { sizeOf } from "../shape.ts";
import { scopeContext } from "../step/context.ts";
import type { StepContext } from "../step/context.ts";
import type { Columns } from "../step/columns.ts";
import type { Networks } from "../step/part.ts";
import { applyNetwork } from "./applyNetwork.ts";
import type { Condition } from "./condition.ts";
import { decoderShape, logLikelihoodOf } from "./decodedColumns.ts";
import type { ModelDefinition } from "./definition.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";
import type { Level, Operations, Pass } from "./operations.ts";

/** Latents by level. */
export type Levels = Readonly<Record<string, Latents<unknown>>>;

/** What the operations of a model are made of. */
export interface ModelParts {
  readonly kind: string;
  readonly example: ExampleSpec;
  readonly levels: Levels;
  readonly networks: Networks;
  readonly condition: Condition | undefined;
  readonly infer: ModelDefinition["infer"];
  readonly generate: ModelDefinition["generate"];
}

/** The context of a level's latents. */
export const levelContext = (context: StepContext, level: string): StepContext =>
  scopeContext(context, `latents/${level}`);

/** A context with the condition of a batch, if the model has one and the context none yet. */
export function withCondition(
  condition: Condition | undefined,
  batch: Columns,
  context: StepContext,
): StepContext {
  if (condition === undefined || context.condition !== undefined) return context;
  return { ...context, condition: condition.vector(batch, scopeContext(context, "condition")) };
}

/** Float input of the default encoder: the one column's, or those of all columns flat, one after the other. */
export function encoderInput(example: ExampleSpec, batch: Columns): tf.Tensor {
  const inputs = Object.entries(example).map(([name, { input }]) =>
    tf.cast(input?.of(batch[name]) ?? batch[name], "float32"),
  );
  if (inputs.length === 1) return inputs[0];
  return tf.concat(
    inputs.map((input) => {
      const [rows, ...shape] = input.shape;
      return tf.reshape(input, [rows, sizeOf(shape)]);
    }),
    1,
  );
}

/** The traced functions of a model; see {@link Operations}. */
export function tracedOperations(parts: ModelParts): Operations {
  const { example, levels, networks, condition } = parts;
  const latentsOf = (level: string): Latents<unknown> => {
    if (Object.hasOwn(levels, level)) return levels[level];
    throw new RangeError(
      `infer: level must be one of ${Object.keys(levels).join(", ")}, got ${level}`,
    );
  };
  const operations: Operations = {
    networks,
    apply(name, x, options) {
      if (Object.hasOwn(networks, name)) {
        return applyNetwork({ name, network: networks[name] }, x, options);
      }
      throw new RangeError(
        `apply: network must be one of ${Object.keys(networks).join(", ")}, got ${name}`,
      );
    },
    infer: (level, given, context) =>
      inferLevel(latentsOf(level), given, levelContext(context, level)),
    inferLevels: (batch, context) => inferLevels(parts, operations, { batch, context }),
    pass(batch, given) {
      const context = withCondition(condition, batch, given);
      const inferred = operations.inferLevels(batch, context);
      const z = Object.fromEntries(
        Object.entries(inferred).map(([name, level]) => [name, level.z]),
      );
      return { batch, context, levels: inferred, decoded: operations.generate(z, context, batch) };
    },
    generate: (z, context, batch) => generate(parts, operations, { z, context, batch }),
    logLikelihood: ({ decoded, batch }) => logLikelihoodOf(example, decoded, batch),
    logRatio: (pass) => logRatioOf(parts, pass),
    logPosteriorPairs: (pass, level = Object.keys(levels)[0]) =>
      logPosteriorPairsOf(latentsOf(level), pass.levels[level], level),
  };
  return operations;
}

function inferLevel(latents: Latents<unknown>, given: tf.Tensor, context: StepContext): Level {
  const features = tf.reshape(given, [given.shape[0], ...latents.features]);
  const posterior = latents.posterior(features, context);
  if (context.useMode === true) {
    return { features, posterior, z: tf.expandDims(latents.mode(posterior), 0), terms: {} };
  }
  const z = latents.draw(posterior, context);
  return { features, posterior, z, terms: latents.terms(posterior, z, context) };
}

/** The levels of a batch, by the definition or the default encoder. */
function inferLevels(
  { infer, example, levels }: ModelParts,
  operations: Operations,
  { batch, context }: { readonly batch: Columns; readonly context: StepContext },
): Readonly<Record<string, Level>> {
  if (infer !== undefined) return infer(operations, batch, context);
  const [level] = Object.keys(levels);
  const input = encoderInput(example, batch);
  const features = operations.apply("encoder", input, { context, condition: true });
  return { [level]: operations.infer(level, features, context) };
}

interface Generation {
  readonly z: Columns;
  readonly context: StepContext;
  readonly batch: Columns | undefined;
}

/** Draws are folded into the batch, for whatever the definition does, and unfolded again. */
function generate(parts: ModelParts, operations: Operations, given: Generation): tf.Tensor {
  const { levels, example } = parts;
  const [level] = Object.keys(levels);
  const [first] = Object.values(given.z);
  const leading = first.shape.slice(0, first.rank - levels[level].latent.length);
  const rows = sizeOf(leading);
  const { z, context, batch } = leading.length === 1 ? given : folded(parts, given, rows);
  const decoded =
    parts.generate === undefined
      ? operations.apply("decoder", z[level], { context, condition: true })
      : parts.generate(operations, z, context, batch);
  return tf.reshape(decoded, [...leading, ...decoderShape(example)]);
}

function folded(
  { levels }: ModelParts,
  { z, context, batch }: Generation,
  rows: number,
): Generation {
  const { condition } = context;
  const repeat = (values: tf.Tensor): tf.Tensor => {
    const times = rows / values.shape[0];
    return times === 1 ? values : tf.tile(values, [times, ...values.shape.slice(1).map(() => 1)]);
  };
  return {
    z: Object.fromEntries(
      Object.entries(z).map(([name, values]) => [
        name,
        tf.reshape(values, [rows, ...levels[name].latent]),
      ]),
    ),
    context: {
      ...context,
      batchSize: rows,
      ...(condition === undefined ? {} : { condition: repeat(condition) }),
    },
    batch:
      batch &&
      Object.fromEntries(Object.entries(batch).map(([name, values]) => [name, repeat(values)])),
  };
}

function logRatioOf({ kind, levels }: ModelParts, { levels: inferred, context }: Pass): tf.Tensor {
  const ratios = Object.entries(inferred).map(([name, { posterior, z }]) => {
    const ratio = levels[name].logRatio?.(posterior, z, levelContext(context, name));
    if (ratio !== undefined) return ratio;
    throw new Error(
      `logRatio: latents must have densities of posterior and prior, got those of a ${kind} at ${name} without`,
    );
  });
  return ratios.length === 1 ? ratios[0] : tf.addN(ratios);
}

function logPosteriorPairsOf(latents: Latents<unknown>, level: Level, name: string): tf.Tensor {
  const z = tf.squeeze(tf.slice(level.z, 0, 1), [0]); // [B, L]
  const pairs = z.rank === 2 ? latents.logPosteriorPairs?.(level.posterior, z) : undefined;
  if (pairs !== undefined) return pairs;
  throw new Error(
    `logPosteriorPairs: latents must be vectors with a density, got ${latents.kind} at ${name}`,
  );
}
