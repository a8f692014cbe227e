import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openQueue } from "../src/queue/queue.ts";
import { Refusal } from "../src/refusal.ts";
import { finished, resultsIn, smallPlan } from "./support/queuedTrials.ts";
import { runBenchProcess, spawnBench } from "./support/runBench.ts";
import { isInstalled, postgresStore, redisStore } from "./support/stores.ts";
import type { RealStore } from "./support/stores.ts";

/** How long the store is away, in s; the lease of a worker is 15 s. */
const secondsAway = Number(process.env["ELBO_QUEUE_AWAY"] ?? 20);

const trials = 4;
const folder = mkdtempSync(join(tmpdir(), "elbo-away-"));
const config = join(folder, "config.json");
writeFileSync(config, JSON.stringify(smallPlan(trials)));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const stores = [
  ["PostgreSQL", postgresStore, isInstalled("postgres") && isInstalled("initdb")],
  ["Redis", redisStore, isInstalled("redis-server")],
] as const;

for (const [name, , isThere] of stores)
  if (!isThere)
    process.stderr.write(`\nSKIPPED: queueAway.slow.test.ts needs ${name} installed.\n\n`);

const quiet = join(folder, "quiet");

beforeAll(async () => {
  const ended = await runBenchProcess(["run", "--config", config, "--out", quiet]);
  expect(ended).toMatchObject({ code: 0, error: "" });
});

/** A run over a queue that goes on beside the test. */
function startRun(url: string, out: string) {
  const child = spawnBench([
    ...["run", "--config", config, "--out", out],
    ...["--workers", "2", "--queue", url],
  ]);
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  return {
    child,
    said: () => said,
    /** How many workers have taken up work. */
    started: () => said.match(/takes trials/gu)?.length ?? 0,
    ended: new Promise<number | null>((resolve) => child.once("exit", resolve)),
  };
}

describe.each(stores.filter(([, , isThere]) => isThere))("%s that is away", (_, make) => {
  let store: RealStore;
  let out: string;

  /** With a store and a folder of its own. */
  const each = (title: string, body: () => Promise<void>): void => {
    test(
      title,
      async () => {
        store = await make();
        out = mkdtempSync(join(folder, "out-"));
        try {
          await body();
        } finally {
          await store.remove();
        }
      },
      300_000,
    );
  };

  each("for longer than a worker's lease: nobody ends, and every trial is done", async () => {
    store.start();
    const { child, started, ended, said } = startRun(store.url, out);
    await expect.poll(started, { timeout: 120_000 }).toBe(2);
    await store.kill();
    await setTimeout(1000 * secondsAway);
    expect(resultsIn(out).length).toBeLessThan(trials);
    expect(child.exitCode).toBeNull();
    store.start();
    expect(await ended).toBe(0);
    // Both workers are the first ones: none had to be replaced.
    expect(started(), said()).toBe(2);
    expect(finished(out)).toEqual(finished(quiet));
  });

  each("when a run begins is waited for", async () => {
    const { ended, said } = startRun(store.url, out);
    await expect.poll(said, { timeout: 60_000 }).toMatch(/the queue is away \(.+\); trying again/u);
    store.start();
    expect(await ended, said()).toBe(0);
    expect(finished(out)).toEqual(finished(quiet));
  });

  each("when a worker connects is waited for by the worker", async () => {
    store.start();
    const heard: string[] = [];
    const signal = AbortSignal.timeout(120_000);
    const owner = { onError: (error: Error) => heard.push(error.message), signal };
    const opened = await openQueue(store.url, owner);
    const { queue } = opened;
    await queue.add("trial", { id: "a", title: "A", seed: 1, elbo: "0" });
    await store.kill();
    const done: string[] = [];
    const working = opened.worker("w", async ({ data }) => {
      done.push(data.id);
      await Promise.resolve();
    });
    await expect.poll(() => heard.length, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(done).toEqual([]);
    store.start();
    await expect.poll(() => done, { timeout: 60_000 }).toEqual(["a"]);
    await (await working).close();
    await queue.close();
  });

  each("when somebody stops the run: it ends, and goes on later", async () => {
    store.start();
    const first = startRun(store.url, out);
    await expect.poll(first.started, { timeout: 120_000 }).toBe(2);
    await store.kill();
    await setTimeout(1000);
    first.child.kill("SIGINT");
    const code = await Promise.race([first.ended, setTimeout(60_000, "still there")]);
    expect(code, first.said()).toBe(130);
    expect(resultsIn(out).length).toBeLessThan(trials);
    store.start();
    const again = startRun(store.url, out);
    expect(await again.ended, again.said()).toBe(0);
    expect(finished(out)).toEqual(finished(quiet));
  });
});

test("a trial that fails whenever it is tried ends the run, and says why", async () => {
  const out = mkdtempSync(join(folder, "failing-"));
  const [id] = resultsIn(quiet);
  // Where the folder of its model should be is a file.
  mkdirSync(join(out, "trials", id), { recursive: true });
  writeFileSync(join(out, "trials", id, "model"), "");
  const args = ["run", "--config", config, "--out", out, "--workers", "2"];
  const ended = await runBenchProcess(args);
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.error).toMatch(/^bench: every trial must end, got β-VAE, latent 2, seed \d: /u);
  expect(resultsIn(out)).toHaveLength(trials - 1);
}, 300_000);

test.skipIf(!stores[0][2])(
  "a PostgreSQL that does not know the database is not tried again",
  async () => {
    const store = await postgresStore();
    store.start();
    const owner = { onError: () => undefined, signal: AbortSignal.timeout(60_000) };
    try {
      const opening = openQueue(store.url.replace(/postgres$/u, "nowhere"), owner);
      await expect(opening).rejects.toThrow(
        new Refusal('bench: --queue must let us in, got database "nowhere" does not exist'),
      );
    } finally {
      await store.remove();
    }
  },
  120_000,
);

test.skipIf(!stores[1][2])(
  "a Redis that does not know the password is not tried again",
  async () => {
    const store = await redisStore("secret");
    store.start();
    const owner = { onError: () => undefined, signal: AbortSignal.timeout(60_000) };
    try {
      const wrong = store.url.replace("secret", "guess");
      await expect(openQueue(wrong, owner)).rejects.toThrow(
        /^bench: --queue must let us in, got WRONGPASS /u,
      );
      await (await openQueue(store.url, owner)).queue.close();
    } finally {
      await store.remove();
    }
  },
  120_000,
);
