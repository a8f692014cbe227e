import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumArguments, findChromium } from "@elbo/test-utils";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import type { JitOptions } from "../../src/index.ts";

/** @file Training in the worker of a page in Chromium, for tests. */

const executablePath = findChromium();
const runtimeFiles = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));

/** The same files twice: threads may share memory in pages of the first server, and not in those of the second. */
let isolated: Server, plain: Server;
let browser: Browser;

/** The worker as a browser reads it. */
async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../browser/worker.ts", import.meta.url))],
    bundle: true,
    platform: "browser",
    conditions: ["@elbo/source", "onnxruntime-web-use-extern-wasm"],
    format: "esm",
    loader: { ".wasm": "binary" },
    write: false,
    outfile: "worker.js",
    logLevel: "error",
  });
  const bundle = outputFiles[0].text;
  expect(bundle).not.toMatch(/from\s*["']node:|import\(["']node:|require\(["']node:/);
  return bundle;
}

/** Serves a blank page, the worker's bundle and the files of onnxruntime-web. */
async function serve(bundle: string, { isolates }: { isolates: boolean }): Promise<Server> {
  const started = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (isolates) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    if (path === "/") {
      const icon = '<link rel="icon" href="data:,">'; // or the browser asks for one
      response
        .setHeader("Content-Type", "text/html")
        .end(`<!doctype html><title>jit</title>${icon}`);
    } else if (path === "/worker.js") {
      response.setHeader("Content-Type", "text/javascript").end(bundle);
    } else {
      const type = path.endsWith(".wasm") ? "application/wasm" : "text/javascript";
      readFile(join(runtimeFiles, path)).then(
        (content) => response.setHeader("Content-Type", type).end(content),
        () => response.writeHead(404).end(),
      );
    }
  });
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return started;
}

/** What the run in the worker came to. */
export interface Answer {
  readonly losses: number[];
  readonly weights: Float32Array[];
  readonly engine: string;
  readonly threads?: number;
  readonly error?: string;
}

/**
 * The training run of `trainingRun.ts` in a worker.
 *
 * @param isIsolated whether the page may share memory with its workers
 * @param messages gets what the page prints
 */
export async function trainInWorker(
  options: Partial<JitOptions>,
  steps: number,
  { isIsolated = true, messages = [] as string[] } = {},
): Promise<Answer> {
  const server = isIsolated ? isolated : plain;
  const page = await browser.newPage();
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(error.message));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const answer = await page.evaluate(
    (message) =>
      new Promise<Answer>((resolve, reject) => {
        const worker = new Worker("/worker.js", { type: "module" });
        worker.onmessage = (event: MessageEvent<Answer>) => {
          resolve(event.data);
        };
        worker.onerror = (event) => {
          reject(new Error(event.message));
        };
        worker.postMessage(message);
      }),
    { options, steps },
  );
  await page.close();
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

/** Whether there is no Chromium, and what the names of tests then say. */
export const noChromium = executablePath === undefined;

/** The name of a test, with the reason where it is skipped. */
export const named = (what: string): string =>
  noChromium ? `${what} (skipped: no Chromium found; set CHROMIUM)` : what;

/** Starts Chromium and its servers before the tests of a file and ends them after these; `withWebgpu` on a software adapter. */
export function useChromium({ withWebgpu = false } = {}): void {
  beforeAll(async () => {
    if (executablePath === undefined) return;
    const bundle = await bundleWorker();
    isolated = await serve(bundle, { isolates: true });
    plain = await serve(bundle, { isolates: false });
    browser = await chromium.launch({
      executablePath,
      args: withWebgpu
        ? [
            ...chromiumArguments.filter((argument) => argument !== "--disable-gpu"),
            "--enable-unsafe-webgpu",
            "--use-webgpu-adapter=swiftshader",
          ]
        : [...chromiumArguments],
    });
  }, 60_000);
  afterAll(async () => {
    if (executablePath === undefined) return;
    await browser.close();
    isolated.close();
    plain.close();
  });
}
