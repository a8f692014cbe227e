import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runModule } from "@elbo/test-utils";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { loadModel, train } from "../src/index.ts";
import * as browser from "../src/platform/browser.ts";
import { decodeSafetensors, encodeSafetensors } from "../src/files/safetensors.ts";
import { readCheckpoint } from "../src/training/checkpointFile.ts";
import { bars, smallKind, smallModel } from "./support/models.ts";

let root = "";
let saved = "";
const model = smallModel();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "elbo-files-"));
  saved = join(root, "saved");
  await model.save(saved);
});
afterAll(async () => {
  await rm(root, { recursive: true });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

let copies = 0;
const copy = async (): Promise<string> => {
  const directory = join(root, `copy${copies++}`);
  await cp(saved, directory, { recursive: true });
  return directory;
};

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

test("a description of more than a megabyte is refused without being read whole", async () => {
  const directory = await copy();
  const load = (): ReturnType<typeof runModule> =>
    runModule(
      `import { loadModel } from "../src/index.ts";
      import { smallKind } from "./support/models.ts";
      console.log(await loadModel(${JSON.stringify(directory)}, smallKind).then(() => "loaded", (error) => error.message));`,
      new URL(".", import.meta.url),
    );
  const honest = await load();
  const path = join(directory, "model.json");
  // A file of zeros that takes no room on the disk.
  await truncate(path, 2 ** 30);
  const { output, peak } = await load();
  expect(honest.output).toBe("loaded\n");
  expect(output).toBe(
    `loadModel: ${path}, which describes networks and options, must have at most 1048576 bytes, got more\n`,
  );
  expect(peak).toBeLessThan(honest.peak + 100);
});

test.each(["likelihood", "condition", "objective", "options", "encoder", "more"])(
  "deep JSON is refused in one sentence: %s",
  async (name) => {
    const directory = await copy();
    const path = join(directory, "model.json");
    const description = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    const text = JSON.stringify({ ...description, [name]: { a: "deep" } });
    await writeFile(path, text.replace('"deep"', nested(50_000)));
    await expect(loadModel(directory, smallKind)).rejects.toThrow(
      `loadModel: ${path} must have at most 100 levels, got more`,
    );
  },
);

test("a model whose description could not be loaded again is not saved", async () => {
  const directory = join(root, "large");
  const large = smallModel();
  Object.assign(large, { options: { text: "x".repeat(2 ** 20) } });
  await expect(large.save(directory)).rejects.toThrow(
    /^save: networks must be described in at most 1048576 bytes, or they could not be loaded, got 10\d{5}$/,
  );
});

test("deep metadata of a checkpoint are refused in one sentence", async () => {
  const directory = join(root, "deep");
  await mkdir(directory);
  const metadata = new Map([["elbo", `{"format":${nested(50_000)}}`]]);
  const path = join(directory, "checkpoint.safetensors");
  await writeFile(path, encodeSafetensors(new Map(), metadata));
  await expect(readCheckpoint(directory)).rejects.toThrow(
    `train: the metadata of ${path} must have at most 100 levels, got more`,
  );
});

test("a safetensors header of more than 8 MiB is neither read nor written", () => {
  const bytes = new Uint8Array(2 ** 23 + 16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(2 ** 23 + 8), true);
  expect(() => decodeSafetensors(bytes, "x")).toThrow(
    "decodeSafetensors: x must have a header of at most 8388608 bytes, got 8388616",
  );
  const metadata = new Map([["elbo", "x".repeat(2 ** 23)]]);
  expect(() => encodeSafetensors(new Map(), metadata)).toThrow(
    /^encodeSafetensors: names and shapes must fit into 8388608 bytes, got \d+$/,
  );
});

test.each([
  ["nothing", undefined],
  ["a number", 3],
  ["an empty string", ""],
  ["a URL", pathToFileURL("/tmp/x")],
])("%s is refused as a path", async (_, path) => {
  const directory = path as string;
  const rule = "must be a path, as a string, got";
  await expect(model.save(directory)).rejects.toThrow(`save: directory ${rule}`);
  await expect(model.exportOnnx(directory)).rejects.toThrow(`exportOnnx: directory ${rule}`);
  await expect(loadModel(directory, smallKind)).rejects.toThrow(`loadModel: directory ${rule}`);
  const options = { epochs: 1, checkpoint: { directory }, progress: "silent" } as const;
  await expect(train(model, bars(8), options)).rejects.toThrow(
    `train: checkpoint.directory ${rule}`,
  );
});

test("a file in the place of a directory is refused in one sentence", async () => {
  const file = join(await copy(), "model.json");
  const rule = `directory ${file} must be a directory, or a path where one can be made, got EEXIST`;
  await expect(model.save(file)).rejects.toThrow(`save: ${rule}`);
  await expect(model.exportOnnx(file)).rejects.toThrow(`exportOnnx: ${rule}`);
  await expect(loadModel(file, smallKind)).rejects.toThrow(
    `loadModel: directory must be that of a model, got the file ${file}`,
  );
  const checkpoint = { directory: file };
  await expect(
    train(model, bars(8), { epochs: 1, checkpoint, progress: "silent" }),
  ).rejects.toThrow(`train: checkpoint.directory must be a directory, got the file ${file}`);
});

test("a directory in the place of a file is refused in one sentence", async () => {
  const directory = await copy();
  for (const name of ["model.json", "weights.safetensors"]) {
    await rm(join(directory, name));
    await mkdir(join(directory, name));
  }
  await expect(loadModel(directory, smallKind)).rejects.toThrow(
    `loadModel: ${join(directory, "model.json")} must be readable, got EISDIR`,
  );
  await expect(model.save(directory)).rejects.toThrow(
    `save: ${join(directory, "weights.safetensors")} must be readable, got EISDIR`,
  );
});

test("a browser reads no more of a description than it needs, and knows a file's address", async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent++;
      controller.enqueue(new Uint8Array(1000));
    },
  });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body)));
  const bytes = await browser.readBytes({ fn: "loadModel", path: "x" }, 2500);
  expect(bytes?.length).toBe(3000);
  expect(sent).toBeLessThan(6);
  expect(await browser.isFile("https://x.org/model/model.json")).toBe(true);
  expect(await browser.isFile("https://x.org/model")).toBe(false);
});

test("what a browser cannot fetch is refused in one sentence", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(browser.readBytes({ fn: "loadModel", path: "x" })).rejects.toThrow(
    "loadModel: x must be readable, got Failed to fetch",
  );
});
