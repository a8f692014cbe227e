import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumArguments, chromiumFor } from "@elbo/test-utils";
import { chromium } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { LiveLog, readLive } from "../src/run/liveLog.ts";
import { liveFile, openStore } from "../src/run/store.ts";
import { stampOf, trialView } from "../src/serve/trialView.ts";
import { exampleTrial } from "./support/exampleResults.ts";
import { smallPlan } from "./support/queuedTrials.ts";
import { runBenchHere, spawnBench } from "./support/runBench.ts";
import type { ChildProcess } from "node:child_process";
import type { TrialView } from "../src/serve/trialView.ts";

const executablePath = chromiumFor("serve.test.ts opens the page");

const folder = mkdtempSync(join(tmpdir(), "elbo-serve-"));
const config = join(folder, "config.json");
writeFileSync(config, JSON.stringify({ ...smallPlan(2), trainExamples: 400, testExamples: 40 }));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** `bench serve` in a process of its own. */
function serve(out: string): Promise<Served> {
  const child = spawnBench(["serve", "--port", "0", "--out", out]);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return new Promise((resolve, reject) => {
    let said = "";
    child.once("exit", () => {
      reject(new Error(`bench serve ended: ${said}`));
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const url = /Open (\S+);/u.exec(said)?.[1];
      if (url !== undefined) resolve({ url, child, ended });
    });
  });
}

/** What `/events` says, as it comes. */
function listen(url: string): { readonly views: TrialView[]; readonly names: Set<string> } {
  const heard = { views: [] as TrialView[], names: new Set<string>() };
  get(new URL("/events", url), (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (more: string) => {
      const parts = (text + more).split("\n\n");
      text = parts.pop() ?? "";
      for (const part of parts) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/u.exec(part) ?? [];
        heard.names.add(name);
        if (name === "trial") heard.views.push(JSON.parse(data) as TrialView);
      }
    });
    response.on("error", () => undefined);
  }).on("error", () => undefined);
  return heard;
}

/** The answer to a request. */
const ask = (
  url: string,
  options: { readonly method?: string; readonly host?: string } = {},
): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { method = "GET", host = new URL(url).host } = options;
    request(url, { method, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });

describe("bench serve", () => {
  test("shows a run from before its plan to its report, and SIGTERM ends it with pages open", async () => {
    const out = join(folder, "run");
    const { url, child, ended } = await serve(out);
    const heard = listen(url);
    const browser =
      executablePath === undefined
        ? undefined
        : await chromium.launch({ executablePath, args: chromiumArguments });
    const page = await browser?.newPage({ viewport: { width: 390, height: 844 } });
    const complaints: string[] = [];
    page?.on("console", (message) => complaints.push(message.text()));
    page?.on("pageerror", (error) => complaints.push(error.message));
    await page?.goto(url);
    await page?.waitForSelector("text=This page follows the folder.");
    expect(await page?.textContent("h1")).toBeOneOf(["Waiting for a plan", undefined]);

    expect(await runBenchHere(["run", "--config", config, "--out", out])).toMatchObject({
      code: 0,
    });
    await page?.waitForSelector("text=2 of 2 trials finished, 0 running");
    await expect.poll(() => heard.views.filter(({ state }) => state === "finished").length).toBe(2);
    expect(heard.views.map(({ state }) => state)).toEqual(
      expect.arrayContaining(["waiting", "training", "finished"]),
    );
    const training = heard.views.filter(({ state }) => state === "training");
    for (const { points } of training)
      expect(points[0]).toMatchObject({ steps: 20 * 11, loss: expect.any(Number) as number });
    expect(heard.views.at(-1)?.figures[0]).toMatch(/^ELBO \(nats\) −\d+\.\d+$/u);
    expect(await page?.locator("li.card").count()).toBeOneOf([2, undefined]);
    expect(complaints).toEqual([]);
    expect(await page?.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeOneOf([
      0,
      undefined,
    ]);

    const { port } = new URL(url);
    expect(await ask(new URL("/report.html", url).href)).toBe(200);
    expect(await ask(new URL("/trials.jsonl", url).href)).toBe(404);
    expect(await ask(url, { method: "POST" })).toBe(405);
    expect(await ask(url, { host: `localhost:${port}` })).toBe(200);
    for (const host of [`evil.example:${port}`, "evil.example", `127.0.0.1.evil.example:${port}`])
      for (const path of ["/", "/events"])
        expect(await ask(new URL(path, url).href, { host })).toBe(403);
    const taken = await runBenchHere(["serve", "--out", out, "--port", port]);
    expect(taken.code).toBe(2);
    expect(taken.error).toMatch(/^bench serve: --port must be free on 127\.0\.0\.1, got \d+ \(/u);

    child.kill("SIGTERM");
    expect(await ended).toBe(process.platform === "win32" ? null : 0);
    await page?.waitForSelector("text=The server is gone");
    await browser?.close();
  }, 120_000);

  test("SIGINT ends it", async () => {
    const { child, ended } = await serve(join(folder, "empty"));
    child.kill("SIGINT");
    expect(await ended).toBe(process.platform === "win32" ? null : 0);
  });

  test("a port that is none is refused", async () => {
    const { code, error } = await runBenchHere(["serve", "--port", "http"]);
    expect(code).toBe(2);
    expect(error).toMatch(/^bench serve: --port must be an integer from 0 to 65535, got/u);
  });
});

describe("a training as it goes", () => {
  const store = openStore(join(folder, "log"));
  const trial = exampleTrial("vae", 1);
  const point = { steps: 100, loss: 3, imagesPerSecond: undefined };
  const path = join(store.trialDirectory(trial.id), liveFile);

  test("is read but for lines that a crash cut off, and after a resumption the later word counts", async () => {
    expect(readLive(store, trial.id)).toEqual([]);
    const log = new LiveLog(store, trial.id);
    log.say({ ...point, step: 10 });
    log.say({ ...point, step: 11 }); // just after the first: not written
    await log.end();
    expect(readLive(store, trial.id).map(({ step }) => step)).toEqual([10]);
    appendFileSync(path, `${JSON.stringify({ at: 1, ...point, step: 20 })}\n{"at":2,"st`);
    expect(readLive(store, trial.id).map(({ step }) => step)).toEqual([10, 20]);
    const resumed = new LiveLog(store, trial.id);
    resumed.say({ ...point, step: 15 }); // its line is joined to the one that was cut off
    await resumed.end();
    for (const step of [17, 19])
      appendFileSync(path, `${JSON.stringify({ at: 3, ...point, step })}\n`);
    appendFileSync(path, "null\n7\n");
    expect(readLive(store, trial.id).map(({ step }) => step)).toEqual([10, 17, 19]);
  });

  test("is told to go on where its log cannot be written", async () => {
    const log = new LiveLog(store, "other");
    rmSync(join(store.out, "trials", "other"), { recursive: true });
    log.say({ ...point, step: 1 });
    await log.end();
    expect(existsSync(join(store.out, "trials", "other"))).toBe(false);
  });

  test("has a view that says what cannot be read, and a stamp that changes with its files", () => {
    const before = stampOf(trial, store);
    expect(trialView(trial, store).state).toBe("training");
    mkdirSync(store.trialDirectory(trial.id), { recursive: true });
    writeFileSync(join(store.trialDirectory(trial.id), "result.json"), "{");
    expect(trialView(trial, store)).toMatchObject({ state: "unreadable" });
    expect(stampOf(trial, store)).not.toBe(before);
  });
});
