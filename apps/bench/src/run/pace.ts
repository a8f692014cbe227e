/** Steps that the median is of, so that a long training does not spend its time on it. */
export const remembered = 1000;

/** How fast a training goes, from the times of its steps. */
export interface Pace {
  /** A step has ended. */
  stepped(): void;
  /** Images per second at the median time between neighbouring steps of the last {@link remembered}; undefined before the third step. */
  imagesPerSecond(): number | undefined;
  /** Seconds since the pace began. */
  seconds(): number;
}

/**
 * Measures a training. The median leaves out what is no step though it falls between two: compiling, validating, writing a checkpoint.
 *
 * @param batchSize images per step
 * @param now the time in ms
 */
export function createPace(batchSize: number, now: () => number = () => performance.now()): Pace {
  const started = now();
  const durations: number[] = [];
  let steps = 0;
  let last: number | undefined;
  return {
    stepped() {
      const time = now();
      if (last !== undefined) durations[steps++ % remembered] = time - last;
      last = time;
    },
    imagesPerSecond() {
      if (durations.length < 2) return undefined;
      const sorted = durations.toSorted((a, b) => a - b);
      const middle = (sorted.length - 1) / 2;
      const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
      return (batchSize / Math.max(median, 1e-6)) * 1000;
    },
    seconds: () => (now() - started) / 1000,
  };
}
