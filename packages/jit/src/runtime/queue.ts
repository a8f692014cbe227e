/** The place of a task among those of all compiled functions. */
export interface Turn {
  /** Resolves once all tasks before are over. */
  readonly alone: () => Promise<void>;
  /** Lets the next task begin, though this one is not over; of no effect once it is. */
  readonly handOn: () => void;
}

/** Resolves once the last task lets the next begin. */
let begun: Promise<void> = Promise.resolve();

/** Resolves once all tasks are over. */
let over: Promise<void> = Promise.resolve();

/**
 * Runs tasks one after the other in the order of the calls, across all compiled functions: they share state, and one step keeps all cores
 * busy. A task begins when the one before is over, or has handed on; one that needs what those before it may still be changing waits until
 * it is alone.
 */
export function enqueueTurn<T>(task: (turn: Turn) => Promise<T>): Promise<T> {
  const before = over;
  let handOn!: () => void;
  const next = new Promise<void>((resolve) => {
    handOn = resolve;
  });
  const result = begun.then(() => task({ alone: () => before, handOn }));
  begun = next;
  const end = result.then(
    () => {
      handOn(); // without the result, which nobody keeps for the queue
    },
    () => {
      handOn();
    },
  );
  over = before.then(() => end);
  return result;
}

/** A task that waits until it is alone. */
export const alone =
  <T>(task: () => Promise<T>) =>
  async (turn: Turn): Promise<T> => {
    await turn.alone();
    return task();
  };

/** Runs a task once all before are over, and those after it once it is. */
export function enqueue<T>(task: () => Promise<T>): Promise<T> {
  return enqueueTurn(alone(task));
}
