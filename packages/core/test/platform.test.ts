import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, expect, test, vi } from "vitest";
import * as browser from "../src/platform/browser.ts";
import * as node from "../src/platform/node.ts";
import { version } from "../src/index.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("both platforms offer the same functions", () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
});

test("nothing of Node reaches a browser's bundle", async () => {
  // `platform: "browser"` fails on every import of node:.
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    conditions: ["@elbo/source"],
    external: ["@tensorflow/*", "onnxruntime-*"],
    loader: { ".wasm": "binary" },
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.endsWith("platform/browser.ts"))).toBe(true);
  expect(inputs.some((path) => path.endsWith("platform/node.ts"))).toBe(false);
});

test("a browser reads by fetch, and a missing file is none", async () => {
  const answers: Record<string, Response> = {
    "models/a/model.json": new Response("{}"),
    "models/a/none": new Response("", { status: 404 }),
    "models/a/broken": new Response("", { status: 500 }),
  };
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(answers[path]));
  expect(browser.joinPath("models/a/", "model.json")).toBe("models/a/model.json");
  const read = (path: string): Promise<Uint8Array | undefined> =>
    browser.readBytes({ fn: "loadModel", path });
  expect(await read("models/a/model.json")).toEqual(Uint8Array.of(123, 125));
  expect(await read("models/a/none")).toBeUndefined();
  await expect(read("models/a/broken")).rejects.toThrow(
    "loadModel: models/a/broken must be readable, got status 500",
  );
  await expect(browser.makeDirectory({ fn: "save", name: "directory" }, "x")).rejects.toThrow(
    "save: files can be written in Node only",
  );
});

test("yielding lets timers run on both platforms", async () => {
  for (const { yieldToEventLoop } of [node, browser]) {
    let ran = false;
    setTimeout(() => (ran = true), 0);
    const start = performance.now();
    while (!ran && performance.now() - start < 1000) await yieldToEventLoop();
    expect(ran).toBe(true);
  }
});

/** An error as Node gives it for a file that somebody else has open on Windows. */
const busy = Object.assign(new Error("EPERM: operation not permitted, rename"), { code: "EPERM" });

test.each([
  ["win32", 3],
  ["linux", 1],
])("a rename that is refused is tried again on Windows only: %s", async (platform, calls) => {
  vi.stubGlobal("process", { ...process, platform });
  const rename = vi.spyOn(fs, "rename");
  const directory = await mkdtemp(join(tmpdir(), "elbo-rename-"));
  try {
    const [from, to] = ["a", "b"].map((name) => join(directory, name));
    await writeFile(from, "new");
    await writeFile(to, "old");
    rename.mockRejectedValueOnce(busy).mockRejectedValueOnce(busy);
    syncBuiltinESMExports(); // for those who import the function by its name
    const renamed = node.rename({ fn: "save", path: from }, to).then(() => "renamed", String);
    const refused = `Error: save: ${to} must be a file that can be replaced, got EPERM`;
    expect(await renamed).toBe(platform === "win32" ? "renamed" : refused);
    expect(await readFile(to, "utf8")).toBe(platform === "win32" ? "new" : "old");
    expect(rename).toHaveBeenCalledTimes(calls);
  } finally {
    rename.mockRestore();
    syncBuiltinESMExports();
    await rm(directory, { recursive: true });
  }
});

test("the version is that of package.json", async () => {
  const { default: description } = (await import("../package.json", {
    with: { type: "json" },
  })) as {
    default: { version: string };
  };
  expect(version).toBe(description.version);
});
