/**
 * A download that ends with the right file or none: under a lock, into a file of its own that is verified, flushed and only
 * then renamed. What arrived before a failure is kept for the next attempt, also one of another process.
 */
import { access, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { EnvHttpProxyAgent } from "undici";
import { reasonOf } from "@elbo/common";
import { replaceFile } from "@elbo/common/node";
import { acquireLock } from "./lock.ts";
import type { Lock } from "./lock.ts";
import { claimPartial, removePartial, resetPartial } from "./partial.ts";
import type { Partial } from "./partial.ts";
import { FinalError, transferRest } from "./transfer.ts";
import type { Transfer } from "./transfer.ts";

/** What to download and how long to try. */
export interface Download {
  /** Path of the file to be. */
  readonly file: string;
  /** Addresses of the file, tried in this order. */
  readonly addresses: readonly string[];
  /** Most bytes to accept. */
  readonly maxBytes: number;
  /** Throws when a file is not the right one. */
  readonly verify: (path: string) => Promise<void>;
  readonly onProgress?: (received: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Longest silence of a server in ms; 30,000 by default. */
  readonly timeout?: number;
  /** Attempts per address that bring nothing new before the next address is asked; 3 by default. */
  readonly attempts?: number;
  /** Pause before the second attempt in ms, doubled for each further one; 500 by default. */
  readonly pause?: number;
  /** Age in ms at which another process's lock counts as left behind; 30,000 by default. */
  readonly staleAfter?: number;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether the right file is there; a wrong one is removed. */
async function isDone({ file, verify }: Download): Promise<boolean> {
  if (!(await exists(file))) return false;
  try {
    await verify(file);
    return true;
  } catch {
    await rm(file, { force: true });
    return false;
  }
}

/** Whether a failure means that there is no way to the server at all. */
function isUnreachable(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return ["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"].includes(code);
}

/** How often a file that came in pieces may be wrong before its address is given up. */
const maxWrong = 2;

/** Asks one address until the right file is there or asking is of no use; the failure of the last attempt otherwise. */
async function tryAddress(download: Download, transfer: Transfer): Promise<Error | undefined> {
  const { attempts = 3, pause = 500, verify } = download;
  const { partial, signal } = transfer;
  let failure = new Error("no attempt");
  let fruitless = 0;
  let wrong = 0;
  for (let attempt = 0; fruitless < attempts && attempt < 20 * attempts; attempt++) {
    if (fruitless > 0) await wait(pause * 2 ** (fruitless - 1), undefined, { signal });
    const before = partial.origin?.address === transfer.address ? partial.received : 0;
    try {
      await transferRest(transfer);
    } catch (error) {
      signal.throwIfAborted();
      failure = error as Error;
      if (error instanceof FinalError || isUnreachable(error)) break;
      fruitless = partial.received > before ? 1 : fruitless + 1;
      continue;
    }
    try {
      await verify(partial.path);
      return undefined;
    } catch (error) {
      failure = error as Error;
      await resetPartial(partial);
      // A file in one piece from this mirror is wrong for good; one in several pieces may have changed in between.
      if (before === 0 || ++wrong === maxWrong) break;
    }
  }
  return failure;
}

async function fetchUnderLock(download: Download, lock: Lock, partial: Partial): Promise<void> {
  const { file, addresses, timeout = 30_000, maxBytes, onProgress } = download;
  const lost = new AbortController();
  const watch = setInterval(() => {
    lock
      .isHeld()
      .then((isHeld) => {
        if (!isHeld) lost.abort(new Error("download: the lock must stay ours, got another owner"));
      })
      .catch(() => undefined);
  }, 1000);
  watch.unref();
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout }, keepAliveTimeout: 1000 });
  const signal = download.signal ? AbortSignal.any([download.signal, lost.signal]) : lost.signal;
  const failures: Error[] = [];
  try {
    for (const address of addresses) {
      const failure = await tryAddress(download, {
        address,
        partial,
        dispatcher,
        maxBytes,
        timeout,
        signal,
        ...(onProgress ? { onProgress } : {}),
      });
      if (failure === undefined) {
        await replaceFile(partial.path, file);
        await removePartial(partial.path);
        return;
      }
      failures.push(new Error(`${address}: ${reasonOf(failure)}`, { cause: failure }));
    }
  } finally {
    clearInterval(watch);
    await dispatcher.destroy();
  }
  throw new AggregateError(failures, failures.map(({ message }) => message).join("; "));
}

/**
 * Downloads a file unless the right one is there already.
 *
 * @param download file, addresses, verification and times
 * @throws AggregateError with one failure per address, or the reason of the signal
 */
export async function downloadFile(download: Download): Promise<void> {
  const { file, signal, staleAfter } = download;
  if (await isDone(download)) return;
  await mkdir(dirname(file), { recursive: true });
  const lock = await acquireLock(`${file}.lock`, {
    ...(signal ? { signal } : {}),
    ...(staleAfter === undefined ? {} : { staleAfter, poll: Math.min(200, staleAfter / 4) }),
  });
  try {
    if (await isDone(download)) return;
    await fetchUnderLock(download, lock, await claimPartial(file, lock.token));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await lock.release();
  }
}
