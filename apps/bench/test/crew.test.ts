/** The workers of a run: who cannot work ends it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, expect, test } from "vitest";
import { startCrew } from "../src/queue/crew.ts";
import { Refusal } from "../src/refusal.ts";
import { runBenchHere } from "./support/runBench.ts";
import type { CrewOptions } from "../src/queue/crew.ts";
import type { Writer } from "../src/writer.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-coordinate-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lines: string[] = [];
const writer: Writer = {
  line: (text = "") => lines.push(text),
  error: () => undefined,
  status: () => undefined,
  isInteractive: false,
  columns: 100,
};

const { execArgv } = process;
afterEach(() => {
  process.execArgv = execArgv;
});

/** Tends workers that Node starts with certain arguments, until that is refused. */
async function refusalOf(options: Partial<CrewOptions>, args: readonly string[]): Promise<unknown> {
  process.execArgv = [...args];
  const address = "postgres://nobody@127.0.0.1:1/none";
  const crew = startCrew({ count: 1, out: folder, address, writer, ...options });
  try {
    for (;;) {
      await setTimeout(20);
      crew.tend(false);
    }
  } catch (error) {
    return error;
  } finally {
    await crew.end();
  }
}

test("workers are told the folder of the files, and what they refuse ends the run", async () => {
  const out = join(folder, "plan");
  const planned = ["plan", "--models", "vae", "--seeds", "1", "--epochs", "1", "--out", out];
  expect(await runBenchHere(planned)).toMatchObject({ code: 0 });
  const loader = new URL("../../../scripts/typescript.mjs", import.meta.url).href;
  const error = await refusalOf({ out, folder }, ["--conditions=@elbo/source", "--import", loader]);
  expect(error).toBeInstanceOf(Refusal);
  expect((error as Error).message).toBe(
    "bench run: workers must be able to work, got one that ended: bench run: --folder must come with a set of files, got fashion-mini",
  );
});

test("workers that end by themselves again and again end the run", async () => {
  const error = await refusalOf({}, ["--no-such-option"]);
  expect((error as Error).message).toMatch(
    /^bench run: workers must be able to work, got one that ended: .*--no-such-option$/u,
  );
  expect(lines.filter((line) => line.endsWith("bad option: --no-such-option"))).toHaveLength(6);
});
