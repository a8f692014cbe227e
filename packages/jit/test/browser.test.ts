import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumArguments, expectClose, findChromium } from "@elbo/test-utils";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JitOptions } from "../src/index.ts";
import { trainingRun } from "./trainingRun.ts";

const executablePath = findChromium();
const runtimeFiles = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));

/** The same files twice: threads may share memory in pages of the first server, and not in those of the second. */
let isolated: Server, plain: Server;
let browser: Browser;

/** The worker as a browser reads it. */
async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./browser/worker.ts", import.meta.url))],
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

interface Answer {
  readonly losses: number[];
  readonly weights: Float32Array[];
  readonly engine: string;
  readonly threads?: number;
  readonly error?: string;
}

async function trainInWorker(
  options: Partial<JitOptions>,
  steps: number,
  { server = isolated, messages = [] as string[] } = {},
): Promise<Answer> {
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

const name = executablePath
  ? (what: string) => what
  : (what: string) => `${what} (skipped: no Chromium found; set CHROMIUM)`;

beforeAll(async () => {
  if (executablePath === undefined) return;
  const bundle = await bundleWorker();
  isolated = await serve(bundle, { isolates: true });
  plain = await serve(bundle, { isolates: false });
  browser = await chromium.launch({
    executablePath,
    args: [
      ...chromiumArguments.filter((argument) => argument !== "--disable-gpu"),
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
    ],
  });
}, 60_000);

afterAll(async () => {
  if (executablePath === undefined) return;
  await browser.close();
  isolated.close();
  plain.close();
});

test.skipIf(executablePath === undefined)(
  name("50 steps in a browser's worker, on one and two threads, match Node's losses"),
  async () => {
    const here = await trainingRun({ engine: "native", threads: 1 }, 50);
    for (const threads of ["auto", 2] as const) {
      const there = await trainInWorker({ engine: "auto", threads }, 50);
      expect(there.engine).toBe("wasm on cpu");
      expectClose(there.losses, here.losses, { rtol: 1e-4 });
    }
  },
  120_000,
);

test.skipIf(executablePath === undefined)(
  name("a page that is not isolated trains on one thread, the same bits, without a word"),
  async () => {
    const shared = await trainInWorker({ engine: "auto", threads: 2 }, 10);
    expect(shared.threads).toBe(2);
    for (const threads of ["auto", 2] as const) {
      const messages: string[] = [];
      const there = await trainInWorker({ engine: "auto", threads }, 10, {
        server: plain,
        messages,
      });
      expect([there.engine, there.threads, messages]).toEqual(["wasm on cpu", 1, []]);
      expect(there.losses).toEqual(shared.losses);
      expect(there.weights).toEqual(shared.weights);
    }
  },
  120_000,
);

test.skipIf(executablePath === undefined)(
  name("10 steps on the portable engine leave the same bits in a browser and in Node"),
  async () => {
    const here = await trainingRun({ engine: "portable" }, 10);
    const there = await trainInWorker({ engine: "portable" }, 10);
    expect(there.losses).toEqual(here.losses);
    expect(there.weights).toEqual(here.weights);
  },
  120_000,
);

test.skipIf(executablePath === undefined)(
  name("10 steps on WebGPU, state staying on the device, match the CPU's losses"),
  async () => {
    const there = await trainInWorker({ engine: "onnx", device: "webgpu" }, 10);
    expect(there.engine).toBe("onnx on webgpu");
    const here = await trainingRun({ engine: "native", threads: 1 }, 10);
    expectClose(there.losses, here.losses, { rtol: 1e-3 });
  },
  120_000,
);
