/**
 * The training step as traced functions. A whole batch is one program: for every phase the pass anew and the gradients of its
 * loss, all at the values from before the step; then all updates, the averages, and `afterStep`. A batch in parts is two:
 * one adds the gradients of a part to sums, the other updates from the sums.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { FeedSpec } from "@elbo/jit";
import { programOver, stateOf } from "../runner/program.ts";
import type { Program, Tensors } from "../runner/program.ts";
import type { Columns } from "../step/columns.ts";
import type { StepContext } from "../step/context.ts";
import { lossGradients } from "./lossGradients.ts";
import { refuseParts, refuseTermsOfBatch } from "./microBatches.ts";
import { PassState } from "./passState.ts";
import { phaseLoss } from "./phaseLoss.ts";
import type { StepPhase } from "./phases.ts";
import { exampleWeights, stepScalars, weightFeed } from "./stepScalars.ts";
import { updateAverages, updatePhase } from "./stepUpdate.ts";
import type { Gradients } from "./stepUpdate.ts";
import { ownVariables } from "./stepVariables.ts";
import type { StepParts } from "./stepVariables.ts";

/** What is traced of one batch. */
interface Batch {
  readonly columns: Columns;
  readonly context: StepContext;
  readonly feeds: Tensors;
}

/** Batch to new values: the whole step. Outputs are `loss`, the means of the terms, and `<phase>.` before those of later phases. */
export function stepProgram(parts: StepParts): Program {
  const { trainable, trains } = parts;
  return batchProgram(parts, (batch) => {
    const { state, results } = allGradients(parts, batch);
    // Of before the update, as gradients are; a compiled step computes it once.
    const pass = trainable.afterStep && trainable.pass(batch.columns, batch.context);
    state.endPass();
    parts.phases.forEach((phase, i) => {
      updatePhase(parts, phase, { gradients: results[i].gradients, feeds: batch.feeds });
    });
    updateAverages(parts, batch.feeds);
    state.settle();
    trainable.afterStep?.(pass, batch.context);
    state.restore((name) => !trains(name));
    return outputsOf(parts, results);
  });
}

/** Part of a batch to sums of gradients. Outputs are those of {@link stepProgram}, of the part. */
export function sumProgram(parts: StepParts): Program {
  const { sums, microBatches } = parts;
  return batchProgram(parts, (batch) => {
    const { state, results } = allGradients(parts, batch);
    const [moved] = state.moved;
    if (moved !== undefined) {
      refuseParts("layers take no statistics of the batch", `${moved}, which one moved`);
    }
    for (const { gradients } of results) {
      for (const [name, gradient] of gradients) {
        sums[name].assign(tf.add(sums[name], tf.div(gradient, microBatches)));
      }
    }
    return outputsOf(parts, results);
  });
}

/** Batch to gradients, by the names of variables: what is measured before slots are made. */
export function gradientsProgram(parts: Pick<StepParts, "trainable" | "phases">): Program {
  const none = { slots: {}, sums: {}, average: undefined, clipNorm: undefined };
  const since = { phases: {}, average: 0 };
  const whole = { ...parts, ...none, since, trains: () => true, microBatches: 1, weighted: false };
  return batchProgram(whole, (batch) => {
    const { results } = allGradients(whole, batch);
    return Object.fromEntries(results.flatMap(({ gradients }) => [...gradients]));
  });
}

/** Sums of gradients to new values; the sums are zero again. */
export function updateProgram(parts: StepParts): Program {
  const { trainable, phases, sums } = parts;
  return {
    feeds: updateFeeds(parts),
    state: [...stateOf(trainable), ...ownVariables(parts)],
    run(feeds) {
      for (const phase of phases) {
        const names = [...phase.variables.keys()];
        const gradients = new Map(names.map((name) => [name, tf.clone(sums[name]) as tf.Tensor]));
        updatePhase(parts, phase, { gradients, feeds });
      }
      updateAverages(parts, feeds);
      for (const sum of Object.values(sums)) sum.assign(tf.zerosLike(sum));
      return {};
    },
  };
}

function batchProgram(parts: StepParts, run: (batch: Batch) => Record<string, tf.Tensor>): Program {
  const { trainable, weighted } = parts;
  const feeds: Record<string, FeedSpec> = {
    ...updateFeeds(parts),
    ...(weighted ? { [exampleWeights]: { shape: [null] } } : {}),
  };
  const options = { draws: trainable.draws ?? 1, training: true, feeds };
  const program = programOver(trainable, options, (columns, context, all) =>
    run({ columns, context, feeds: all }),
  );
  return { ...program, state: [...program.state, ...ownVariables(parts)] };
}

/** One number for every scalar that weights, optimizers and averages need. */
const updateFeeds = (parts: StepParts): Record<string, FeedSpec> =>
  Object.fromEntries(Object.keys(stepScalars(parts, 0)).map((name) => [name, { shape: [] }]));

/** The gradients of all phases, each of a pass of its own, at the values from before the step. */
function allGradients(
  parts: StepParts,
  batch: Batch,
): { readonly state: PassState; readonly results: readonly PhaseResult[] } {
  const state = new PassState(parts.trainable.state ?? {});
  const results = parts.phases.map((phase) => {
    const result = phaseGradients(parts, phase, batch);
    state.endPass();
    return result;
  });
  return { state, results };
}

interface PhaseResult {
  readonly loss: tf.Scalar;
  readonly means: Readonly<Record<string, tf.Scalar>>;
  readonly gradients: Gradients;
}

function phaseGradients(
  { trainable, microBatches }: StepParts,
  phase: StepPhase,
  { columns, context, feeds }: Batch,
): PhaseResult {
  const changing = [...phase.weights].filter(([, schedule]) => !schedule.isConstant);
  const scalars = Object.fromEntries(
    changing.map(([term]) => [term, feeds[weightFeed(phase.name, term)]]),
  );
  return lossGradients(phase.name, phase.variables, () => {
    const terms = phase.terms(trainable.pass(columns, context), context);
    if (microBatches > 1) refuseTermsOfBatch(terms);
    const { batchSize } = context;
    return phaseLoss(phase, terms, { batchSize, scalars, exampleWeights: feeds[exampleWeights] });
  });
}

function outputsOf(
  { phases }: StepParts,
  results: readonly PhaseResult[],
): Record<string, tf.Tensor> {
  const outputs: Record<string, tf.Tensor> = {};
  results.forEach(({ loss, means }, i) => {
    const prefix = i === 0 ? "" : `${phases[i].name}.`;
    outputs[`${prefix}loss`] = loss;
    for (const [name, mean] of Object.entries(means)) outputs[prefix + name] = mean;
  });
  return outputs;
}
