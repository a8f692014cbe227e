import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { halve } from "../run/halving.ts";
import { takeLeave } from "./connected.ts";
import { startCrew } from "./crew.ts";
import { isDone } from "./isDone.ts";
import { startLocalStore } from "./localStore.ts";
import { between, persist, tellOnce } from "./persist.ts";
import { enqueue, jobIdOf, openQueue } from "./queue.ts";
import type { Job } from "bullmq";
import type { Trial } from "../plan/trial.ts";
import type { GivenUp } from "../results/schema.ts";
import type { Store } from "../run/store.ts";
import type { Writer } from "../writer.ts";
import type { Crew } from "./crew.ts";
import type { TrialJob, TrialQueue } from "./queue.ts";

/** What a run over several processes works with. */
export interface CoordinateOptions {
  readonly trials: readonly Trial[];
  readonly store: Store;
  readonly writer: Writer;
  readonly signal: AbortSignal;
  /** Processes started here; 0 where others work. */
  readonly workers: number;
  /** Folder with the files of a published set, for them. */
  readonly folder?: string | undefined;
  /** Address of the queue; a PostgreSQL of this process unless given. */
  readonly url?: string | undefined;
}

/**
 * Puts the trials that are not finished into the queue, rung by rung where settings are given up early, and waits until the folder has them
 * all, whoever does them.
 *
 * @returns the rows that were given up; undefined when it was stopped before
 */
export async function coordinate(
  options: CoordinateOptions,
): Promise<readonly GivenUp[] | undefined> {
  const { store, writer, url, signal } = options;
  const local = url === undefined ? await startLocalStore() : undefined;
  const address = url ?? local?.url ?? "";
  await store.write("queue.json", `${JSON.stringify({ url: address })}\n`);
  try {
    const queue = await openQueue(address, { onError: tellOnce(writer), signal });
    try {
      return await coordinateOver(queue, { ...options, url: address });
    } finally {
      await takeLeave(queue.queue);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  } finally {
    rmSync(join(store.out, "queue.json"), { force: true });
    await local?.close();
  }
}

async function coordinateOver(
  queue: TrialQueue,
  options: CoordinateOptions & { readonly url: string },
): Promise<readonly GivenUp[] | undefined> {
  const { trials, store, writer, workers, folder, url } = options;
  const { out } = store;
  const crew = startCrew({ count: workers, out, address: url, folder, writer });
  try {
    const around = { ...options, queue, crew };
    const halved = await halve(trials, options, (left, pauseAfter) =>
      complete({ left, pauseAfter }, around),
    );
    if (halved === undefined) return undefined;
    const isComplete = await complete({ left: halved.left }, around);
    return isComplete ? halved.givenUp : undefined;
  } finally {
    await crew.end();
  }
}

/** Trials to do, and how far. */
interface Stretch {
  readonly left: readonly Trial[];
  readonly pauseAfter?: number;
}

/** Queues a stretch and waits until the folder has it, or somebody stops it: false. */
async function complete(
  stretch: Stretch,
  { store, signal, writer, queue, crew }: CoordinateOptions & { queue: TrialQueue; crew: Crew },
): Promise<boolean> {
  const { left: all, pauseAfter } = stretch;
  const undone = (some: readonly Trial[]): readonly Trial[] =>
    some.filter((trial) => !isDone(trial, store, pauseAfter));
  let left = undone(all);
  await persist(() => fill(queue, { ...stretch, left }), { onError: tellOnce(writer), signal });
  let announced = -1;
  const look = watch(queue, pauseAfter);
  while (left.length > 0) {
    await setTimeout(between);
    if (signal.aborted) return false;
    const before = left.length;
    left = undone(left);
    crew.tend(left.length < before);
    if (left.length !== announced)
      writer.status(`${all.length - left.length} of ${all.length} trials are finished`);
    announced = left.length;
    if (left.length === 0) break;
    const { failed, lost } = look(left[0]);
    const failures = left.map(({ id }) => failed.find((job) => job.data.id === id));
    if (failures[0] !== undefined && !failures.includes(undefined))
      throw new Error(sentenceOf(failures[0]));
    if (lost !== undefined && left.some(({ id }) => id === lost)) {
      writer.line("The queue has lost its trials; they are put there again.");
      enqueue(queue, jobsOf({ ...stretch, left })).catch(() => undefined); // or the next time
    }
  }
  return !signal.aborted;
}

/** What a queue says. */
interface Seen {
  /** The trials that have failed as often as they may. */
  readonly failed: readonly Job<TrialJob>[];
  /** The first trial that was left, where the queue does not have it: a store that was away may come back with nothing. */
  readonly lost?: string;
}

/** Asks the queue by each call, and gives what a call before has heard, once: a store that is away stops nobody. */
function watch({ queue }: TrialQueue, pauseAfter: number | undefined): (first: Trial) => Seen {
  let seen: Seen = { failed: [] };
  let isAsking = false;
  const ask = async ({ id }: Trial): Promise<void> => {
    const [failed, job] = await Promise.all([
      queue.getFailed(),
      queue.getJob(jobIdOf({ id, pauseAfter })),
    ]);
    seen = { failed, ...(job === undefined && { lost: id }) };
  };
  return (first) => {
    const { failed, lost } = seen;
    seen = { failed };
    if (!isAsking) {
      isAsking = true;
      ask(first)
        .catch(() => undefined)
        .finally(() => {
          isAsking = false;
        });
    }
    return { failed, ...(lost !== undefined && { lost }) };
  };
}

const sentenceOf = ({ data, failedReason }: Job<TrialJob>): string =>
  `bench: every trial must end, got ${data.title}, seed ${data.seed}: ${failedReason}`;

async function fill(queue: TrialQueue, stretch: Stretch): Promise<void> {
  // What failed before is tried again when somebody asks again; those of other plans are theirs.
  for (const job of await queue.queue.getFailed())
    if (stretch.left.some(({ id }) => id === job.data.id)) await job.remove();
  await enqueue(queue, jobsOf(stretch));
}

const jobsOf = ({ left, pauseAfter }: Stretch): TrialJob[] =>
  left.map(({ id, title, seed, elbo }) => ({
    ...{ id, title, seed, elbo },
    ...(pauseAfter !== undefined && { pauseAfter }),
  }));
