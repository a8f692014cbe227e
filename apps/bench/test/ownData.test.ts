import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Random } from "@elbo/core";
import { encode } from "fast-png";
import { afterAll, describe, expect, test } from "vitest";
import { encodeNpy, encodeNpz } from "../../../packages/datasets/test/encode.ts";
import { runBenchHere } from "./support/runBench.ts";
import type { JsonObject } from "@elbo/core";
import type { Results } from "../src/results/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-own-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const [count, height, width] = [60, 6, 5];
const size = height * width;
const random = new Random(7);
const pixels = Uint8Array.from({ length: count * size }, () => random.uint32() >>> 24);
const classes = Uint8Array.from({ length: count }, (_, i) => i % 2);

const path = (name: string, content?: string | Uint8Array): string => {
  const whole = join(folder, name);
  mkdirSync(join(whole, ".."), { recursive: true });
  if (content !== undefined) writeFileSync(whole, content);
  return whole;
};

/** A file of bytes as the MNIST files are: two zeros, the type, the number of dimensions, their sizes. */
function idx(data: Uint8Array, shape: readonly number[]): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  shape.forEach((length, i) => head.writeUInt32BE(length, 4 + 4 * i));
  return Buffer.concat([head, data]);
}

function imageFolder(): string {
  for (let i = 0; i < count; i++) {
    const data = pixels.slice(i * size, (i + 1) * size);
    const png = encode({ width, height, channels: 1, data });
    path(join("images", ["cat", "dog"][classes[i]], `${i}.png`), png);
  }
  return path("images");
}

function idxFolder(): string {
  path("idx/train-images-idx3-ubyte.gz", gzipSync(idx(pixels, [count, height, width])));
  path("idx/train-labels-idx1-ubyte", idx(classes, [count]));
  const few = idx(pixels.subarray(0, 20 * size), [20, height, width]);
  path("idx/t10k-images-idx3-ubyte", few);
  path("idx/t10k-labels-idx1-ubyte.gz", gzipSync(idx(classes.subarray(0, 20), [20])));
  return path("idx");
}

const npy = encodeNpy(pixels, "|u1", { shape: [count, height, width] });

function csv(): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const values = Array.from({ length: 4 }, (_, d) => ((i * (d + 3)) % 17) / 16);
    return [...values, ["red", "white"][classes[i]]].join(",");
  });
  return path("wine.csv", `acid,sugar,salt,alcohol,quality\n${lines.join("\n")}\n`);
}

const small = {
  models: [{ name: "vae", model: "beta-vae", options: { latent: 2 } }],
  seeds: [1],
  epochs: 1,
  measures: ["reconstruction"],
  network: "mlp",
  widths: [8],
  batchSize: 16,
  threads: 1,
};

const run = (data: string, further: JsonObject): ReturnType<typeof runBenchHere> => {
  const config = path("config.json", JSON.stringify({ ...small, ...further }));
  return runBenchHere(["run", "--config", config, "--data", data, "--out", path("out")]);
};

describe("bench run --data", () => {
  test.each<[string, () => string, JsonObject, JsonObject]>([
    [
      "a folder of images, whose sub-folders are classes",
      imageFolder,
      {},
      { trainExamples: 54, testExamples: 6, image: [6, 5, 1], classNames: ["cat", "dog"] },
    ],
    [
      "a folder of IDX files",
      idxFolder,
      {},
      { trainExamples: 60, testExamples: 20, image: [6, 5, 1], classNames: null },
    ],
    [
      "an NPY file",
      () => path("bytes.npy", npy),
      { data: { testFraction: 0.2 } },
      { trainExamples: 48, testExamples: 12, image: [6, 5, 1], classNames: null },
    ],
    [
      "an NPZ file",
      () =>
        path(
          "both.npz",
          encodeNpz({ pictures: npy, y: encodeNpy(classes, "|u1", { shape: [count] }) }),
        ),
      { data: { keys: { data: "pictures", labels: "y" } } },
      { trainExamples: 54, testExamples: 6, image: [6, 5, 1], classNames: null },
    ],
    [
      "a CSV file",
      csv,
      { data: { label: "quality" }, likelihood: "gaussian" },
      { trainExamples: 54, testExamples: 6, image: [4], classNames: ["red", "white"] },
    ],
  ])("compares models on %s", async (_, make, further, expected) => {
    expect(await run(make(), further)).toMatchObject({ code: 0, error: "" });
    const results = JSON.parse(readFileSync(path(join("out", "results.json")), "utf8")) as Results;
    expect(results.data).toEqual(expected);
    expect(results.models[0].columns["mse"].mean).toSatisfy(Number.isFinite);
    expect(results.configuration.contents).toMatch(/^[\da-f]{16}$/u);
    expect(existsSync(path(join("out", "report.html")))).toBe(true);
    rmSync(path("out"), { recursive: true });
  });

  test.each<[string, () => string, JsonObject, RegExp]>([
    [
      "what is not there",
      () => path("nothing"),
      {},
      /^bench run: --data must be a folder of .*, got ".*nothing", which is not there$/u,
    ],
    [
      "another kind of file",
      () => path("notes.txt", "words"),
      {},
      /^bench run: --data must be a folder, or a \.npy, \.npz or \.csv file, got .*notes\.txt$/u,
    ],
    [
      "a folder without images",
      () => path(join("empty", "notes.txt"), "words").replace(/.notes\.txt$/u, ""),
      {},
      /^bench run: --data must hold examples that can be read: fromImageFolder: .*empty/u,
    ],
    [
      "a broken file",
      () => path("broken.npy", npy.subarray(0, 300)),
      {},
      /^bench run: --data must hold examples that can be read: fromNpy: .*broken\.npy/u,
    ],
    [
      "a field that is no number",
      () => path("words.csv", "a,b\n1,2\n3,four\n"),
      {},
      /^bench run: --data must hold examples that can be read: fromCsv: .*four/u,
    ],
    [
      "an option that nobody knows",
      csv,
      { data: { lable: "quality" } },
      /^bench run: --data must hold examples that can be read: fromCsv: .*lable/u,
    ],
    [
      "a network of images for a table",
      csv,
      { data: { label: "quality" }, network: "conv" },
      /^bench run: configuration must suit β-VAE, latent 2, got conv: .*/u,
    ],
    [
      "a model that needs labels, without any",
      () => path("bytes.npy", npy),
      { models: ["cvae"] },
      /^bench run: --dataset must have labels for cvae, got .*bytes\.npy$/u,
    ],
    [
      "a class that the images lack",
      imageFolder,
      { normal: [2] },
      /^bench run: normal must name classes of the training images, got 2, of which there is none$/u,
    ],
  ])(
    "refuses %s in one sentence, before anything is written",
    async (_, make, further, sentence) => {
      const { code, error } = await run(make(), further);
      expect(error.trimEnd()).toMatch(sentence);
      expect(error.trimEnd()).not.toContain("\n");
      expect(code).toBe(2);
      expect(existsSync(path("out"))).toBe(false);
    },
  );
});
