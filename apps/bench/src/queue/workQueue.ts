import { once } from "node:events";
import { hostname } from "node:os";
import { writeScore } from "../run/halving.ts";
import { takeLeave } from "./connected.ts";
import { isDone } from "./isDone.ts";
import { persist, tellOnce } from "./persist.ts";
import { openQueue, refuseOthers } from "./queue.ts";
import type { Job } from "bullmq";
import type { BenchData } from "../data/benchData.ts";
import type { Trial } from "../plan/trial.ts";
import type { Store } from "../run/store.ts";
import type { TrainTrial } from "../run/trialWork.ts";
import type { Writer } from "../writer.ts";
import type { TrialJob, TrialProgress, TrialQueue } from "./queue.ts";

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

/**
 * Does trials of a queue until it is stopped. A trial that is finished in the folder is not done again, whoever delivers it.
 *
 * @throws Refusal where the queue holds trials of another version, or does not let us in
 */
export async function workOnQueue(context: QueueWorkContext): Promise<void> {
  const { writer, signal, url, trials } = context;
  const name = `${hostname()}-${process.pid}`;
  const owner = { onError: tellOnce(writer, `${name}: `), signal };
  try {
    const connection = await openQueue(url, owner);
    try {
      await persist(() => refuseOthers(connection.queue, trials[0].elbo), owner);
      await takeTrials(connection, { ...context, name });
    } finally {
      await takeLeave(connection.queue);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** What a worker that has a name works with. */
type NamedContext = QueueWorkContext & { readonly name: string };

/** Takes trials until it is stopped. */
async function takeTrials(connection: TrialQueue, context: NamedContext): Promise<void> {
  const { trials, writer, signal, name } = context;
  const { DelayedError, WaitingError } = await import("bullmq");
  let inHand: Promise<"done" | "stopped"> | undefined;
  let lost = new AbortController();
  const worker = await connection.worker(name, async (job, token) => {
    const trial = trials.find(({ id }) => id === job.data.id);
    if (trial === undefined) {
      // Of another plan: somebody else's.
      await job.moveToDelayed(Date.now() + 5000, token);
      throw new DelayedError();
    }
    lost = new AbortController();
    inHand = doTrial(trial, job, { ...context, signal: AbortSignal.any([signal, lost.signal]) });
    if ((await inHand) === "done") return;
    if (!lost.signal.aborted) await job.moveToWait(token);
    throw new WaitingError();
  });
  // After a long sleep: two would train it in one folder.
  worker.on("lockRenewalFailed", () => {
    writer.line(`${name}: its trial was taken for lost and is another's now.`);
    lost.abort();
  });
  writer.line(`${name} takes trials.`);
  if (!signal.aborted) await once(signal, "abort");
  await takeLeave(worker, inHand);
}

async function doTrial(
  trial: Trial,
  job: Job<TrialJob>,
  context: NamedContext,
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
