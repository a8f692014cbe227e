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

let server: Server;
let browser: Browser;

/** Serves a blank page, the worker's bundle and the files of onnxruntime-web. */
async function serve(): Promise<Server> {
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
  const started = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    // With these two, threads may share memory.
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (path === "/") {
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>jit</title>");
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
  readonly error?: string;
}

async function trainInWorker(options: Partial<JitOptions>, steps: number): Promise<Answer> {
  const page = await browser.newPage();
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
  server = await serve();
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
  server.close();
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
