import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { emptyFolder } from "@elbo/test-utils";
import { beforeAll, expect, test } from "vitest";
import { send, serve } from "./server.ts";

const content = Uint8Array.from(randomBytes(2_000_000));
const digest = createHash("sha256").update(content).digest("hex");
let worker = "";

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./downloadWorker.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    // undici is CommonJS and requires Node's own modules.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    write: false,
  });
  worker = outputFiles[0]?.text ?? "";
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

async function start(folder: string, address: string): Promise<Run> {
  const script = join(folder, "worker.mjs");
  if (!existsSync(script)) await writeFile(script, worker);
  const child = fork(script, [address, join(folder, "data.bin"), digest], { stdio: "pipe" });
  return { child, ended: new Promise((resolve) => child.on("exit", resolve)) };
}

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name !== "worker.mjs").sort();
}

test("a process that is killed in the middle leaves no file, and the next one goes on from there", async () => {
  const folder = await emptyFolder();
  const { address, ranges } = await serve((request, response, count) => {
    send(request, response, { content, ...(count === 0 ? { stallAfter: 1_000_000 } : {}) });
  });
  const first = await start(folder, address);
  const arrived = async (): Promise<number> => {
    const names = await readdir(folder);
    const part = names.find((name) => name.endsWith(".part"));
    return part === undefined ? 0 : (await readFile(join(folder, part))).length;
  };
  // A slow machine takes seconds to start a process.
  await expect.poll(arrived, { timeout: 30_000 }).toBe(1_000_000);
  first.child.kill("SIGKILL");
  await first.ended;
  expect(existsSync(join(folder, "data.bin"))).toBe(false);

  const second = await start(folder, address);
  expect(await second.ended).toBe(0);
  expect(Buffer.compare(await readFile(join(folder, "data.bin")), content)).toBe(0);
  expect(await filesOf(folder)).toEqual(["data.bin"]);
  expect(ranges).toEqual(["all", "bytes=1000000-"]);
});

test("processes at once fetch one file once", async () => {
  const folder = await emptyFolder();
  const { address, ranges } = await serve((request, response) => {
    // Long enough for all of them to arrive.
    setTimeout(() => send(request, response, { content }), 700);
  });
  const runs = [
    await start(folder, address),
    await start(folder, address),
    await start(folder, address),
  ];
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  expect(Buffer.compare(await readFile(join(folder, "data.bin")), content)).toBe(0);
  expect(await filesOf(folder)).toEqual(["data.bin"]);
  expect(ranges).toEqual(["all"]);
});

test("processes that are killed at random times never leave a wrong file", async () => {
  const folder = await emptyFolder();
  const { address } = await serve((request, response, count) => {
    if (count % 3 === 1) send(request, response, { content: content.map((byte) => byte ^ 1) });
    else send(request, response, { content, cutAfter: 700_000 });
  });
  for (let round = 0; round < 4; round++) {
    const runs = [await start(folder, address), await start(folder, address)];
    setTimeout(() => runs[0]?.child.kill("SIGKILL"), 150 + 60 * round);
    await Promise.all(runs.map(({ ended }) => ended));
    if (existsSync(join(folder, "data.bin"))) {
      expect(Buffer.compare(await readFile(join(folder, "data.bin")), content)).toBe(0);
    }
  }
});
