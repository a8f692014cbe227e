import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "@elbo/common";
import { startSession, threadEnvironment } from "./session.ts";
import { differenceOf, median, spreadOf } from "./statistics.ts";
import { storeWork } from "./store.ts";
import type { Work } from "./cases/work.ts";
import type { Contestant, Launch } from "./contestants.ts";
import type { Entry, Missing, WorkResult } from "./results.ts";
import type { Session } from "./session.ts";
import type { Checked } from "./statistics.ts";
import type { TrainingImages } from "./trainingImages.ts";

/** What is run, and how long. */
export interface PerfPlan {
  readonly works: readonly Work[];
  readonly contestants: readonly Contestant[];
  readonly launch: Launch;
  /** Turns of each contestant. */
  readonly repetitions: number;
  /** About how long a turn takes. */
  readonly turnMs: number;
  readonly seed: number;
  /** What trainings end to end learn from; asked for when one comes. */
  images(): Promise<TrainingImages>;
}

/** What watches a run. */
export interface PerfAround {
  readonly signal: AbortSignal;
  /** Told what is going on. */
  readonly status: (text: string) => void;
  /** Told a work's result as soon as it is there. */
  readonly finished: (result: WorkResult) => void;
}

/** What a run found. */
export interface PerfOutcome {
  readonly works: readonly WorkResult[];
  readonly missing: readonly Missing[];
  readonly versions: Readonly<Record<string, string>>;
}

const loadLimitMs = 120_000;
const prepareLimitMs = 400_000; // torch.compile compiles C++
const timeLimitMs = 300_000;
/** Steps before a turn's length is decided; a training end to end is long enough alone. */
const settlingSteps = ({ kind }: Work): number => (kind === "fit" ? 1 : 3);
const checkedSteps = 4;
const checkedValues = 256; // or, of a trained model, images
const pauseMs = 25; // threads of a pool spin for a while after their last task
const contestantBudgetMs = 40_000; // of timed steps; slow contestants get fewer turns

/** Whose results the others are judged by: the first of these that takes part. */
const references = ["torch", "tfjs-node", "tfjs-cpu", "tfjs-wasm", "native"];

/** A work as its contestants find it. */
interface Stored {
  readonly manifest: string;
  readonly title: string;
  /** Images that a step goes through. */
  readonly images: number;
}

/** A work of a group, with the processes that the group's works before it started. */
interface Group extends Stored {
  readonly sessions: Map<Contestant, Session>;
}

/** A contestant at a work, from its first step on. */
interface Prepared {
  readonly contestant: Contestant;
  readonly session: Session;
  entry: Entry;
  checked?: Checked;
  /** Timed steps of a turn, and untimed ones before them. */
  readonly steps: number;
  readonly warmup: number;
  readonly turns: number;
  readonly samples: number[];
  readonly cpuSamples: number[];
}

/**
 * Times contestants side by side: each in a process of its own that rests between its turns, in turns A B C A B C, each turn some steps
 * after one untimed. Before that their results are compared.
 *
 * @returns what was found until the end, or until the signal
 */
export async function runPerf(plan: PerfPlan, around: PerfAround): Promise<PerfOutcome> {
  const folder = mkdtempSync(path.join(tmpdir(), "elbo-perf-"));
  const run = new PerfRun(plan, around, folder);
  try {
    for (const group of new Set(plan.works.map((work) => work.group))) {
      await run.group(plan.works.filter((work) => work.group === group));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return run;
}

class PerfRun implements PerfOutcome {
  readonly works: WorkResult[] = [];
  readonly missing: Missing[] = [];
  readonly versions: Record<string, string> = {};
  readonly #plan: PerfPlan;
  readonly #around: PerfAround;
  readonly #folder: string;

  constructor(plan: PerfPlan, around: PerfAround, folder: string) {
    this.#plan = plan;
    this.#around = around;
    this.#folder = folder;
  }

  /** Times works whose contestants keep their processes from one work to the next. */
  async group(works: readonly Work[]): Promise<void> {
    const sessions = new Map<Contestant, Session>();
    const stop = (): void => {
      for (const session of sessions.values()) session.close();
    };
    this.#around.signal.addEventListener("abort", stop);
    try {
      for (const work of works) {
        if (this.#around.signal.aborted) return;
        const result = await this.#work(work, { ...(await this.#store(work)), sessions });
        if (this.#around.signal.aborted) return;
        this.works.push(result);
        this.#around.finished(result);
      }
    } finally {
      this.#around.signal.removeEventListener("abort", stop);
      stop();
    }
  }

  async #store(work: Work): Promise<Stored> {
    const { seed } = this.#plan;
    const around = { folder: this.#folder, seed };
    const { title, batch, kind } = work;
    if (kind !== "fit") return { manifest: storeWork(work, around), title, images: batch };
    const images = await this.#plan.images();
    return {
      manifest: storeWork(work, { ...around, images }),
      title: `${title}, ${images.epochs} epochs of ${images.name}`,
      images: batch * Math.floor(images.count / batch) * images.epochs,
    };
  }

  async #work(work: Work, group: Group): Promise<WorkResult> {
    const prepared: Prepared[] = [];
    const entries: (Entry | Prepared)[] = [];
    for (const contestant of this.#plan.contestants) {
      if (this.missing.some((each) => each.contestant === contestant.name)) continue;
      const entry = await this.#entry(work, contestant, group);
      if (entry === undefined) continue;
      entries.push(entry);
      if ("session" in entry) prepared.push(entry);
    }
    const reference = compare(work, prepared);
    await this.#rounds(
      work,
      prepared.filter((entry) => entry.entry.status === "timed"),
    );
    return {
      work: work.name,
      title: group.title,
      images: group.images,
      kind: work.kind,
      ...(reference === undefined ? {} : { reference }),
      entries: entries.map((each) => ("session" in each ? entryOf(each) : each)),
    };
  }

  /** Brings a contestant to the point where its turns can begin; its entry if it does not get there, nothing if it cannot be had. */
  async #entry(
    work: Work,
    contestant: Contestant,
    group: Group,
  ): Promise<Prepared | Entry | undefined> {
    const declined = contestant.declines(work);
    const { name } = contestant;
    if (declined !== undefined) return { contestant: name, status: "declined", reason: declined };
    this.#around.status(`${work.name}: ${contestant.title} gets ready`);
    const isFresh = !group.sessions.has(contestant);
    const start = performance.now();
    const session = group.sessions.get(contestant) ?? (await this.#load(contestant));
    if (session === undefined) return undefined;
    const loadMs = performance.now() - start;
    group.sessions.set(contestant, session);
    try {
      const { manifest } = group;
      const { firstStepMs } = await session.ask("prepare", { manifest }, prepareLimitMs);
      const { ms } = await session.ask("time", { steps: settlingSteps(work) }, timeLimitMs);
      const memory = isFresh ? await session.ask("memory", {}, loadLimitMs) : {};
      const request = { steps: checkedSteps, values: checkedValues };
      const checked = await session.ask("check", request, timeLimitMs);
      const steps = Math.max(1, Math.round(this.#plan.turnMs / ms));
      const warmup = work.kind === "fit" ? 0 : Math.max(1, Math.round(steps / 20));
      const turnMs = (steps + warmup) * ms;
      return {
        contestant,
        session,
        checked,
        steps,
        warmup,
        turns: Math.max(
          2,
          Math.min(this.#plan.repetitions, Math.ceil(contestantBudgetMs / turnMs)),
        ),
        samples: [],
        cpuSamples: [],
        entry: {
          contestant: name,
          status: "timed",
          ...(work.kind === "fit" ? {} : { firstStepMs }),
          ...(isFresh ? { loadMs } : {}),
          ...memory,
        },
      };
    } catch (error) {
      session.close();
      group.sessions.delete(contestant);
      return { contestant: name, status: "failed", reason: reasonOf(error) };
    }
  }

  async #load(contestant: Contestant): Promise<Session | undefined> {
    const { launch } = this.#plan;
    const session = startSession({
      ...contestant.command(launch),
      environment: {
        ...threadEnvironment(launch.threads),
        TORCHINDUCTOR_CACHE_DIR: path.join(this.#folder, "inductor"), // what another run compiled would hide the first step's cost
      },
    });
    try {
      const { versions } = await session.ask("load", {}, loadLimitMs);
      Object.assign(this.versions, versions);
      return session;
    } catch (error) {
      session.close();
      const { name, title, how } = contestant;
      if (!this.#around.signal.aborted) {
        this.missing.push({ contestant: name, title, reason: reasonOf(error), how });
      }
      return undefined;
    }
  }

  async #rounds(work: Work, prepared: readonly Prepared[]): Promise<void> {
    const rounds = Math.max(0, ...prepared.map((entry) => entry.turns));
    for (let round = 0; round < rounds; round++) {
      this.#around.status(`${work.name}: round ${round + 1} of ${rounds}`);
      for (const entry of prepared) {
        if (this.#around.signal.aborted) return;
        if (round >= entry.turns || entry.entry.status === "failed") continue;
        await sleep(pauseMs);
        await turn(entry);
      }
    }
  }
}

async function turn(entry: Prepared): Promise<void> {
  try {
    const { session, steps, warmup } = entry;
    if (warmup > 0) await session.ask("time", { steps: warmup }, timeLimitMs);
    const { ms, cpuMs } = await session.ask("time", { steps }, timeLimitMs);
    entry.samples.push(ms);
    entry.cpuSamples.push(cpuMs);
  } catch (error) {
    entry.entry = { ...entry.entry, status: "failed", reason: reasonOf(error) };
  }
}

/** Compares results with those of the reference, whose name is returned. */
function compare(work: Work, prepared: readonly Prepared[]): string | undefined {
  const judge = references
    .map((name) => prepared.find((entry) => entry.contestant.name === name))
    .find((entry) => entry !== undefined);
  if (judge?.checked === undefined) return undefined;
  for (const entry of prepared) {
    if (entry.checked === undefined) continue;
    const difference = differenceOf(entry.checked, judge.checked);
    const { tolerance } = work;
    const agrees = difference.loss <= tolerance.loss && difference.values <= tolerance.values;
    entry.entry = { ...entry.entry, difference };
    if (!agrees) {
      const reason = `its results are not those of ${judge.contestant.name}: losses differ by ${difference.loss.toExponential(1)} (at most ${tolerance.loss}), values by ${difference.values.toExponential(1)} (at most ${tolerance.values})`;
      entry.entry = { ...entry.entry, status: "disagrees", reason };
    }
  }
  return judge.contestant.name;
}

function entryOf({ entry, samples, cpuSamples }: Prepared): Entry {
  return samples.length === 0
    ? entry
    : { ...entry, samples, ms: spreadOf(samples), cpuMs: median(cpuSamples) };
}
