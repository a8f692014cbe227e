import { hostname } from "node:os";
import { reasonOf } from "@elbo/common";
import { writeScore } from "../run/halving.ts";
import { isDone } from "./isDone.ts";
import { openQueue, refuseOthers } from "./queue.ts";
import type { Job } from "bullmq";
import type { BenchData } from "../data/benchData.ts";
import type { Trial } from "../plan/trial.ts";
import type { Store } from "../run/store.ts";
import type { TrainTrial } from "../run/trialWork.ts";
import type { Writer } from "../writer.ts";
import type { TrialJob, TrialProgress } from "./queue.ts";

/** What a worker of a queue works with. */
export interface QueueWorkContext {
  readonly writer: Writer;
  /** Aborted to give back the trial in hand after the step in progress, and to end. */
  readonly signal: AbortSignal;
  readonly trials: readonly Trial[];
  readonly data: BenchData;
  readonly store: Store;
  readonly trainTrial: TrainTrial;
  readonly url: string;
}

/** Milliseconds between two words on progress. */
const between = 1000;

/** Does trials of a queue until it is stopped. A trial that is finished in the folder is not done again, whoever delivers it. */
export async function workOnQueue(context: QueueWorkContext): Promise<void> {
  const { writer, signal, url, trials } = context;
  const name = `${hostname()}-${process.pid}`;
  let told = "";
  const connection = await openQueue(url, (error) => {
    const reason = reasonOf(error);
    if (reason !== told) writer.line(`${name}: the queue says: ${reason}`);
    told = reason;
  });
  await refuseOthers(connection.queue, trials[0].elbo);
  const { DelayedError, WaitingError } = await import("bullmq");
  const worker = connection.worker(name, async (job, token) => {
    const trial = trials.find(({ id }) => id === job.data.id);
    if (trial === undefined) {
      // Of another plan: somebody else's.
      await job.moveToDelayed(Date.now() + 5000, token);
      throw new DelayedError();
    }
    const outcome = await doTrial(trial, job, { ...context, name });
    if (outcome !== "stopped") return;
    await job.moveToWait(token);
    throw new WaitingError();
  });
  writer.line(`${name} takes trials.`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
  await worker.close();
  await connection.close();
}

async function doTrial(
  trial: Trial,
  job: Job<TrialJob>,
  context: QueueWorkContext & { readonly name: string },
): Promise<"done" | "stopped"> {
  const { store, data, signal, trainTrial, name, writer } = context;
  const { pauseAfter } = job.data;
  if (isDone(trial, store, pauseAfter)) return "done";
  const since = Date.now();
  let last = 0;
  const tell = (
    state: Pick<TrialProgress, "epoch" | "epochs" | "loss" | "imagesPerSecond">,
  ): void => {
    const at = Date.now();
    if (at - last < between) return;
    last = at;
    const progress: TrialProgress = { ...state, worker: name, since, at };
    // A store that is away hears it the next time.
    job.updateProgress(progress).catch(() => undefined);
  };
  const { epochs } = trial.protocol;
  const outcome = await trainTrial({
    trial,
    data,
    store,
    signal,
    ...(pauseAfter === undefined ? {} : { pauseAfter }),
    moved: tell,
    busy: () => {
      tell({ epoch: epochs, epochs, loss: undefined, imagesPerSecond: undefined });
    },
  });
  if (outcome.kind === "stopped") return "stopped";
  if (outcome.kind === "diverged") await store.writeDivergence(trial, outcome);
  if (outcome.kind === "paused")
    await writeScore(store, trial.id, { epochs: pauseAfter ?? 0, score: outcome.score });
  writer.line(`${name}: ${trial.title}, seed ${trial.seed}: ${outcome.kind}`);
  return "done";
}
