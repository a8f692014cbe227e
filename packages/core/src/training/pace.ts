/** Steps at the start that are not timed: they trace, compile and warm up. */
const untimedSteps = 20;

/** Measures how many examples per second steps take, without what lies between them. */
export class Pace {
  private made = 0;
  private timed = 0;
  private ms = 0;

  /** Steps made. */
  get steps(): number {
    return this.made;
  }

  /** Counts a step that took so many ms. */
  step(ms: number): void {
    if (++this.made <= untimedSteps) return;
    this.timed++;
    this.ms += ms;
  }

  /** Examples per second; `undefined` before enough steps were made. */
  examplesPerSecond(batchSize: number): number | undefined {
    return this.timed === 0 ? undefined : (this.timed * batchSize * 1000) / this.ms;
  }
}
