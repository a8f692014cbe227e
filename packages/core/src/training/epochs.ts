/** Where an epoch began, from which the places of all steps follow. */
export interface EpochOrigin {
  /** A step with which an epoch began. */
  readonly step: number;
  /** Which epoch that was. */
  readonly epoch: number;
  /** Steps in an epoch since then. */
  readonly perEpoch: number;
}

/** Where a step lies. */
export interface StepPlace {
  readonly epoch: number;
  /** Which batch of the epoch. */
  readonly batch: number;
  /** Whether the epoch ends with it. */
  readonly isLast: boolean;
}

/**
 * The origin for a run that begins at a step.
 *
 * An epoch that an earlier run with equally many steps per epoch broke off goes on; otherwise a new one begins, with an order
 * of the data that no epoch before had.
 *
 * @param before of the training until now, if it is known
 */
export function originFor(
  step: number,
  perEpoch: number,
  before: EpochOrigin | undefined,
): EpochOrigin {
  if (before?.perEpoch === perEpoch && before.step <= step) return before;
  return { step, epoch: Math.ceil(step / perEpoch), perEpoch };
}

/** Where a step lies. */
export function placeOf(step: number, { step: start, epoch, perEpoch }: EpochOrigin): StepPlace {
  const made = step - start;
  const batch = made % perEpoch;
  return { epoch: epoch + Math.floor(made / perEpoch), batch, isLast: batch === perEpoch - 1 };
}

/** The step with which so many epochs from a step on are over; an epoch that was begun counts as the first. */
export function stepAfter(epochs: number, from: number, { step, perEpoch }: EpochOrigin): number {
  return step + (Math.floor((from - step) / perEpoch) + epochs) * perEpoch;
}
