import { programsOf } from "../runner/program.ts";
import type { Checkpoint } from "./checkpointFile.ts";
import { dropContinuation, originBefore, startKept } from "./continuation.ts";
import { originFor, stepAfter } from "./epochs.ts";
import { initialize } from "./initialize.ts";
import { assertSameRun, runIdentity } from "./runIdentity.ts";
import type { RunSetup } from "./runSetup.ts";
import type { RunState } from "./runState.ts";
import type { Values } from "./runWeights.ts";

/** Starts from the trainable as it is. */
export async function begin(setup: RunSetup, state: RunState): Promise<void> {
  const { trainable, options, data, parts, weights, random, compute } = setup;
  const isUntrained = (trainable.step ?? 0) === 0;
  await fit(setup);
  if (options.startStep !== undefined) dropContinuation(trainable);
  const start = options.startStep ?? trainable.step ?? 0;
  const origin = originFor(start, data.order.batches, originBefore(trainable));
  Object.assign(state, { start, step: start, origin });
  setEnd(setup, state);
  noteTraining(setup, start);
  await programsOf(trainable).pull();
  if (isUntrained) {
    const { trains } = parts;
    await initialize(trainable, data.training, {
      random: random.fork("initialize"),
      compute,
      trains,
    });
  }
  await startKept(parts, weights, start);
  await state.keepGood();
}

/** Lets the trainable learn how rows are prepared; after all that may refuse the run, since what is learnt stays. */
async function fit({ trainable, data: { training } }: RunSetup): Promise<void> {
  if (trainable.fit === undefined) return;
  await trainable.fit(training.rows, training.indices);
  // Functions that were compiled before have the variables that it assigns.
  await programsOf(trainable).push();
}

/**
 * Starts from a checkpoint.
 *
 * @throws Error when it is none of this run; nothing is changed then
 */
export async function resume(
  setup: RunSetup,
  state: RunState,
  { metadata, values, history }: Checkpoint,
): Promise<void> {
  const { trainable, options, parts, weights } = setup;
  const { directory } = options.checkpoint as { directory: string };
  const start = options.startStep ?? trainable.step ?? 0;
  assertSameRun(directory, metadata.identity, runIdentity(setup, start));
  await fit(setup);
  const { step, origin, since, earlyStopping, stopped, engine } = metadata;
  await weights.writeAll(directory, values);
  dropContinuation(trainable);
  Object.assign(parts.since, since);
  Object.assign(state, { start, step, origin, history, resumed: engine });
  state.best = bestOf(values);
  if (state.early && earlyStopping) state.early.state = earlyStopping;
  if (stopped) state.stopped = "early";
  setEnd(setup, state);
  noteTraining(setup, step);
  await state.keepGood();
}

function setEnd({ options: { epochs, steps } }: RunSetup, state: RunState): void {
  const { start, origin } = state;
  state.end = steps === undefined ? stepAfter(epochs ?? 0, start, origin) : start + steps;
}

/** Tells the trainable what it is trained on: constants of its programs. */
function noteTraining({ trainable, data }: RunSetup, step: number): void {
  trainable.step = step;
  trainable.dataSize = data.training.indices.length;
  trainable.batchSize = data.batchSize;
}

const bestPrefix = "best/";

/** The best weights among the values of a checkpoint. */
const bestOf = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name.startsWith(bestPrefix))
      .map(([name, value]) => [name.slice(bestPrefix.length), value]),
  );

/** The best weights as values of a checkpoint. */
export const bestValues = (best: Values): Values =>
  Object.fromEntries(Object.entries(best).map(([name, value]) => [bestPrefix + name, value]));
