import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { reasonOf } from "@elbo/common";
import { Refusal } from "../refusal.ts";
import type { Writer } from "../writer.ts";

/** Who opens a queue. */
export interface QueueOwner {
  /** Told what goes wrong with the connection, which is tried again. */
  readonly onError: (error: Error) => void;
  /** Aborted to wait no longer for a store that is away. */
  readonly signal: AbortSignal;
}

/** Milliseconds between two tries. */
export const between = 500;

/**
 * Tries until it works.
 *
 * @throws Refusal, which is not tried again
 * @throws the signal's reason when it is aborted before
 */
export async function persist<T>(
  action: () => Promise<T>,
  { onError, signal }: QueueOwner,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await unlessAborted(action(), signal);
    } catch (error) {
      if (error instanceof Refusal || signal.aborted) throw error;
      onError(error as Error);
    }
    await setTimeout(between, undefined, { signal });
  }
}

/** What a promise gives; rejects with the signal's reason when it is aborted before: a Redis that is away answers when it is back. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = new AbortController();
  try {
    const aborted = once(signal, "abort", { signal: ended.signal });
    return await Promise.race([
      promise,
      aborted.then(() => {
        throw signal.reason as Error;
      }),
    ]);
  } finally {
    ended.abort();
  }
}

/** Says what goes wrong with a queue, and not again until it is something else. */
export function tellOnce(writer: Writer, name = ""): (error: Error) => void {
  let told = "";
  return (error) => {
    const reason = reasonOf(error);
    if (reason !== told) writer.line(`${name}the queue is away (${reason}); trying again.`);
    told = reason;
  };
}
