import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { halve } from "../run/halving.ts";
import { takeLeave } from "./connected.ts";
import { isDone } from "./isDone.ts";
import { startLocalStore } from "./localStore.ts";
import { between, persist, tellOnce } from "./persist.ts";
import { enqueue, openQueue } from "./queue.ts";
import type { ChildProcess } from "node:child_process";
import type { Job } from "bullmq";
import type { Trial } from "../plan/trial.ts";
import type { GivenUp } from "../results/schema.ts";
import type { Store } from "../run/store.ts";
import type { Writer } from "../writer.ts";
import type { TrialJob, TrialQueue } from "./queue.ts";

/** What a run over several processes works with. */
export interface CoordinateOptions {
  readonly trials: readonly Trial[];
  readonly store: Store;
  readonly writer: Writer;
  readonly signal: AbortSignal;
  /** Processes started here; 0 where others work. */
  readonly workers: number;
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
  const { trials, store, writer, workers, url } = options;
  const crew = startCrew(workers, store.out, { address: url, writer });
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
  const failures = watchFailures(queue);
  while (left.length > 0 && !signal.aborted) {
    await setTimeout(between);
    crew.tend();
    left = undone(left);
    if (left.length !== announced)
      writer.status(`${all.length - left.length} of ${all.length} trials are finished`);
    announced = left.length;
    const failed = failures().filter((job) => left.some(({ id }) => id === job.data.id));
    if (failed.length > 0 && failed.length === left.length) throw new Error(sentenceOf(failed[0]));
  }
  return !signal.aborted;
}

/** The trials that have failed as often as they may, as far as the queue has said; it is asked by each call and heard by a later one, so that a store that is away stops nobody. */
function watchFailures({ queue }: TrialQueue): () => readonly Job<TrialJob>[] {
  let known: readonly Job<TrialJob>[] = [];
  let isAsking = false;
  return () => {
    if (isAsking) return known;
    isAsking = true;
    queue
      .getFailed()
      .then((failed) => {
        known = failed;
      })
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
    return known;
  };
}

const sentenceOf = ({ data, failedReason }: Job<TrialJob>): string =>
  `bench: every trial must end, got ${data.title}, seed ${data.seed}: ${failedReason}`;

async function fill(queue: TrialQueue, { left, pauseAfter }: Stretch): Promise<void> {
  // What failed before is tried again when somebody asks again.
  for (const job of await queue.queue.getFailed()) await job.remove();
  const extra = pauseAfter === undefined ? {} : { pauseAfter };
  await enqueue(
    queue,
    left.map(({ id, title, seed, elbo }) => ({ id, title, seed, elbo, ...extra })),
  );
}

interface Crew {
  /** Replaces who died. */
  tend(): void;
  end(): Promise<void>;
}

/** Worker processes, replaced when they die. */
function startCrew(
  count: number,
  out: string,
  { address, writer }: { readonly address: string; readonly writer: Writer },
): Crew {
  const crew = new Map<number, ChildProcess>();
  const tend = (): void => {
    for (let i = 0; i < count; i++) {
      const known = crew.get(i);
      if (known?.exitCode === null && known.signalCode === null) continue;
      crew.set(i, startWorker(out, address, writer));
    }
  };
  tend();
  return {
    tend,
    async end() {
      await Promise.all(
        [...crew.values()].map(
          (child) =>
            new Promise<void>((resolve) => {
              if (child.exitCode !== null || child.signalCode !== null) resolve();
              child.once("exit", () => {
                resolve();
              });
              child.kill("SIGTERM");
            }),
        ),
      );
    },
  };
}

function startWorker(out: string, address: string, writer: Writer): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      fileURLToPath(new URL("../main.ts", import.meta.url)),
      "work",
      "--out",
      out,
      "--queue",
      address,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trimEnd().split("\n")) writer.line(line);
    });
  return child;
}
