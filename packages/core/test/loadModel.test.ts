import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../src/index.ts";
import type { JsonObject } from "../src/index.ts";
import { decodeSafetensors } from "../src/files/safetensors.ts";
import { bars, smallKind, smallModel } from "./support/models.ts";

let root = "";
let saved = "";
const data = bars(6);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "elbo-load-"));
  saved = join(root, "saved");
  const model = smallModel({ likelihood: { kind: "gaussian", scale: "global" } });
  await model.save(saved);
  model.dispose();
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

let copies = 0;
const copy = async (): Promise<string> => {
  const directory = join(root, `copy${copies++}`);
  await cp(saved, directory, { recursive: true });
  return directory;
};

type JsonRecord = Record<string, unknown>;

const edit =
  (change: (description: Record<string, unknown>) => unknown) =>
  async (directory: string): Promise<void> => {
    const path = join(directory, "model.json");
    const description = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    const changed = change(description) ?? description;
    await writeFile(path, JSON.stringify(changed));
  };

test.each([
  [{}],
  [{ likelihood: { kind: "gaussian", scale: "global" } as const }],
  [{ latent: 3, seed: 4 }],
])("a loaded model equals the saved one bit for bit: %o", async (options) => {
  const directory = join(root, `equal${copies++}`);
  const model = smallModel(options);
  model.step = 7;
  model.dataSize = 6;
  model.batchSize = 3;
  await model.save(directory);
  const loaded = await loadModel(directory, smallKind, { engine: "eager" });
  expect(await loaded.readWeights()).toEqual(await model.readWeights());
  expect(await loaded.reconstruct(data)).toEqual(await model.reconstruct(data));
  expect(await loaded.sample(3, { seed: 2 })).toEqual(await model.sample(3, { seed: 2 }));
  expect(loaded).toMatchObject({ step: 7, dataSize: 6, batchSize: 3 });
  const again = join(root, `again${copies++}`);
  await loaded.save(again);
  for (const file of ["model.json", "weights.safetensors"]) {
    expect(await readFile(join(again, file))).toEqual(await readFile(join(directory, file)));
  }
});

test("weights have the names of networks, layers and parts in the file", async () => {
  const bytes = await readFile(join(saved, "weights.safetensors"));
  const { tensors } = decodeSafetensors(bytes, "weights");
  expect([...tensors.keys()].sort()).toEqual([
    "decoder/dense1/bias",
    "decoder/dense1/kernel",
    "decoder/parameters/bias",
    "decoder/parameters/kernel",
    "encoder/dense1/bias",
    "encoder/dense1/kernel",
    "encoder/features/bias",
    "encoder/features/kernel",
    "likelihood/x/logVar",
  ]);
});

test("a registered kind needs not be given, an unknown one is named", async () => {
  await expect(loadModel(saved)).rejects.toThrow(
    /^loadModel: the kind of a model must be registered \(.*\), got "small"; import the file/,
  );
});

test("a model of format version 1, which was never released, is refused in a sentence", async () => {
  const directory = await copy();
  await edit((m) => void (m["version"] = 1))(directory);
  await expect(loadModel(directory, smallKind)).rejects.toThrow(
    /must have the version 2, which this elbo reads, got 1; version 1 was written before the first release: train and save the model again$/,
  );
});

test("a save killed between its two renames loads as the new model, and the next save finishes it", async () => {
  const directory = await copy();
  const other = smallModel({ likelihood: { kind: "gaussian", scale: "global" }, seed: 2 });
  const next = join(root, "next");
  await other.save(next);
  await cp(join(next, "weights.safetensors"), join(directory, "weights.safetensors"));
  await cp(join(next, "model.json"), join(directory, "model.json.tmp"));
  const loaded = await loadModel(directory, smallKind);
  expect(await loaded.readWeights()).toEqual(await other.readWeights());
  expect(await readdir(directory)).toContain("model.json.tmp");
  await loaded.save(directory);
  expect((await readdir(directory)).sort()).toEqual(["model.json", "weights.safetensors"]);
  const again = await loadModel(directory, smallKind);
  expect(await again.readWeights()).toEqual(await other.readWeights());
});

test("leftovers of a save killed before its renames change nothing", async () => {
  const directory = await copy();
  await writeFile(join(directory, "weights.safetensors.tmp"), "half");
  await writeFile(join(directory, "model.json.tmp"), "{");
  const loaded = await loadModel(directory, smallKind);
  expect(loaded.kind).toBe("small");
});

test.each<[string, (directory: string) => Promise<void>, RegExp]>([
  ["no description", (d) => rm(join(d, "model.json")), /model\.json must exist, got no such file$/],
  ["no weights", (d) => rm(join(d, "weights.safetensors")), /weights\.safetensors must exist/],
  ["no JSON", (d) => writeFile(join(d, "model.json"), "{"), /model\.json must be UTF-8 JSON/],
  [
    "null",
    (d) => writeFile(join(d, "model.json"), "null"),
    /must have the format "elbo-model", got undefined/,
  ],
  [
    "another format",
    edit((m) => void (m["format"] = "x")),
    /must have the format "elbo-model", got "x"/,
  ],
  [
    "a newer version",
    edit((m) => void (m["version"] = 3)),
    /must have the version 2, which this elbo reads, got 3$/,
  ],
  [
    "a missing field",
    edit((m) => void delete m["networks"]),
    /networks must be given|networks must be an object of networks by name, got undefined/,
  ],
  ["an unknown field", edit((m) => void (m["more"] = 1)), /options must be among .*, got "more"/],
  [
    "half a step",
    edit((m) => void (m["step"] = 0.5)),
    /step must be an integer at least 0, got 0\.5/,
  ],
  [
    "another kind",
    edit((m) => void (m["kind"] = "beta-vae")),
    /must hold a model of the kind small, got beta-vae/,
  ],
  [
    "bad options",
    edit((m) => void ((m["options"] as Record<string, unknown>)["latent"] = 0)),
    /the options in .* must be those of a small, got: reparameterized: size/,
  ],
  [
    "no network",
    edit((m) => void ((m["networks"] as JsonRecord)["encoder"] = { class_name: "Nothing" })),
    /the network encoder in .* must be one that TF\.js can build, got: /,
  ],
  [
    "other weights",
    (d) => writeFile(join(d, "weights.safetensors"), "12345678"),
    /must have the SHA-256 [0-9a-f]{64} that model\.json names, got [0-9a-f]{64}$/,
  ],
])("%s is refused in one sentence", async (_, damage, message) => {
  const directory = await copy();
  await damage(directory);
  const failure = loadModel(directory, smallKind);
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.toThrow(/^loadModel: [^\n]*$/);
});

test("random changes of the description load or are refused in one sentence", async () => {
  const directory = await copy();
  const path = join(directory, "model.json");
  const original = JSON.parse(await readFile(path, "utf8")) as JsonObject;
  const keys = Object.keys(original);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue(), async (key, value) => {
      await writeFile(path, JSON.stringify({ ...original, [key]: value }));
      try {
        const model = await loadModel(directory, smallKind);
        model.dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).message).toMatch(/^(loadModel|decodeSafetensors): [^\n]*$/);
      }
    }),
    { numRuns: 150 },
  );
});

test("random truncations of the description are refused in one sentence", async () => {
  const directory = await copy();
  const path = join(directory, "model.json");
  const original = await readFile(path);
  await fc.assert(
    fc.asyncProperty(fc.nat(original.length - 3), async (length) => {
      await writeFile(`${path}.x`, original.subarray(0, length));
      await rename(`${path}.x`, path);
      await expect(loadModel(directory, smallKind)).rejects.toThrow(/^loadModel: [^\n]*$/);
    }),
    { numRuns: 50 },
  );
});
