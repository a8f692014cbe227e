import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { train } from "../src/index.ts";
import type { TrainingResult } from "../src/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../src/files/safetensors.ts";
import { readCheckpoint } from "../src/training/checkpointFile.ts";
import { bars, smallModel } from "./support/models.ts";

let directory = "";
let path = "";
let whole = new Uint8Array(0);
let first: TrainingResult;
const options = { epochs: 1, batchSize: 10, progress: "silent" } as const;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "elbo-checkpoint-"));
  path = join(directory, "checkpoint.safetensors");
  const model = smallModel();
  first = await train(model, bars(50), { ...options, checkpoint: { directory } });
  model.dispose();
  whole = new Uint8Array(await readFile(path));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

const withMetadata = async (change: (metadata: Record<string, unknown>) => void): Promise<void> => {
  const { tensors, metadata } = decodeSafetensors(whole, "file");
  const value = JSON.parse(metadata.get("elbo") ?? "") as Record<string, unknown>;
  change(value);
  await writeFile(path, encodeSafetensors(tensors, new Map([["elbo", JSON.stringify(value)]])));
};

const resume = async (): Promise<unknown> => {
  const model = smallModel();
  try {
    return await train(model, bars(50), { ...options, checkpoint: { directory } });
  } finally {
    model.dispose();
  }
};

test("a directory without a checkpoint has none", async () => {
  expect(await readCheckpoint(join(directory, "none"))).toBeUndefined();
});

test("a run that is resumed with nothing left to do says what computed it", async () => {
  const again = (await resume()) as TrainingResult;
  const { engine, device, threads, instructionSet } = first.report ?? {};
  expect(again.step).toBe(first.step);
  expect(again.report).toMatchObject({ engine, device, threads, instructionSet });
});

test("what a refused run would have learnt of its data is not learnt", async () => {
  const likelihood = { kind: "gaussian", standardize: true } as const;
  const model = smallModel({ likelihood });
  const before = await model.readWeights();
  const far = { ...bars(50), data: bars(50).data.map((value) => 255 - value) };
  const call = { ...options, checkpoint: { directory } };
  await expect(train(model, far, call)).rejects.toThrow(/to resume it, got/);
  await expect(train(model, far, { ...options, microBatches: 3 })).rejects.toThrow("microBatches");
  expect(await model.readWeights()).toEqual(before);
  model.dispose();
});

test("a file that is half a checkpoint is refused", async () => {
  await writeFile(path, whole.subarray(0, 3000));
  await expect(resume()).rejects.toThrow(/^decodeSafetensors: .*checkpoint\.safetensors must hold/);
});

test("safetensors of something else are refused", async () => {
  await writeFile(path, encodeSafetensors(new Map()));
  await expect(resume()).rejects.toThrow(
    /must be a checkpoint of elbo, got a file without its metadata$/,
  );
});

test.each<[string, (metadata: Record<string, unknown>) => void, RegExp]>([
  [
    "an earlier version",
    (m) => (m["version"] = 1),
    /must be a checkpoint of version 2, got 1; give another checkpoint.directory to begin anew$/,
  ],
  [
    "another format",
    (m) => (m["format"] = "zip"),
    /must be a checkpoint of elbo, got the format "zip"$/,
  ],
  ["a negative step", (m) => (m["step"] = -1), /step must be an integer at least 0, got -1$/],
  [
    "no origin",
    (m) => delete m["origin"],
    /origin must be an object of step, epoch, perEpoch, got undefined$/,
  ],
  [
    "an origin without steps",
    (m) => (m["origin"] = { step: 0, epoch: 0, perEpoch: 0 }),
    /origin.perEpoch must be an integer at least 1, got 0$/,
  ],
  [
    "slots since nowhere",
    (m) => (m["since"] = { phases: { elbo: -1 }, average: 0 }),
    /since.phases must be an object of integers at least 0, got \{ elbo: -1 \}$/,
  ],
  ["something more", (m) => (m["more"] = 1), /options must be among step, identity.*, got "more"$/],
  [
    "columns that do not fit",
    (m) => (m["columns"] = { steps: ["step"], epochs: [] }),
    /must hold a history of 1 columns/,
  ],
])("%s is refused in one sentence", async (_, change, message) => {
  await withMetadata(change);
  await expect(resume()).rejects.toThrow(message);
  await expect(resume()).rejects.toThrow(/^train: [^\n]*$/);
});

test("a checkpoint holds weights, slots and averages under the names of the variables", () => {
  const names = [...decodeSafetensors(whole, "file").tensors.keys()];
  const weights = names.filter((name) => /^(en|de)coder\//.test(name));
  expect(weights.length).toBe(8);
  for (const name of weights) {
    for (const slot of ["m", "v"]) expect(names).toContain(`optimizer/model/${name}/${slot}`);
  }
  expect(new Set(names.map((name) => name.split("/")[0]))).toEqual(
    new Set(["encoder", "decoder", "optimizer", "history"]),
  );
});

test("a checkpoint without one of the variables is refused by its name", async () => {
  const { tensors, metadata } = decodeSafetensors(whole, "file");
  const lost = [...tensors.keys()].find((name) => name.endsWith("/bias/m")) ?? "";
  const fewer = new Map([...tensors].filter(([name]) => name !== lost));
  await writeFile(path, encodeSafetensors(fewer, metadata));
  await expect(resume()).rejects.toThrow(
    /must hold \d+ values of optimizer\/.*\/bias\/m, got none$/,
  );
});

test("random damage to a checkpoint is refused in one sentence, or harmless", async () => {
  const header = Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true));
  const damage = fc.tuple(fc.nat(7 + header), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (changes) => {
      const file = whole.slice();
      for (const [at, value] of changes) file[at] = value;
      await writeFile(path, file);
      try {
        await readCheckpoint(directory);
      } catch (error) {
        expect((error as Error).constructor).toBe(Error);
        expect((error as Error).message).toMatch(/^(train|decodeSafetensors): [^\n]*$/);
      }
    }),
    { numRuns: 200 },
  );
});
