import { readFile } from "node:fs/promises";
import { runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";
import type { Evaluation, History } from "../src/index.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

/** Runs an example against the sources. */
const run = (example: number): Promise<Record<string, unknown>> =>
  runReadmeExample({
    url: import.meta.url,
    example,
    replace: { '"@elbo/core"': '"../src/index.ts"' },
  });

test("there are two examples", () => {
  expect(blocks).toHaveLength(2);
});

test("the first example trains, measures, samples, saves and loads", async () => {
  const { elbo, nll, bars, again, history } = (await run(0)) as {
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
  const { history, scores, bars } = (await run(1)) as {
    history: History;
    scores: Evaluation;
    bars: { shape: number[] };
  };
  const elbos = history.epochs.map(({ validation }) => validation?.["elbo"] ?? NaN);
  expect(elbos[19]).toBeGreaterThan(elbos[0] + 3);
  expect(scores["nll"].mean).toBeLessThan(-scores["elbo"].mean);
  expect(bars.shape).toEqual([4, 8, 8, 1]);
});
