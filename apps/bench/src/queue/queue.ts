import { Refusal } from "../refusal.ts";
import { connected } from "./connected.ts";
import type { Job, Queue, Worker, WorkerOptions } from "bullmq";
import type { Client } from "pg";
import type { TrialState } from "../run/progress.ts";
import type { QueueOwner } from "./persist.ts";

/** What is in the queue of one trial; everything else is in the plan. */
export interface TrialJob {
  readonly id: string;
  readonly title: string;
  readonly seed: number;
  /** Version of elbo that it is of. */
  readonly elbo: string;
  /** Epochs after which it pauses, to be compared with others; absent: to the end. */
  readonly pauseAfter?: number;
}

/** What a worker says of the trial that it has. */
export interface TrialProgress extends TrialState {
  readonly worker: string;
  /** When it began and when it last said so, in ms. */
  readonly since: number;
  readonly at: number;
}

const queueName = "elbo-bench";

/** A lost worker is noticed after so long, in ms; a live one says so three times as often. */
const lease = 15_000;

/** How often a trial that fails is tried, and how long it waits in between, in ms. */
const attempts = 5;
const pause = 2000;

/** After so long, in ms, a PostgreSQL that does not answer counts as away. */
const patience = 30_000;

/** A queue of trials in Redis or PostgreSQL. */
export interface TrialQueue {
  readonly queue: Queue<TrialJob>;
  /** Takes trials until it is closed; waits for a store that is away. */
  worker(
    name: string,
    work: (job: Job<TrialJob>, token: string) => Promise<void>,
  ): Promise<Worker<TrialJob>>;
}

const postgres = /^postgres(?:ql)?:\/\//u;

/** @throws Refusal for an address that no queue lies behind */
export function checkQueue(url: string, caller = "bench"): void {
  const isKnown = postgres.test(url) || /^rediss?:\/\//u.test(url);
  if (isKnown && URL.canParse(url)) return;
  const rule = isKnown
    ? "an address (%23 stands for # in a password, %40 for @)"
    : "redis://... or postgres://...";
  throw new Refusal(`${caller}: --queue must be ${rule}, got ${JSON.stringify(url)}`);
}

/**
 * Opens the queue behind an address, and waits for it where it is away.
 *
 * @param url `redis://...`, or `postgres://...`, where tables are made when they are missing
 * @throws Refusal for another kind of address, and where the store does not let us in
 * @throws the signal's reason when it is aborted before there is a connection
 */
export async function openQueue(url: string, owner: QueueOwner): Promise<TrialQueue> {
  checkQueue(url);
  const isPostgres = postgres.test(url);
  const { Queue, Worker, createPostgresBackend } = await import("bullmq");
  const heard = isPostgres ? { Client: await heardClient(owner.onError) } : {};
  const connection = isPostgres
    ? {
        connectionString: url,
        migrate: true,
        max: 4,
        connectionTimeoutMillis: patience,
        query_timeout: patience,
        ...heard,
      }
    : { url, maxRetriesPerRequest: null };
  const make = <T>(
    Kind: new (...args: never[]) => T,
    ...before: readonly unknown[]
  ): ((options: Partial<WorkerOptions>) => T) => {
    const Made = Kind as unknown as new (...args: unknown[]) => T;
    const after = isPostgres ? [createPostgresBackend] : [];
    return (options) => new Made(...before, { ...options, connection }, ...after);
  };
  return {
    queue: await connected(() => make(Queue<TrialJob>, queueName)({}), owner),
    async worker(name, work) {
      const worker = await connected(
        () =>
          make(Worker<TrialJob>, queueName, (job: Job<TrialJob>, token?: string) =>
            work(job, token ?? ""),
          )({
            name,
            autorun: false,
            concurrency: 1,
            lockDuration: lease,
            stalledInterval: lease / 3,
            // A trial may lose any number of workers.
            maxStalledCount: 1_000_000,
          }),
        owner,
      );
      worker.run().catch(owner.onError);
      return worker;
    },
  };
}

/**
 * A client of PostgreSQL whose errors are always heard. A pool listens to its idle clients only: a server that goes away in the middle of
 * a query would end the process, though the query's own rejection is tried again.
 */
async function heardClient(onError: (error: Error) => void): Promise<typeof Client> {
  const { default: pg } = await import("pg");
  return class extends pg.Client {
    constructor(config?: unknown) {
      super(config);
      this.on("error", onError);
    }
  };
}

/** Under which name a trial is in the queue, up to where it pauses or to its end. */
export const jobIdOf = ({
  id,
  pauseAfter,
}: Pick<TrialJob, "id"> & { readonly pauseAfter?: number | undefined }): string =>
  pauseAfter === undefined ? id : `${id}-${pauseAfter}`;

/**
 * Puts trials into the queue; one that is there already is not put there twice.
 *
 * @throws Refusal when it holds trials of another version of elbo
 */
export async function enqueue({ queue }: TrialQueue, jobs: readonly TrialJob[]): Promise<void> {
  const [first] = jobs;
  if (first === undefined) return;
  await refuseOthers(queue, first.elbo);
  await queue.addBulk(
    jobs.map((data) => ({
      name: "trial",
      data,
      opts: {
        jobId: jobIdOf(data),
        attempts,
        backoff: { type: "fixed", delay: pause },
        removeOnComplete: true,
        removeOnFail: false,
      },
    })),
  );
}

/**
 * Two versions of elbo do not share a queue: their numbers would lie in one table.
 *
 * @throws Refusal naming both
 */
export async function refuseOthers(queue: Queue<TrialJob>, elbo: string): Promise<void> {
  const there = await queue.getJobs(["waiting", "active", "delayed"], 0, 0);
  const other = there.find((job) => job.data.elbo !== elbo);
  if (other !== undefined)
    throw new Refusal(
      `bench: all trials of a queue must be of one version of elbo (here ${elbo}), got one of ${other.data.elbo}`,
    );
}
