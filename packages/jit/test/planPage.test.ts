/** A plan in a page of one file, opened from the disk: no server, no TensorFlow.js. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromiumArguments, chromiumFor, emptyFolder } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { seeded } from "./mlpVae.ts";

const executablePath = chromiumFor("planPage.test.ts opens a plan in a page");

async function bundledRunner(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../src/run.ts", import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    globalName: "elbo",
    platform: "browser",
    conditions: ["@elbo/source"],
    logLevel: "error",
  });
  return outputFiles[0].text;
}

test.skipIf(executablePath === undefined)(
  "a page from file:// runs a plan with the bits of the portable engine, by at most 300 kB besides the plan",
  async () => {
    const weight = tf.variable(tf.tensor2d(Float32Array.from({ length: 400 }, seeded(1)), [20, 20])); // prettier-ignore
    const f = jit(
      ({ x }) => {
        const y = tf.sigmoid(tf.matMul(x, weight));
        return { y, sum: tf.sum(y, 1), larger: tf.greater(y, 0.5) };
      },
      { feeds: { x: { shape: [null, 20] } }, state: [weight], engine: "portable" },
    );
    const x = Float32Array.from({ length: 60 }, seeded(2));
    const expected = await f({ x });
    const plan = await f.toPlan({ batch: 3 });
    const runner = await bundledRunner();
    const kernels = await readFile(new URL("../native/built/wasm.wasm", import.meta.url));
    expect(runner.length + kernels.length).toBeLessThan(300_000);
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
    const page = `<!doctype html><title>plan</title><script>${runner}</script><script>
      const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      window.answer = elbo.loadPlan(bytes("${text(plan)}"), bytes("${text(kernels)}"))
        .then((plan) => plan.run({ x: Float32Array.from(${JSON.stringify([...x])}) }))
        .then((results) => Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]])));
    </script>`;
    const path = join(await emptyFolder(), "page.html");
    await writeFile(path, page);
    const browser = await chromium.launch({
      executablePath: executablePath as string,
      args: [...chromiumArguments],
    });
    try {
      const opened = await browser.newPage();
      await opened.goto(pathToFileURL(path).href);
      const answer = await opened.evaluate("window.answer");
      const wanted = Object.entries(expected).map(([name, { data }]) => [name, [...data]]);
      expect(answer).toEqual(Object.fromEntries(wanted));
    } finally {
      await browser.close();
      f.dispose();
      weight.dispose();
    }
  },
  60_000,
);
