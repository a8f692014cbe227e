import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type { Evaluation, History } from "../src/index.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

/** Runs an example beside the tests, against the sources. */
async function run(code: string, name: string): Promise<Record<string, unknown>> {
  const directory = await mkdtemp(join(tmpdir(), "elbo-readme-"));
  const file = fileURLToPath(new URL(`./readme.${name}.${process.pid}.tmp.ts`, import.meta.url));
  try {
    const local = code.replaceAll('"@elbo/core"', '"../src/index.ts"');
    // Backslashes, which Windows has in paths, would be escapes.
    const runs = directory.replaceAll("\\", "/");
    await writeFile(file, local.replaceAll('"runs/', `"${runs}/`));
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
  } finally {
    await rm(file, { force: true });
    await rm(directory, { recursive: true, force: true });
  }
}

test("there are two examples", () => {
  expect(blocks).toHaveLength(2);
});

test("the first example trains, measures, samples, saves and loads", async () => {
  const { elbo, nll, bars, again, history } = (await run(blocks[0], "first")) as {
    elbo: Evaluation[string];
    nll: Evaluation[string];
    bars: { shape: number[] };
    again: { kind: string };
    history: History;
  };
  expect(nll.mean).toBeLessThan(-elbo.mean);
  expect(history.epochs).toHaveLength(20);
  expect(bars.shape).toEqual([16, 8, 8, 1]);
  expect(again.kind).toBe("plain-vae");
});

test("a variant of one's own takes under 60 lines, and learns", async () => {
  const scheme = blocks[1].slice(blocks[1].indexOf("interface"), blocks[1].indexOf("const data"));
  expect(scheme.split("\n").length).toBeLessThan(60);
  const { history, scores, bars } = (await run(blocks[1], "second")) as {
    history: History;
    scores: Evaluation;
    bars: { shape: number[] };
  };
  const elbos = history.epochs.map(({ validation }) => validation?.["elbo"] ?? NaN);
  expect(elbos[19]).toBeGreaterThan(elbos[0] + 3);
  expect(scores["nll"].mean).toBeLessThan(-scores["elbo"].mean);
  expect(bars.shape).toEqual([4, 8, 8, 1]);
});
