import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../src/run/store.ts";
import { exampleResults } from "./support/exampleResults.ts";

const [result] = exampleResults().models[1].seeds;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "elbo-store-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("openStore", () => {
  test("a finished training is found again with equal numbers, an unfinished one is not", async () => {
    const store = await openStore(folder, { epochs: 1 });
    expect(store.readUnit("vae", 1)).toBeUndefined();
    await store.finishUnit(result);
    expect((await openStore(folder, { epochs: 1 })).readUnit("vae", 1)).toEqual(result);
    expect(store.readUnit("vae", 2)).toBeUndefined();
  });

  test("finishing removes the checkpoint and leaves no temporary file", async () => {
    const store = await openStore(folder, { epochs: 1 });
    const directory = store.unitDirectory("vae", 1);
    mkdirSync(join(directory, "checkpoint"));
    await store.writeUnitFile({ model: "vae", seed: 1 }, "samples.png", Uint8Array.of(1, 2));
    await store.finishUnit(result);
    expect(readdirSync(directory).sort()).toEqual(["result.json", "samples.png"]);
    expect(store.readUnitFile({ model: "vae", seed: 1 }, "samples.png")).toEqual(Buffer.of(1, 2));
  });

  test("another protocol is refused with the entry that differs, and nothing is touched", async () => {
    await (await openStore(folder, { epochs: 1, latent: 8 })).finishUnit(result);
    await expect(openStore(folder, { epochs: 2, latent: 8 })).rejects.toThrow(
      /--out must be a folder without results of another configuration, got \S+, whose results have epochs 1 where this run has 2; give another --out, or --fresh/u,
    );
    expect((await openStore(folder, { epochs: 1, latent: 8 })).readUnit("vae", 1)).toEqual(result);
  });

  test("a fresh start discards what the bench wrote and nothing else", async () => {
    await (await openStore(folder, { epochs: 1 })).finishUnit(result);
    writeFileSync(join(folder, "notes.txt"), "mine");
    const store = await openStore(folder, { epochs: 2 }, { isFresh: true });
    expect(store.readUnit("vae", 1)).toBeUndefined();
    expect(existsSync(join(folder, "notes.txt"))).toBe(true);
  });

  test("a file in the place of the folder is refused", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(openStore(file, {})).rejects.toThrow(/--out must be a folder, got the file/u);
  });
});
