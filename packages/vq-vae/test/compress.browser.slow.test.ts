import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { chromiumArguments, findChromium } from "@elbo/test-utils";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { codesIn, compressed } from "./browser/compressed.ts";

const executablePath = findChromium();
const skipped = executablePath === undefined ? " (skipped: no Chromium found; set CHROMIUM)" : "";

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./browser/worker.ts", import.meta.url))],
    bundle: true,
    platform: "browser",
    conditions: ["@elbo/source"],
    format: "esm",
    loader: { ".wasm": "binary" },
    write: false,
    outfile: "worker.js",
    logLevel: "error",
  });
  return outputFiles[0].text;
}

interface Answer {
  readonly written: Awaited<ReturnType<typeof compressed>>;
  readonly codes: number[];
  readonly error?: string;
}

test.skipIf(executablePath === undefined)(
  `Chromium writes the bytes that Node writes, and reads what Node wrote${skipped}`,
  async () => {
    const worker = await bundle();
    const here = await compressed();
    const server = createServer((request, response) => {
      if (request.url === "/worker.js") {
        response.setHeader("Content-Type", "text/javascript").end(worker);
      } else
        response.setHeader("Content-Type", "text/html").end("<!doctype html><title>vq</title>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...chromiumArguments],
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const answer = await page.evaluate(
        (bytes) =>
          new Promise<Answer>((resolve, reject) => {
            const started = new Worker("/worker.js", { type: "module" });
            started.onmessage = (event: MessageEvent<Answer>) => {
              resolve(event.data);
            };
            started.onerror = (event) => {
              reject(new Error(event.message));
            };
            started.postMessage({ bytes });
          }),
        here.pixelcnn,
      );
      expect(answer.error).toBeUndefined();
      expect(answer.written).toEqual(here);
      expect(answer.codes).toEqual(await codesIn(here.pixelcnn));
    } finally {
      await browser.close();
      server.close();
    }
  },
  120_000,
);
