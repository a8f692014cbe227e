import { setTimeout } from "node:timers/promises";
import { reasonOf } from "@elbo/common";
import { Refusal } from "../refusal.ts";
import { persist, unlessAborted } from "./persist.ts";
import type { QueueOwner } from "./persist.ts";

/** What of BullMQ connects to a store. */
interface Connecting {
  on(event: "error", listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  disconnect(): Promise<void>;
}

/** Milliseconds that a store has to take leave. */
const leave = 5000;

/** What no waiting heals: PostgreSQL knows neither us nor the database, or Redis does not let us in. */
const closed = { postgres: /^(?:28|3D)/u, redis: /^(?:WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/u };

/**
 * Makes what connects to a store until one has connected: BullMQ keeps a first connection to PostgreSQL that failed for ever, so that a
 * worker that came while the store was away would never work.
 *
 * @throws Refusal where the store does not let us in
 * @throws the signal's reason when it is aborted before
 */
export function connected<T extends Connecting>(make: () => T, owner: QueueOwner): Promise<T> {
  return persist(async () => {
    const made = make();
    try {
      await unlessAborted(isReady(made, owner.onError), owner.signal);
      return made;
    } catch (error) {
      await takeLeave(made);
      throw error;
    }
  }, owner);
}

/** Resolves once it is connected; rejects where it never will be. */
function isReady(made: Connecting, onError: QueueOwner["onError"]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { readonly code?: string }): void => {
      const isClosed = closed.postgres.test(error.code ?? "") || closed.redis.test(error.message);
      reject(
        isClosed ? new Refusal(`bench: --queue must let us in, got ${reasonOf(error)}`) : error,
      );
    };
    // ioredis tries by itself as long as it takes, and only says so.
    made.on("error", (error) => {
      onError(error);
      if (closed.redis.test(error.message)) fail(error);
    });
    made.waitUntilReady().then(resolve, fail);
  });
}

/**
 * Ends a connection in order, or without where its store is away: Redis would be waited for.
 *
 * @param busy what it works on, which has all the time that it takes
 */
export async function takeLeave(
  made: Pick<Connecting, "close" | "disconnect">,
  busy?: Promise<unknown>,
): Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  const closing = made.close().then(
    () => true,
    () => true,
  );
  await busy?.catch(() => undefined);
  const isInTime = await Promise.race([closing, setTimeout(leave, false, { signal })]);
  ended.abort();
  if (!isInTime) made.disconnect().catch(() => undefined);
}
