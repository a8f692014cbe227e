/** The programs that operations run and files export: examples to codes, codes to examples, noise to latents. */
import * as tf from "@tensorflow/tfjs-core";
import { likeMean } from "../distributions/distribution.ts";
import type { Distribution } from "../distributions/distribution.ts";
import type { CodeSpec, Latents } from "../latents/latents.ts";
import { parametersByColumn, shownOf } from "../model/decodedColumns.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { levelContext, withCondition } from "../model/tracedOperations.ts";
import { programOver } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import type { Columns, ColumnSpecs } from "../step/columns.ts";
import type { StepContext } from "../step/context.ts";
import type { NoiseSpecs } from "../step/noise.ts";
import { outputName } from "./call.ts";
import { led, strengthFeed, withoutCondition } from "./guidance.ts";
import type { GuidanceSpace } from "./guidance.ts";

type Model = LatentVariableModel;

/** Columns of the condition. */
export const conditionColumns = ({ condition }: Model): ColumnSpecs => condition?.columns ?? {};

/** What `encode` gives per example of a level. */
export const codeSpecOf = ({ codeSpec, latent }: Latents<unknown>): CodeSpec =>
  codeSpec ?? { shape: latent, dtype: "float32" };

/**
 * Feeds of codes by level: `code`, or `code_<level>`.
 *
 * @param shapes per example by level, of codes whose last axis is cut
 */
export const codeColumns = (
  { levels }: Model,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): ColumnSpecs =>
  Object.fromEntries(
    Object.entries(levels).map(([name, latents]) => {
      const { shape, dtype } = codeSpecOf(latents);
      return [outputName("code", name, levels), { shape: shapes[name] ?? shape, dtype }];
    }),
  );

/** Feeds of latents by level: `latents`, or `latents_<level>`. */
export const latentColumns = ({ levels }: Model): ColumnSpecs =>
  Object.fromEntries(
    Object.entries(levels).map(([name, { latent }]) => [
      outputName("latents", name, levels),
      { shape: latent, dtype: "float32" as const },
    ]),
  );

/** Examples to `code`, `latents` (without noise) and `features`. */
export function encodeProgram(model: Model): Program {
  const { levels, condition, operations } = model;
  return programOver(model, { noise: {} }, (batch, given) => {
    const context = withCondition(condition, batch, { ...given, useMode: true });
    const inferred = operations.inferLevels(batch, context);
    const outputs: Record<string, tf.Tensor> = {};
    for (const [name, { features, posterior, z }] of Object.entries(inferred)) {
      const latents = tf.squeeze(z, [0]);
      outputs[outputName("code", name, levels)] = levels[name].code?.(posterior) ?? latents;
      outputs[outputName("latents", name, levels)] = latents;
      outputs[outputName("features", name, levels)] = features;
    }
    return outputs;
  });
}

/** How latents become examples. */
export interface ShowOptions {
  /** Draws from the likelihood in the place of its mean (or most likely category). */
  readonly draw: boolean;
}

/** Noise of draws from the likelihoods, `draw/<column>`. */
export function drawNoise({ example }: Model, { draw }: ShowOptions): NoiseSpecs {
  if (!draw) return {};
  return Object.fromEntries(
    Object.entries(example).flatMap(([name, { drawNoise: noise }]) =>
      noise === undefined ? [] : [[`draw/${name}`, noise]],
    ),
  );
}

/** What is shown of latents `[B, ...latent]` by level: by column. */
const show = (
  model: Model,
  z: Columns,
  options: ShowOptions & { readonly context: StepContext },
): Columns => showDecoded(model, model.operations.generate(z, options.context), options);

/** What is shown of the decoder's output: by column. */
function showDecoded(
  { example }: Model,
  decoded: tf.Tensor,
  { context, draw }: ShowOptions & { readonly context: StepContext },
): Columns {
  return Object.fromEntries(
    Object.entries(parametersByColumn(example, decoded)).map(([name, parameters]) => {
      const likelihood = example[name];
      const distribution = likelihood.distribution(parameters);
      const noise = draw ? context.noise[`draw/${name}`] : undefined;
      return [
        name,
        noise === undefined ? shownOf(likelihood, distribution) : distribution.sample(noise),
      ];
    }),
  );
}

/** `code` to examples, a column each: the likelihood's mean. */
export function decodeProgram(
  model: Model,
  options: ShowOptions & {
    /** Led away from no condition, in the space of logits: see {@link guidedProgram}. */
    readonly isGuided?: boolean;
  },
  codes: ColumnSpecs = codeColumns(model),
): Program {
  const { isGuided = false } = options;
  const given = {
    columns: { ...codes, ...conditionColumns(model) },
    noise: drawNoise(model, options),
    ...(isGuided ? { feeds: { [strengthFeed]: { shape: [] } } } : {}),
  };
  return programOver(model, given, (batch, untold, feeds) => {
    const context = withCondition(model.condition, batch, untold);
    const z = latentsOf(model, batch);
    const decoded = isGuided
      ? guidedOutput(model, { z, context, by: feeds[strengthFeed] })
      : model.operations.generate(z, context);
    return { ...showDecoded(model, decoded, { ...options, context }) };
  });
}

/** The decoder's output of the same latents, `l_none + w (l_told - l_none)`. */
function guidedOutput(
  model: Model,
  {
    z,
    context,
    by,
  }: { readonly z: Columns; readonly context: StepContext; readonly by: tf.Tensor },
): tf.Tensor {
  const { operations } = model;
  const none = withoutCondition(model, context);
  return led(operations.generate(z, context), operations.generate(z, none), by);
}

/**
 * `code` to all that the likelihoods say: every column's mean (or most likely category) by its name, and the parameters of its
 * distribution, with what was learned besides the networks, as `<column>_<parameter>` (`x_logVar`, `x_logits`).
 */
export function explainProgram(model: Model): Program {
  const { example, operations } = model;
  const columns = { ...codeColumns(model), ...conditionColumns(model) };
  return programOver(model, { columns, noise: {} }, (batch, given) => {
    const context = withCondition(model.condition, batch, given);
    const decoded = parametersByColumn(
      example,
      operations.generate(latentsOf(model, batch), context),
    );
    const outputs: Record<string, tf.Tensor> = {};
    for (const [name, raw] of Object.entries(decoded)) {
      const distribution = example[name].distribution(raw);
      outputs[name] = shownOf(example[name], distribution);
      for (const [parameter, value] of Object.entries(parametersOf(distribution))) {
        outputs[`${name}_${parameter}`] = likeMean(distribution.mean(), value);
      }
    }
    return outputs;
  });
}

/** Parameters by name, of distributions that show them. */
function parametersOf(distribution: Distribution): Readonly<Record<string, tf.Tensor>> {
  const { parameters, logits } = distribution as {
    readonly parameters?: Readonly<Record<string, tf.Tensor>>;
    readonly logits?: tf.Tensor;
  };
  return parameters ?? (logits === undefined ? {} : { logits });
}

/** Latents by level of the codes of a batch. */
const latentsOf = ({ levels }: Model, batch: Columns): Columns =>
  Object.fromEntries(
    Object.entries(levels).map(([name, latents]) => {
      const code = batch[outputName("code", name, levels)];
      return [name, latents.fromCode?.(code) ?? code];
    }),
  );

/** `latents` to examples, a column each. */
export function renderProgram(model: Model): Program {
  const { levels } = model;
  const columns = { ...latentColumns(model), ...conditionColumns(model) };
  return programOver(model, { columns, noise: {} }, (batch, given) => {
    const context = withCondition(model.condition, batch, given);
    const z = Object.keys(levels).map(
      (name) => [name, batch[outputName("latents", name, levels)]] as const,
    );
    return { ...show(model, Object.fromEntries(z), { context, draw: false }) };
  });
}

/** Noise of the priors, `latents/<level>/prior`. */
export const priorNoise = ({ levels }: Model): NoiseSpecs =>
  Object.fromEntries(
    Object.entries(levels).map(([name, { priorNoise: noise, latent }]) => [
      `latents/${name}/prior`,
      noise ?? { kind: "normal" as const, shape: latent },
    ]),
  );

/** Latents by level drawn from the priors. */
function drawFromPriors({ levels }: Model, context: StepContext): Columns {
  return Object.fromEntries(
    Object.entries(levels).map(([name, latents]) => {
      const own = levelContext(context, name);
      const z = latents.prior?.(own).sample(own.noise["prior"]);
      if (z === undefined) throw new Error("internal: a model without a prior was sampled");
      return [name, z];
    }),
  );
}

/** Noise to examples, a column each: priors, then the decoder. */
export function sampleProgram(model: Model, options: ShowOptions): Program {
  const noise = { ...priorNoise(model), ...drawNoise(model, options) };
  return programOver(model, { columns: conditionColumns(model), noise }, (batch, given) => {
    const context = withCondition(model.condition, batch, given);
    return { ...show(model, drawFromPriors(model, context), { ...options, context }) };
  });
}

/**
 * {@link sampleProgram} led away from no condition, by a strength w that is fed: draws of the priors from the same noise,
 * `z = z_none + w (z_told - z_none)`, or the decoder's output of the same latents, `l = l_none + w (l_told - l_none)`.
 *
 * With Gaussian priors the led latents are those of `N(m_none + w (m_told - m_none), (s_none + w (s_told - s_none))^2)`. Source of
 * the second: Ho and Salimans 2022 (arXiv:2207.12598), equation 6 with their w + 1 as w.
 */
export function guidedProgram(
  model: Model,
  { draw, space }: ShowOptions & { readonly space: GuidanceSpace },
): Program {
  const noise = { ...priorNoise(model), ...drawNoise(model, { draw }) };
  const given = {
    columns: conditionColumns(model),
    noise,
    feeds: { [strengthFeed]: { shape: [] } },
  };
  return programOver(model, given, (batch, untold, feeds) => {
    const context = withCondition(model.condition, batch, untold);
    const w = feeds[strengthFeed];
    const z = drawFromPriors(model, context);
    if (space === "latents") {
      const without = drawFromPriors(model, withoutCondition(model, context));
      const moved = Object.entries(z).map(([name, told]) => [name, led(told, without[name], w)]);
      return { ...show(model, Object.fromEntries(moved) as Columns, { draw, context }) };
    }
    const decoded = guidedOutput(model, { z, context, by: w });
    return { ...showDecoded(model, decoded, { draw, context }) };
  });
}

/** Noise to `latents`: what an exported decoder needs beside it where priors are learned. */
export function priorProgram(model: Model): Program {
  const { levels } = model;
  const columns = conditionColumns(model);
  return programOver(model, { columns, noise: priorNoise(model) }, (batch, given) => {
    const context = withCondition(model.condition, batch, given);
    const z = drawFromPriors(model, context);
    return Object.fromEntries(
      Object.entries(z).map(([name, latents]) => [outputName("latents", name, levels), latents]),
    );
  });
}
