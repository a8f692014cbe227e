import type { EpochRecord } from "./history.ts";
import type { RunSetup } from "./runSetup.ts";
import type { RunState } from "./runState.ts";
import { validate } from "./validation.ts";

/**
 * Ends an epoch: validates with the averages if there are any, keeps the record and the best weights, and decides whether to
 * stop. The trainable's variables must be up to date.
 */
export async function endEpoch(
  setup: RunSetup,
  state: RunState,
  epoch: number,
): Promise<EpochRecord> {
  const { trainable, data, parts, weights, random, compute } = setup;
  const { step, history, early } = state;
  const held = data.validation;
  const validation =
    held &&
    (await weights.withAverages(() =>
      validate(trainable, held, {
        phases: parts.phases,
        random: random.fork("validation"),
        step,
        compute,
      }),
    ));
  const record: EpochRecord = {
    epoch,
    step,
    training: history.epochMeans(epoch),
    ...(validation === undefined ? {} : { validation }),
  };
  history.epochs.push(record);
  if (!(await state.keepGood())) {
    state.diverge(`weights must be finite after every epoch, got others after epoch ${epoch + 1}`);
    return record;
  }
  if (early !== undefined && validation !== undefined) {
    const { improved, stop } = early.epoch(epoch, validation);
    if (improved && early.restoresBest) {
      state.best = await weights.withAverages(() => weights.readModel());
    }
    if (stop) state.stopped = "early";
  }
  return record;
}
