import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test, vi } from "vitest";
import { inflate } from "../src/formats/inflate.ts";
import { sprites } from "../src/index.ts";
import { loadPublished, readBundled, readBytes, readImageFolder } from "../src/platformBrowser.ts";

/** The public interface as a bundler for browsers sees it. */
async function bundle(): Promise<{ code: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
    bundle: true,
    platform: "browser",
    conditions: ["@elbo/source", "browser"],
    format: "esm",
    metafile: true,
    write: false,
  });
  return { code: outputFiles[0]?.text ?? "", inputs: Object.keys(metafile.inputs) };
}

test("a bundle for browsers holds nothing of Node and generates the same sprites", async () => {
  const { code, inputs } = await bundle();
  expect(code).not.toMatch(/["']node:/u);
  expect(inputs.filter((input) => /undici|src\/node\//u.test(input))).toEqual([]);
  const file = join(await emptyFolder(), "bundle.mjs");
  await writeFile(file, code);
  const module = (await import(pathToFileURL(file).href)) as { sprites: typeof sprites };
  expect(module.sprites({ count: 10, seed: 5 })).toEqual(sprites({ count: 10, seed: 5 }));
});

test("bundled files come by fetch, whether the server sends them compressed or not", async () => {
  const name = "t10k-labels-idx1-ubyte.gz";
  const stored = await readFile(new URL(`../data/${name}`, import.meta.url));
  const content = inflate(stored, 1008, "gzip");
  const fetchFile = vi.fn((address: URL) => {
    expect(address.href).toMatch(/\/data\/t10k-labels-idx1-ubyte\.gz$/u);
    return Promise.resolve(new Response(Uint8Array.from(stored)));
  });
  vi.stubGlobal("fetch", fetchFile);
  try {
    expect(await readBundled(name, 1008)).toEqual(content);
    fetchFile.mockImplementation(() => Promise.resolve(new Response(Uint8Array.from(content))));
    expect(await readBundled(name, 1008)).toEqual(content);
    fetchFile.mockImplementation(() => Promise.resolve(new Response("", { status: 404 })));
    await expect(readBundled(name, 1008)).rejects.toThrow("(status 404)");
  } finally {
    vi.unstubAllGlobals();
  }
});

test("what needs a disk says so", async () => {
  await expect(loadPublished("mnist", {})).rejects.toThrow(
    'name must be "fashion-mini" or "sprites" in a browser',
  );
  await expect(readImageFolder("photos")).rejects.toThrow(
    "folders must be read in Node, got photos",
  );
  expect(await readBytes(Uint8Array.of(1), "fromNpy")).toEqual(Uint8Array.of(1));
});
