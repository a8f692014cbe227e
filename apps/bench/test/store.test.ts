import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../src/run/store.ts";
import { exampleResults, exampleTrial } from "./support/exampleResults.ts";

const [result] = exampleResults().models[1].seeds;
const trial = exampleTrial("vae", 1);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "elbo-store-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("openStore", () => {
  test("makes no folder for who only reads", () => {
    const none = join(folder, "none");
    expect(openStore(none).readPlan()).toBeUndefined();
    expect(existsSync(none)).toBe(false);
  });

  test("a finished trial is found again with equal numbers, an unfinished one is not", async () => {
    const store = openStore(folder);
    expect(store.readResult(trial.id)).toBeUndefined();
    await store.writeResult(trial, result);
    expect(openStore(folder).readResult(trial.id)).toEqual(result);
    expect(store.readResult(exampleTrial("vae", 2).id)).toBeUndefined();
  });

  test("finishing removes the checkpoint and leaves no temporary file", async () => {
    const store = openStore(folder);
    const directory = store.trialDirectory(trial.id);
    mkdirSync(join(directory, "checkpoint"));
    await store.writeTrialFile(trial.id, "samples.png", Uint8Array.of(1, 2));
    await store.writeResult(trial, result);
    expect(readdirSync(directory).sort()).toEqual(["result.json", "samples.png", "trial.json"]);
    expect(store.readTrialFile(trial.id, "samples.png")).toEqual(Buffer.of(1, 2));
  });

  test("a plan is read as it was written, and none is none", async () => {
    const store = openStore(folder);
    expect(store.readPlan()).toBeUndefined();
    const plan = [trial, exampleTrial("cvae", 3)];
    await store.writePlan(plan, "bench plan");
    expect(openStore(folder).readPlan()).toEqual(plan);
    writeFileSync(join(folder, "trials.jsonl"), `${JSON.stringify(trial)}\n{"id":`);
    expect(() => store.readPlan()).toThrow(/every line of \S+ must be JSON, got line 2/u);
  });

  test("a fresh start discards what the bench wrote and nothing else", async () => {
    const before = openStore(folder);
    await before.writePlan([trial], "bench plan");
    await before.writeResult(trial, result);
    writeFileSync(join(folder, "notes.txt"), "mine");
    const store = openStore(folder, { isFresh: true });
    expect(store.readResult(trial.id)).toBeUndefined();
    expect(store.readPlan()).toBeUndefined();
    expect(existsSync(join(folder, "notes.txt"))).toBe(true);
  });

  test("a file in the place of the folder is refused", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => openStore(file)).toThrow(/--out must be a folder, got the file/u);
  });
});
