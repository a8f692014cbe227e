import type { Difference, Spread } from "./statistics.ts";

/** How a contestant did at a work. */
export interface Entry {
  readonly contestant: string;
  readonly status: "timed" | "disagrees" | "declined" | "failed";
  /** Why there are no times, or no valid ones. */
  readonly reason?: string;
  /** ms per step over the repetitions. */
  readonly ms?: Spread;
  /** ms per step of each repetition, in their order. */
  readonly samples?: readonly number[];
  /** ms per step that all threads together spent on processors, median over the repetitions. */
  readonly cpuMs?: number;
  /** ms from the work as data to the end of the first step, the compiler's work included. */
  readonly firstStepMs?: number;
  /** ms from the start of the process until its library was loaded; for a process's first work only. */
  readonly loadMs?: number;
  /** Most bytes that the process occupied after a few steps of its first work. */
  readonly peakBytes?: number;
  /** How far its results are from the reference's. */
  readonly difference?: Difference;
}

/** All contestants at one work. */
export interface WorkResult {
  readonly work: string;
  readonly title: string;
  /** Images that a step goes through. */
  readonly images: number;
  readonly kind: "train" | "encode" | "decode" | "fit";
  /** By whose results the others were judged. */
  readonly reference?: string;
  readonly entries: readonly Entry[];
}

/** A contestant that could not be loaded. */
export interface Missing {
  readonly contestant: string;
  readonly title: string;
  readonly reason: string;
  readonly how: string;
}

/** A whole run. */
export interface PerfResults {
  readonly threads: number;
  readonly repetitions: number;
  readonly turnMs: number;
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly date: string;
  readonly missing: readonly Missing[];
  readonly works: readonly WorkResult[];
}

/** The entry of a contestant at a work, if it has valid times. */
export function timedEntry(
  results: PerfResults,
  work: string,
  contestant: string,
): (Entry & { readonly ms: Spread }) | undefined {
  const entry = results.works
    .find((result) => result.work === work)
    ?.entries.find((candidate) => candidate.contestant === contestant);
  if (entry?.status !== "timed" || entry.ms === undefined) return undefined;
  return { ...entry, ms: entry.ms };
}

/** Median of one contestant by the median of another at the same work, or undefined where one has no times. */
export function ratioOf(
  results: PerfResults,
  work: string,
  [above, below]: readonly [string, string],
): number | undefined {
  const a = timedEntry(results, work, above);
  const b = timedEntry(results, work, below);
  return a && b ? a.ms.median / b.ms.median : undefined;
}

/** Ratios of medians by work, contestant above and contestant below. */
export type Ratios = Record<string, Record<string, Record<string, number>>>;

/** The ratio of every two contestants that have times at a work. */
export function ratiosOf(results: PerfResults): Ratios {
  const ratios: Ratios = {};
  for (const { work, entries } of results.works) {
    const names = entries.map(({ contestant }) => contestant);
    ratios[work] = {};
    for (const above of names) {
      const row: Record<string, number> = {};
      for (const below of names) {
        const ratio = above === below ? undefined : ratioOf(results, work, [above, below]);
        if (ratio !== undefined) row[below] = ratio;
      }
      if (Object.keys(row).length > 0) ratios[work][above] = row;
    }
  }
  return ratios;
}
