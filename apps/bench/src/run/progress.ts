import { formatDuration, formatNumber } from "../results/format.ts";
import type { SeedResult } from "../results/schema.ts";
import type { Writer } from "../writer.ts";

/** One training of the comparison. */
export interface Unit {
  /** Position among all, from 1. */
  readonly number: number;
  readonly total: number;
  readonly title: string;
  readonly seed: number;
}

/** Where a training stands. */
export interface TrialState {
  readonly epoch: number;
  readonly epochs: number;
  /** The training objective of the last report, in nats per image. */
  readonly loss: number | undefined;
  readonly imagesPerSecond: number | undefined;
}

/** Says what happens while it happens. */
export interface Progress {
  unitStarted(unit: Unit): void;
  unitMoved(unit: Unit, state: TrialState): void;
  /** Any other work on a unit: measuring, drawing. */
  unitBusy(unit: Unit, work: string): void;
  unitFinished(unit: Unit, result: SeedResult): void;
  unitKept(unit: Unit): void;
  unitDiverged(unit: Unit, message: string): void;
}

const millisecondsBetween = { terminal: 100, lines: 10_000 };

/**
 * Progress over a writer: on a terminal one line that is rewritten, elsewhere a line now and then; a line for each finished training
 * in both.
 *
 * @param writer where it goes
 * @param now the time in ms
 */
export function createProgress(
  writer: Writer,
  now: () => number = () => performance.now(),
): Progress {
  let lastShown = -Infinity;
  const show = (unit: Unit, text: string): void => {
    const pause = writer.isInteractive ? millisecondsBetween.terminal : millisecondsBetween.lines;
    if (now() - lastShown < pause) return;
    lastShown = now();
    const line = `${heading(unit)}  ${text}`;
    if (writer.isInteractive) writer.status(line);
    else writer.line(line);
  };
  return {
    unitStarted(unit) {
      lastShown = writer.isInteractive ? -Infinity : now();
      writer.status(`${heading(unit)}  compiling`);
    },
    unitMoved(unit, { epoch, epochs, loss, imagesPerSecond }) {
      const parts = [`epoch ${epoch}/${epochs}`];
      if (loss !== undefined) parts.push(`loss ${formatNumber(loss, 1)} nats`);
      if (imagesPerSecond !== undefined) parts.push(`${formatNumber(imagesPerSecond, 0)} images/s`);
      show(unit, parts.join("  "));
    },
    unitBusy(unit, work) {
      writer.status(`${heading(unit)}  ${work}`);
    },
    unitFinished(unit, result) {
      const { timing } = result;
      const parts = [heading(unit), ...boundOf(result)];
      if (timing.imagesPerSecond !== undefined)
        parts.push(`${formatNumber(timing.imagesPerSecond, 0)} images/s`);
      parts.push(formatDuration(timing.trainingSeconds + timing.evaluationSeconds));
      writer.line(parts.join("  "));
    },
    unitKept(unit) {
      writer.line(`${heading(unit)}  finished before`);
    },
    unitDiverged(unit, message) {
      writer.line(`${heading(unit)}  diverged: ${message}`);
    },
  };
}

/** The ELBO, or the distortion of a model without a prior; nothing where neither was measured. */
function boundOf({ metrics: { elbo, distortion } }: SeedResult): string[] {
  const measured = elbo ?? distortion;
  if (measured === undefined) return [];
  const name = elbo === undefined ? "distortion" : "ELBO";
  return [`${name} ${formatNumber(measured.mean, 1)} nats`];
}

function heading({ number, total, title, seed }: Unit): string {
  return `[${String(number).padStart(String(total).length)}/${total}] ${title}, seed ${seed}`;
}
