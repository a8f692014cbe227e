/**
 * A lock between processes as a file that exists. Its holder touches it several times per `staleAfter`; a lock that nobody
 * touched for that long, or whose process on this machine is gone, is removed by one of those that wait for it.
 */
import { randomUUID } from "node:crypto";
import { open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { whenFree } from "@elbo/common/node";

/** How a lock waits. */
export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Age in ms at which a lock counts as left behind; 30,000 by default. */
  readonly staleAfter?: number;
  /** Time between two looks in ms; 200 by default. */
  readonly poll?: number;
}

/** A lock that this process holds. */
export interface Lock {
  readonly token: string;
  /** Whether it is still ours: a process that slept too long may have lost it. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

interface Owner {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function readOwner(path: string): Promise<Partial<Owner> | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Partial<Owner>;
  } catch (error) {
    // A lock without readable content was just created or its process died in between: only its age counts.
    return codeOf(error) === "ENOENT" ? undefined : {};
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    // Windows keeps the name of a removed file from being used until its last reader closes it.
    const file = await whenFree(() => open(path, "wx"));
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function isLeftBehind(
  path: string,
  owner: Partial<Owner>,
  staleAfter: number,
): Promise<boolean> {
  if (owner.host === hostname() && owner.pid !== undefined && !isRunning(owner.pid)) return true;
  try {
    return Date.now() - (await stat(path)).mtimeMs > staleAfter;
  } catch {
    return false;
  }
}

/**
 * Removes a lock that was left behind, under a guard of its own: between the look and the removal nobody else may take
 * the lock away and make a new one.
 *
 * @returns whether the lock may be free now
 */
async function takeAway(path: string, staleAfter: number): Promise<boolean> {
  const guard = `${path}.guard`;
  if (!(await create(guard, ""))) {
    // A guard exists for an instant, unless its process died in between.
    if (await isLeftBehind(guard, {}, staleAfter)) await rm(guard, { force: true });
    return false;
  }
  try {
    const owner = await readOwner(path);
    if (owner !== undefined && (await isLeftBehind(path, owner, staleAfter))) {
      await rm(path, { force: true });
    }
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

/**
 * Waits until the lock is free and takes it.
 *
 * @param path file that stands for the lock; its folder exists
 * @param options signal that ends the waiting, times
 * @throws the reason of the signal
 */
export async function acquireLock(
  path: string,
  { signal, staleAfter = 30_000, poll = 200 }: LockOptions = {},
): Promise<Lock> {
  const owner: Owner = { token: randomUUID(), pid: process.pid, host: hostname() };
  for (;;) {
    signal?.throwIfAborted();
    if (await create(path, JSON.stringify(owner))) break;
    const other = await readOwner(path);
    if (other === undefined) continue;
    const isOld = await isLeftBehind(path, other, staleAfter);
    if (isOld && (await takeAway(path, staleAfter))) continue;
    await wait(poll, undefined, signal ? { signal } : {});
  }
  const isHeld = async (): Promise<boolean> => (await readOwner(path))?.token === owner.token;
  const touch = async (): Promise<void> => {
    if (await isHeld()) await utimes(path, new Date(), new Date());
  };
  const heartbeat = setInterval(() => {
    // A lock that cannot be touched goes stale, which is what the others should see.
    touch().catch(() => undefined);
  }, staleAfter / 6);
  heartbeat.unref();
  return {
    token: owner.token,
    isHeld,
    async release() {
      clearInterval(heartbeat);
      if (await isHeld()) await rm(path, { force: true });
    },
  };
}
