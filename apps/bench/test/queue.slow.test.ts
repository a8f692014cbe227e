import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enqueue, openQueue } from "../src/queue/queue.ts";
import { omit } from "../src/omit.ts";
import { runBenchProcess, spawnBench } from "./support/runBench.ts";
import { isInstalled, postgresStore, redisStore } from "./support/stores.ts";
import type { Results, SeedResult } from "../src/results/schema.ts";
import type { RealStore } from "./support/stores.ts";

/** How much is done and how often somebody is killed; more by the environment: 200 and 60 take some ten minutes for each store. */
const trials = Number(process.env["ELBO_QUEUE_TRIALS"] ?? 6);
const kills = Number(process.env["ELBO_QUEUE_KILLS"] ?? 3);

/** How long the store is away, in s; the lease of a worker is 15 s. */
const secondsAway = Number(process.env["ELBO_QUEUE_AWAY"] ?? 20);

const folder = mkdtempSync(join(tmpdir(), "elbo-queue-"));
const config = join(folder, "config.json");

const small = {
  models: [{ name: "vae", model: "beta-vae", options: { latent: 2 } }],
  seeds: Array.from({ length: trials }, (_, i) => i + 1),
  epochs: 20,
  trainExamples: 200,
  testExamples: 20,
  measures: ["bound"],
  network: "mlp",
  widths: [16],
  batchSize: 32,
  likelihoodSamples: 2,
  threads: 1,
};
writeFileSync(config, JSON.stringify(small));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The trials of a folder that have a result. */
const resultsIn = (out: string): string[] =>
  existsSync(join(out, "trials"))
    ? readdirSync(join(out, "trials")).filter((id) =>
        existsSync(join(out, "trials", id, "result.json")),
      )
    : [];

/** What must be equal of every trial: weights to the byte, and all numbers but times; a line for each part, so that a difference is seen. */
function finished(out: string): string[] {
  return resultsIn(out)
    .sort()
    .flatMap((id) => {
      const directory = join(out, "trials", id);
      const result = JSON.parse(readFileSync(join(directory, "result.json"), "utf8")) as SeedResult;
      const weights = readFileSync(join(directory, "model", "weights.safetensors"));
      const digest = createHash("sha256").update(weights).digest("hex");
      const parts = Object.entries(omit(result, "timing", "measured"));
      return [
        `${id} weights ${digest}`,
        ...parts.map(([name, value]) => `${id} ${name} ${JSON.stringify(value)}`),
      ];
    });
}

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

  test.each(stores.filter(([, make, isThere]) => isThere && make !== undefined))(
    "%s away for longer than a worker's lease: nobody ends, and every trial is done when it is back",
    async (_, make) => {
      const out = mkdtempSync(join(folder, "away-"));
      const store = await (make as () => Promise<RealStore>)();
      store.start();
      try {
        const args = ["--workers", "2", "--queue", store.url];
        const child = spawnBench(["run", "--config", config, "--out", out, ...args]);
        const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
        let said = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
        const started = (): number => said.match(/takes trials/gu)?.length ?? 0;
        await expect.poll(started, { timeout: 120_000 }).toBe(2);
        await store.kill();
        const left = (): number => trials - resultsIn(out).length;
        await new Promise((resolve) => setTimeout(resolve, 1000 * secondsAway));
        expect(left()).toBeGreaterThan(0);
        expect(child.exitCode).toBeNull();
        store.start();
        expect(await ended).toBe(0);
        // Both workers are the first ones: none had to be replaced.
        expect(started(), said).toBe(2);
        expect(finished(out)).toEqual(finished(quiet));
      } finally {
        await store.remove();
      }
    },
    600_000,
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

  test.skipIf(!isInstalled("redis-server"))(
    "two versions of elbo in one queue are refused",
    async () => {
      const store = await redisStore();
      store.start();
      const queue = await openQueue(store.url, () => undefined);
      const job = { id: "a", title: "A", seed: 1 };
      try {
        await enqueue(queue, [{ ...job, elbo: "0.0.1" }]);
        await expect(enqueue(queue, [{ ...job, id: "b", elbo: "0.0.2" }])).rejects.toThrow(
          "bench: all trials of a queue must be of one version of elbo (here 0.0.2), got one of 0.0.1",
        );
      } finally {
        await queue.close();
        await store.remove();
      }
    },
    60_000,
  );
});
