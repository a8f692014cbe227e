/** Threads need built files on Nodes that do not read TypeScript, so all of this runs built. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { emptyFolder } from "@elbo/test-utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FromImageFolderOptions } from "../src/index.ts";
import { encodeJpeg, encodePng } from "./encode.ts";

// Below the package, so that sharp is found.
const built = fileURLToPath(
  new URL(`../node_modules/.cache/imageThreads-${String(process.pid)}`, import.meta.url),
);

beforeAll(async () => {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  await build({
    entryPoints: {
      main: at("./builtFolders.ts"),
      imageWorker: at("../src/node/images/imageWorker.ts"),
    },
    outdir: built,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@elbo/source"],
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
  });
  await writeFile(join(built, "package.json"), '{ "type": "module" }');
});
afterAll(() => {
  rmSync(built, { recursive: true, force: true });
});

async function read(folder: string, ways: readonly FromImageFolderOptions[]): Promise<unknown[]> {
  const args = [join(built, "main.js"), folder, JSON.stringify(ways)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as unknown[];
}

async function folderOf(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await emptyFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

test("any number of threads gives the same bytes", async () => {
  const files = Array.from({ length: 40 }, (_, i) => [
    `${String(i % 3)}/${String(i)}.${i % 2 === 0 ? "png" : "jpg"}`,
    i % 2 === 0
      ? encodePng(20 + i, 30, { channels: 3, first: i })
      : encodeJpeg(16, 8 + i, [i, 2 * i, 200 - i]),
  ]);
  const folder = await folderOf(Object.fromEntries(files) as Record<string, Uint8Array>);
  const options = { size: 16, channels: 3 } as const;
  for (const decoder of ["own", "sharp"] as const) {
    const ways = [1, 2, 5].map((threads) => ({ ...options, decoder, threads }));
    const [first, ...others] = await read(folder, ways);
    expect(first).toMatchObject({ shape: [36, 16, 16, 3], done: 40 });
    expect(others).toEqual([first, first]);
  }
});

test("a damaged file is named or passed over from a thread as from the main one", async () => {
  const folder = await folderOf({
    "a.png": encodePng(4, 4),
    "b.png": encodePng(4, 4).subarray(0, 50),
    "c.png": encodePng(4, 4, { first: 9 }),
    "d.png": encodePng(4, 4).subarray(0, 40),
  });
  const ways = [1, 2, 4].flatMap((threads) => [
    { decoder: "own", threads } as const,
    { decoder: "own", threads, onError: "skip", testFraction: 0 } as const,
  ]);
  const [message, skipped, ...fromThreads] = await read(folder, ways);
  expect(message).toContain(
    `fromImageFolder: every image must be readable, got ${join(folder, "b.png")} (`,
  );
  expect(skipped).toMatchObject({ shape: [2, 4, 4, 1], done: 4, skipped: 2 });
  expect(fromThreads).toEqual([message, skipped, message, skipped]);
});
