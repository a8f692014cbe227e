import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { coordinate } from "../src/queue/coordinate.ts";
import { startLocalStore } from "../src/queue/localStore.ts";
import { enqueue, openQueue } from "../src/queue/queue.ts";
import { openStore } from "../src/run/store.ts";
import { createWriter } from "../src/writer.ts";
import { finished, smallPlan } from "./support/queuedTrials.ts";
import { runBenchProcess, spawnBench } from "./support/runBench.ts";
import { isInstalled, postgresStore, redisStore } from "./support/stores.ts";
import type { Results } from "../src/results/schema.ts";
import type { RealStore } from "./support/stores.ts";

/** How much is done and how often somebody is killed; more by the environment: 200 and 60 take some ten minutes for each store. */
const trials = Number(process.env["ELBO_QUEUE_TRIALS"] ?? 6);
const kills = Number(process.env["ELBO_QUEUE_KILLS"] ?? 3);

const folder = mkdtempSync(join(tmpdir(), "elbo-queue-"));
const config = join(folder, "config.json");

const small = smallPlan(trials);
writeFileSync(config, JSON.stringify(small));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs over a queue while workers, and the store if there is one to kill, die at random. */
async function runDisturbed(
  out: string,
  args: readonly string[],
  store?: RealStore,
): Promise<number | null> {
  const child = spawnBench(["run", "--config", config, "--out", out, "--workers", "3", ...args]);
  const alive = new Set<number>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const [, pid] of text.matchAll(/-(\d+) takes trials/gu)) alive.add(Number(pid));
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let killed = 0;
  let state = 12345;
  const timer = setInterval(() => {
    if (killed >= kills || alive.size === 0) return;
    state = (1103515245 * state + 12345) % 2 ** 31;
    killed++;
    if (store !== undefined && killed % 3 === 0) {
      void store.kill().then(() => {
        store.start();
      });
      return;
    }
    const victim = [...alive][state % alive.size];
    alive.delete(victim);
    try {
      process.kill(victim, "SIGKILL");
    } catch {
      // It had ended.
    }
  }, 1500);
  const code = await ended;
  clearInterval(timer);
  expect(killed).toBeGreaterThan(0);
  return code;
}

const stores = [
  ["PGlite in the command's own process", undefined, true],
  ["PostgreSQL", postgresStore, isInstalled("postgres") && isInstalled("initdb")],
  ["Redis", redisStore, isInstalled("redis-server")],
] as const;

for (const [name, , isThere] of stores)
  if (!isThere) process.stderr.write(`\nSKIPPED: queue.slow.test.ts needs ${name} installed.\n\n`);

describe("trials over a queue", () => {
  const quiet = join(folder, "quiet");

  beforeAll(async () => {
    const ended = await runBenchProcess(["run", "--config", config, "--out", quiet]);
    expect(ended).toMatchObject({ code: 0, error: "" });
  }, 600_000);

  test.each(stores.filter(([, , isThere]) => isThere))(
    "%s: whoever is killed, every trial ends once with the bytes of an undisturbed run",
    async (_, make) => {
      const out = mkdtempSync(join(folder, "out-"));
      const store = await make?.();
      store?.start();
      try {
        const args = store === undefined ? [] : ["--queue", store.url];
        expect(await runDisturbed(out, args, store)).toBe(0);
        expect(finished(out)).toEqual(finished(quiet));
      } finally {
        await store?.remove();
      }
    },
    1_800_000,
  );

  test("a halving search gives up the same settings over a queue as in one process", async () => {
    const search = join(folder, "search.json");
    writeFileSync(
      search,
      JSON.stringify({
        ...small,
        models: [{ model: "beta-vae", options: { latent: 2, beta: { choices: [0.5, 1, 2, 8] } } }],
        seeds: [1, 2],
        epochs: 8,
        halving: { epochs: 2, factor: 2 },
      }),
    );
    const outs = [join(folder, "halved"), join(folder, "halved-together")];
    for (const [i, out] of outs.entries()) {
      const args = ["run", "--config", search, "--out", out, "--workers", String(i + 1)];
      expect(await runBenchProcess(args)).toMatchObject({ code: 0 });
    }
    const [alone, together] = outs.map((out) => [
      (JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results).givenUp,
      finished(out),
    ]);
    expect(alone[0]).toHaveLength(3);
    expect((alone[1] as string[]).filter((line) => line.includes(" weights "))).toHaveLength(2);
    expect(together).toEqual(alone);
  }, 300_000);

  test("a queue that loses its trials gets them again", async () => {
    const local = await startLocalStore();
    const out = join(folder, "lost");
    const child = spawnBench([
      ...["run", "--config", config, "--out", out],
      ...["--workers", "2", "--queue", local.url],
    ]);
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    try {
      while (!said.includes("finished")) await setTimeout(50);
      const signal = AbortSignal.timeout(30_000);
      const { queue } = await openQueue(local.url, { onError: () => undefined, signal });
      await queue.obliterate({ force: true });
      await queue.close();
      expect(await ended).toBe(0);
      expect(said).toContain("The queue has lost its trials; they are put there again.");
      expect(finished(out)).toEqual(finished(quiet));
    } finally {
      child.kill("SIGKILL");
      await local.close();
    }
  }, 120_000);

  test("trials of another plan that have failed stay in the queue", async () => {
    const local = await startLocalStore();
    const signal = AbortSignal.timeout(20_000);
    const around = { onError: () => undefined, signal };
    try {
      const connection = await openQueue(local.url, around);
      const data = { id: "theirs", title: "Theirs", seed: 1, elbo: "0.1.0" };
      await connection.queue.add("trial", data, { jobId: "theirs" });
      const worker = await connection.worker("one", () => Promise.reject(new Error("no luck")));
      while ((await connection.queue.getFailed()).length === 0) await setTimeout(50);
      await worker.close();
      const store = openStore(join(folder, "ours"));
      const { url } = local;
      const writer = createWriter();
      expect(await coordinate({ trials: [], store, writer, signal, workers: 0, url })).toEqual([]);
      const failed = await connection.queue.getFailed();
      expect(failed.map((job) => [job.data.id, job.failedReason])).toEqual([["theirs", "no luck"]]);
      await connection.queue.close();
    } finally {
      await local.close();
    }
  });

  test.skipIf(process.platform === "win32")(
    "a worker that slept until its trial was another's leaves it to that one",
    async () => {
      const long = join(folder, "sleep.json");
      writeFileSync(long, JSON.stringify(smallPlan(1, 4000)));
      const out = join(folder, "slept");
      const child = spawnBench(["run", "--config", long, "--out", out, "--workers", "2"]);
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      const live = (): number => {
        const [id] = existsSync(join(out, "trials")) ? readdirSync(join(out, "trials")) : [];
        const path = join(out, "trials", id ?? "", "live.jsonl");
        return id !== undefined && existsSync(path) ? statSync(path).mtimeMs : 0;
      };
      const both = /-(\d+) takes trials[^]*-(\d+) takes trials/u;
      while (!both.test(said) || live() === 0) await setTimeout(50);
      const [, ...pids] = both.exec(said) ?? [];
      // Whoever has the trial stands still when he sleeps.
      for (const pid of pids.map(Number)) {
        process.kill(pid, "SIGSTOP");
        const before = live();
        await setTimeout(2500);
        const isHis = live() === before;
        if (isHis) while (live() === before) await setTimeout(50);
        process.kill(pid, "SIGCONT");
        if (isHis) break;
      }
      expect(await ended).toBe(0);
      expect(said).toContain("its trial was taken for lost and is another's now.");
      expect(said.match(/: finished/gu)).toHaveLength(1);
    },
    120_000,
  );

  test("workers end where the run that started them was killed", async () => {
    const long = join(folder, "long.json");
    writeFileSync(long, JSON.stringify(smallPlan(2, 5000)));
    const run = ["run", "--config", long, "--out", join(folder, "killed"), "--workers", "2"];
    const child = spawnBench(run);
    const workers = new Set<number>();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      for (const [, pid] of text.matchAll(/-(\d+) takes trials/gu)) workers.add(Number(pid));
    });
    while (workers.size < 2) await setTimeout(50);
    child.kill("SIGKILL");
    const isThere = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    while ([...workers].some(isThere)) await setTimeout(50);
  }, 60_000);

  test.skipIf(!isInstalled("redis-server"))(
    "two versions of elbo in one queue are refused",
    async () => {
      const store = await redisStore();
      store.start();
      const signal = AbortSignal.timeout(30_000);
      const queue = await openQueue(store.url, { onError: () => undefined, signal });
      const job = { id: "a", title: "A", seed: 1 };
      try {
        await enqueue(queue, [{ ...job, elbo: "0.0.1" }]);
        await expect(enqueue(queue, [{ ...job, id: "b", elbo: "0.0.2" }])).rejects.toThrow(
          "bench: all trials of a queue must be of one version of elbo (here 0.0.2), got one of 0.0.1",
        );
      } finally {
        await queue.queue.close();
        await store.remove();
      }
    },
    60_000,
  );
});
