let last: Promise<unknown> = Promise.resolve();

/**
 * Runs tasks one after the other in the order of the calls, across all compiled functions.
 *
 * Functions share state, and one step keeps all cores busy, so there is nothing to gain from overlap.
 */
export function enqueue<T>(task: () => Promise<T>): Promise<T> {
  const result = last.then(task, task);
  last = result.then(
    () => undefined, // nobody keeps results for the queue
    () => undefined,
  );
  return result;
}
