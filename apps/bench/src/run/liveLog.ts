import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { liveFile } from "./store.ts";
import type { Store } from "./store.ts";

/** Where a training is, as `bench serve` shows it. */
export interface LivePoint {
  /** ms since 1970. */
  readonly at: number;
  readonly step: number;
  /** Steps there will have been in the end. */
  readonly steps: number;
  /** The training objective, in nats per image. */
  readonly loss: number;
  readonly imagesPerSecond: number | undefined;
}

/** Lines of a whole training, at most, so that neither file nor page grows with it. */
const mostPoints = 500;

const millisecondsBetween = 500;

/** Writes where a training is, a line now and then, while it goes on. It is only for watching: one that cannot be written stops nothing. */
export class LiveLog {
  private readonly path: string;
  private last = { at: -Infinity, step: -Infinity };
  private writing: Promise<void> = Promise.resolve();

  constructor(store: Store, id: string) {
    this.path = join(store.trialDirectory(id), liveFile);
  }

  /** Says where it is, unless it said so just before. */
  say(point: Omit<LivePoint, "at">): void {
    const at = Date.now();
    if (at - this.last.at < millisecondsBetween) return;
    if (point.step - this.last.step < point.steps / mostPoints) return;
    this.last = { at, step: point.step };
    const line = `${JSON.stringify({ at, ...point })}\n`;
    this.writing = this.writing.then(() => appendFile(this.path, line)).catch(() => undefined);
  }

  /** Waits until what was said is written. */
  async end(): Promise<void> {
    await this.writing;
  }
}

/**
 * Where a training is and was: the points of its steps. After a resumption the later word on a step counts.
 *
 * @returns none for a training that has not begun or is over
 */
export function readLive(store: Store, id: string): LivePoint[] {
  const bytes = store.readTrialFile(id, liveFile);
  if (bytes === undefined) return [];
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1); // what follows the last end of a line is being written
  const points: LivePoint[] = [];
  for (const line of lines) {
    const point = parsed(line);
    if (point === undefined) continue;
    while ((points.at(-1)?.step ?? -Infinity) >= point.step) points.pop();
    points.push(point);
  }
  return points;
}

/** A line, unless a crash cut it off. */
function parsed(line: string): LivePoint | undefined {
  try {
    const point = JSON.parse(line) as Partial<LivePoint> | null;
    return typeof point?.step === "number" ? (point as LivePoint) : undefined;
  } catch {
    return undefined;
  }
}
