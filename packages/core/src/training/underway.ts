import { yieldToEventLoop } from "#platform";
import type { CompiledStep } from "./compiledStep.ts";
import { placeOf } from "./epochs.ts";
import type { StepPlace } from "./epochs.ts";
import type { RunSetup } from "./runSetup.ts";
import type { RunState } from "./runState.ts";
import { StepFeeds } from "./stepFeeds.ts";

/** A step that is handed over to what computes. */
interface StepUnderway {
  readonly step: number;
  readonly place: StepPlace;
  readonly feeds: StepFeeds;
  /** When it was handed over, in ms. */
  readonly since: number;
  /** The loss and the means of the terms; empty unless it is logged. */
  readonly means: Promise<Record<string, number>>;
}

/** A step that is over. */
export interface StepMade extends Pick<StepUnderway, "step" | "place"> {
  readonly means: Readonly<Record<string, number>>;
  /** Milliseconds that it took, without those in which the one before it was computed. */
  readonly ms: number;
}

/** Bytes of a batch up to which two are handed over: where they are more, a step takes so long that nothing is gained. */
const smallBatch = 2 ** 24;

/**
 * The steps of a run that are handed over to what computes, in their order: one, and where nothing is to be done in between a second one
 * behind it, which begins without a word from this thread. While they run, the feeds of the next are filled.
 */
export class StepsUnderway {
  private readonly setup: RunSetup;
  private readonly state: RunState;
  private readonly compiled: CompiledStep;
  private readonly sets: readonly StepFeeds[];
  private readonly underway: StepUnderway[] = [];
  private lastEnd = 0;
  private hasFailed = false;

  constructor(setup: RunSetup, state: RunState, compiled: CompiledStep) {
    const { parts, data, random } = setup;
    this.setup = setup;
    this.state = state;
    this.compiled = compiled;
    const set = (): StepFeeds => new StepFeeds(parts, data, random);
    const first = set();
    this.sets = [first, set(), ...(first.bytes <= smallBatch ? [set()] : [])];
  }

  /** How many. */
  get count(): number {
    return this.underway.length;
  }

  /** The first step that is not handed over. */
  private get next(): number {
    return this.state.step + this.count;
  }

  /**
   * Hands a step over, and a second one.
   *
   * @param isSeen whether what follows a step must see the variables as it left them
   */
  async handOver(isSeen: (step: number) => boolean): Promise<void> {
    while (this.count < this.sets.length - 1 && this.next < this.state.end) {
      if (this.count > 0 && isSeen(this.next - 1)) return;
      const feeds = await this.filled();
      if (feeds === undefined) return;
      this.begin(feeds);
    }
  }

  private begin(feeds: StepFeeds): void {
    const step = this.next;
    const place = placeOf(step, this.state.origin);
    const isLogged = step % this.setup.options.logEvery === 0 || place.isLast;
    const since = performance.now();
    const means = this.compiled.run(feeds, isLogged);
    means.catch(() => undefined); // told when its turn comes
    this.underway.push({ step, place, feeds, since, means });
  }

  /** Waits for the first of them. */
  async first(): Promise<StepMade> {
    const [{ step, place, since, means }] = this.underway;
    try {
      const [values] = await Promise.all([means, this.fillMeanwhile()]);
      const now = performance.now();
      const ms = now - Math.max(since, this.lastEnd);
      this.lastEnd = now;
      return { step, place, means: values, ms };
    } catch (error) {
      this.hasFailed = true;
      throw error;
    } finally {
      this.underway.shift();
    }
  }

  /**
   * Waits until none is left, whatever becomes of them.
   *
   * @returns how many were made, each behind all before it
   */
  async end(): Promise<number> {
    const ends = await Promise.allSettled(this.underway.map(({ means }) => means));
    this.underway.length = 0;
    const failed = ends.findIndex(({ status }) => status === "rejected");
    return this.hasFailed ? 0 : failed < 0 ? ends.length : failed;
  }

  /**
   * The feeds of the next step. Where rows cannot be read while steps are under way there are none: these are whole, and the step fails when it
   * is the first.
   */
  private async filled(): Promise<StepFeeds | undefined> {
    const feeds = this.setFor(this.next);
    if (feeds.step === this.next) return feeds;
    try {
      await this.fill(feeds, this.next);
      return feeds;
    } catch (error) {
      if (this.count > 0) return undefined;
      throw error;
    }
  }

  /** Fills the feeds of the next step after a turn of the event loop, when kernels are at work on threads of their own. */
  private async fillMeanwhile(): Promise<void> {
    await yieldToEventLoop();
    const { next } = this;
    const feeds = this.setFor(next);
    if (next < this.state.end && feeds.step !== next) {
      await this.fill(feeds, next).catch(() => undefined);
    }
  }

  /** A set that no step under way uses: the one that is filled for a step, if there is one. */
  private setFor(step: number): StepFeeds {
    const free = this.sets.filter((set) => this.underway.every(({ feeds }) => feeds !== set));
    return free.find((set) => set.step === step) ?? free[0];
  }

  /** Fills feeds for a step; rows of the one after it are read meanwhile, where they lie in files. */
  private async fill(feeds: StepFeeds, step: number): Promise<void> {
    const { origin, end } = this.state;
    const next = step + 1 < end ? placeOf(step + 1, origin) : undefined;
    await feeds.fill(step, placeOf(step, origin), next);
  }
}
