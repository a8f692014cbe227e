import { readdir, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { acquireLock } from "../src/node/lock.ts";

const quick = { staleAfter: 300, poll: 20 };

/** How many of eight that take a lock for some ms hold it together. */
async function mostInside(
  path: string,
  { poll, hold }: { readonly poll: number; readonly hold: number },
): Promise<number> {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const lock = await acquireLock(path, { staleAfter: 5000, poll });
      most = Math.max(most, ++inside);
      await wait(hold);
      inside--;
      await lock.release();
    }),
  );
  return most;
}

test("one holder at a time, in whatever order", async () => {
  const path = join(await emptyFolder(), "lock");
  expect(await mostInside(path, { poll: 20, hold: 10 })).toBe(1);
});

test("a lock that is held longer than the stale age stays held", async () => {
  const path = join(await emptyFolder(), "lock");
  const lock = await acquireLock(path, quick);
  const second = acquireLock(path, quick);
  await wait(700);
  expect(await lock.isHeld()).toBe(true);
  await lock.release();
  await (await second).release();
});

test("the lock of a process that is gone is taken over at once", async () => {
  const folder = await emptyFolder();
  const path = join(folder, "lock");
  // Process numbers end at 2^22 on Linux.
  const owner = { token: "old", pid: 2 ** 22 + 1, host: hostname() };
  await writeFile(path, JSON.stringify(owner));
  const lock = await acquireLock(path, { staleAfter: 60_000, poll: 20 });
  expect(await lock.isHeld()).toBe(true);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ["of another machine", JSON.stringify({ token: "old", pid: 1, host: "elsewhere" })],
  ["without content", ""],
])("a lock %s is taken over when nobody touches it", async (_, content) => {
  const path = join(await emptyFolder(), "lock");
  await writeFile(path, content);
  const start = Date.now();
  const lock = await acquireLock(path, quick);
  expect(Date.now() - start).toBeGreaterThan(150);
  await lock.release();
});

test("a guard that a process left behind does not keep a stale lock for ever", async () => {
  const folder = await emptyFolder();
  const path = join(folder, "lock");
  await writeFile(path, "");
  await writeFile(`${path}.guard`, "");
  const lock = await acquireLock(path, quick);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test("many that find a stale lock do not hold it together", async () => {
  const path = join(await emptyFolder(), "lock");
  await writeFile(path, JSON.stringify({ token: "old", pid: 1, host: "elsewhere" }));
  await utimes(path, new Date(0), new Date(0));
  expect(await mostInside(path, { poll: 5, hold: 5 })).toBe(1);
});

test("waiting ends with the signal", async () => {
  const path = join(await emptyFolder(), "lock");
  const lock = await acquireLock(path, quick);
  await expect(acquireLock(path, { ...quick, signal: AbortSignal.timeout(50) })).rejects.toThrow();
  await lock.release();
});
