import type { SessionRequest } from "./onnxProgram.ts";
import type { OrtSession } from "./ort.ts";

/** Below this many multiplications a run is too short for a second thread to pay. */
const smallWork = 2_000_000;

/** Timed runs per candidate; the fastest counts, since other work on the machine only slows. */
const timedRuns = 4;

/** Makes a session with a number of threads. */
export type SessionMaker = (model: Uint8Array, threads: number) => Promise<OrtSession>;

/** Thread counts worth trying on a machine: all processors, half of them, one. */
export function threadCandidates(processors: number): number[] {
  const all = Math.max(1, Math.min(processors, 16));
  return [...new Set([all, Math.max(1, Math.floor(all / 2)), 1])];
}

/**
 * Chooses the number of threads for a model by timing it with each candidate.
 *
 * Two threads on a busy machine of two processors can be slower than one, so this cannot be known beforehand.
 */
export async function fastestThreads(
  request: SessionRequest,
  candidates: readonly number[],
  make: SessionMaker,
): Promise<number> {
  if (request.work < smallWork || candidates.length === 1) return candidates.at(-1) as number;
  let best = { threads: 1, ms: Infinity };
  for (const threads of candidates) {
    const session = await make(request.model, threads);
    await request.trial(session);
    let ms = Infinity;
    for (let i = 0; i < timedRuns; i++) {
      const started = performance.now();
      await request.trial(session);
      ms = Math.min(ms, performance.now() - started);
    }
    await session.release();
    if (ms < best.ms) best = { threads, ms };
  }
  return best.threads;
}
