/** Models from ONNX files: equal networks give equal figures, whatever layout they have, and what does not fit is refused in a sentence. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { autoencoder, betaVae } from "@elbo/beta-vae";
import { Random, train } from "@elbo/core";
import { sprites } from "@elbo/datasets";
import { jit } from "@elbo/jit";
import { expectClose } from "@elbo/test-utils";
import { afterAll, describe, expect, test } from "vitest";
import { cutData } from "../src/data/loadData.ts";
import { ImportedModel } from "../src/imported/importedModel.ts";
import { disentanglement } from "../src/measures/disentanglement.ts";
import { measures } from "../src/measures/index.ts";
import { Shared } from "../src/measures/shared.ts";
import { pictureKinds } from "../src/pictures/index.ts";
import { pictureMaterial } from "../src/data/pictureMaterial.ts";
import { runBenchHere } from "./support/runBench.ts";
import type { JsonObject, LikelihoodChoice } from "@elbo/core";
import type { MeasuredModel } from "../src/measures/measuredModel.ts";
import type { MeasureContext } from "../src/measures/measure.ts";
import type { Results } from "../src/results/schema.ts";
import type { Trial } from "../src/plan/trial.ts";

const set = sprites({ size: 16, count: 300, seed: 1 });
const data = cutData(set, { trainExamples: "all", testExamples: 40 });
const image = [16, 16, 1];
const latent = 4;
const compute = { engine: "auto", threads: 1 } as const;

const folder = mkdtempSync(join(tmpdir(), "elbo-imported-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function contextOf(model: MeasuredModel): MeasureContext {
  const subject = {
    model,
    data,
    features: { file: join(folder, "vae", "encoder.onnx"), output: "features" },
  };
  return { ...subject, seed: 3, samples: 12, shared: new Shared(subject, 3), cache: folder };
}

/** Disentanglement takes half a minute, of codes and posteriors that are compared anyway; samplers are not for imported models. */
const quick = measures.filter(({ name }) => name !== "disentanglement" && name !== "samplers");

async function figuresOf(model: MeasuredModel): Promise<Record<string, number>> {
  const context = contextOf(model);
  const all: Record<string, number> = {};
  for (const measure of quick.filter((one) => one.suits(context)))
    for (const [key, { mean }] of Object.entries((await measure.measure(context)).figures))
      all[key] = mean;
  return all;
}

async function picturesOf(model: MeasuredModel): Promise<Record<string, Float32Array>> {
  const material = pictureMaterial(data, 3);
  const drawn: Record<string, Float32Array> = {};
  for (const kind of pictureKinds.filter((one) => one.suits(model, material)))
    drawn[kind.kind] = (await kind.draw(model, material)).images.data;
  return drawn;
}

const ownOptions = (name: string, encoder: JsonObject, decoder: JsonObject): JsonObject => ({
  encoder: { file: join(folder, name, "encoder.onnx"), ...encoder },
  decoder: { file: join(folder, name, "decoder.onnx"), ...decoder },
});

const likelihoods: [string, LikelihoodChoice, JsonObject][] = [
  ["grey values", { kind: "bernoulli", binarize: "none" }, { logits: "x_logits" }],
  ["binarized draws", { kind: "bernoulli", binarize: "dynamic" }, { mean: "x" }],
  ["a Gaussian", { kind: "gaussian", scale: 0.2 }, { mean: "x" }],
];

describe("a model that was exported and imported back", () => {
  test.each(likelihoods)(
    "of %s has the figures and the pictures that it had",
    async (_, likelihood, decoder) => {
      const model = betaVae({ image, latent, network: "mlp", likelihood, seed: 1 });
      await train(model, data.train, { steps: 60, progress: "silent", seed: 1 });
      await model.exportOnnx(join(folder, "vae"));
      const imported = await ImportedModel.open(
        ownOptions("vae", { meanAndLogVar: "features" }, decoder),
        { image, likelihood, ...compute },
      );
      const [own, theirs] = [await figuresOf(model), await figuresOf(imported)];
      expect(Object.keys(theirs)).toEqual(
        expect.arrayContaining(["elbo", "rate", "nll", "mse", "activeUnits", "psnr", "ssim"]),
      );
      expect(Object.keys(theirs)).toEqual(
        expect.arrayContaining(["probeAccuracy", "frechetSamples", "recall"]),
      );
      for (const [key, value] of Object.entries(theirs))
        expectClose([value], [own[key]], { rtol: 2e-3, atol: 1e-3 });
      expectClose([theirs["elbo"], theirs["nll"]], [own["elbo"], own["nll"]], { rtol: 1e-5 });
      expect(disentanglement.suits({ model: imported, data })).toBe(true);
      const [given, found] = [
        await model.posterior(data.test, { draws: 2, seed: 1 }),
        await imported.posterior(data.test, { draws: 2, seed: 1 }),
      ];
      for (const name of ["mean", "logVar", "draws"])
        expectClose(found[name].data, given[name].data, { rtol: 1e-4, atol: 1e-4 });
      const [shown, again] = [await picturesOf(model), await picturesOf(imported)];
      expect(Object.keys(again)).toEqual(["samples", "interpolations", "traversals"]);
      for (const [kind, images] of Object.entries(again))
        expectClose(images, shown[kind], { rtol: 1e-3, atol: 1e-4 });
      imported.dispose();
      model.dispose();
    },
  );

  test("of an autoencoder has a distortion and no rate, and draws nothing", async () => {
    const model = autoencoder({
      image,
      latent,
      network: "mlp",
      likelihood: { kind: "gaussian", scale: 0.2 },
      seed: 1,
    });
    await model.exportOnnx(join(folder, "ae"));
    const imported = await ImportedModel.open(
      ownOptions("ae", { latents: "latents" }, { mean: "x" }),
      { image, likelihood: { kind: "gaussian", scale: 0.2 }, ...compute },
    );
    const scores = await imported.score(data.test, { samples: 8, seed: 1 });
    expect(Object.keys(scores)).toEqual(["distortion"]);
    expectClose(scores.distortion, (await model.score(data.test)).distortion, { rtol: 1e-4 });
    await expect(imported.sample(1, { seed: 1 })).rejects.toThrow("no prior");
    expect(Object.keys(await picturesOf(imported))).toEqual(["interpolations"]);
    imported.dispose();
    model.dispose();
  });
});

/** Writes a function as an ONNX file. */
async function writeOnnx(
  name: string,
  feeds: Readonly<Record<string, readonly number[]>>,
  {
    run,
    batch,
  }: { readonly run: (x: tf.Tensor) => Record<string, tf.Tensor>; readonly batch?: number },
): Promise<string> {
  const [first] = Object.keys(feeds);
  const made = jit(
    (given) => {
      const outputs = run(given[first]);
      const others = Object.keys(feeds)
        .slice(1)
        .map((other) => tf.sum(given[other]));
      if (others.length === 0) return outputs;
      return Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => [key, tf.add(value, tf.addN(others))]),
      );
    },
    {
      feeds: Object.fromEntries(
        Object.entries(feeds).map(([key, shape]) => [key, { shape: [null, ...shape] }]),
      ),
    },
  );
  const path = join(folder, name);
  writeFileSync(path, await made.toOnnx(batch === undefined ? {} : { batch }));
  made.dispose();
  return path;
}

/** A linear encoder and decoder of coloured images, 6 x 4 x 3 to 5, as any layout has them. */
const [height, width, channels, codes] = [6, 4, 3, 5];
const pixels = height * width * channels;
const weights = new Float32Array(pixels * codes);
new Random(1).fillNormalInto(weights);
const matrix = (): tf.Tensor2D => tf.mul(tf.tensor2d(weights, [pixels, codes]), 0.05);

const colours = {
  data: Float32Array.from({ length: 3 * pixels }, (_, i) => ((i * 7) % 11) / 10),
  shape: [3, height, width, channels],
};

const toLast = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 2, 3, 1]);
const encodes = (x: tf.Tensor): tf.Tensor => tf.matMul(tf.reshape(x, [-1, pixels]), matrix());
const decodes = (z: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.matMul(z, matrix(), false, true), [-1, height, width, channels]);

const setting = {
  image: [height, width, channels],
  likelihood: { kind: "gaussian", scale: 0.5 } as const,
  ...compute,
};

/** The files as elbo has them, and the options that name them. */
async function plainPair(): Promise<JsonObject & Record<"encoder" | "decoder", JsonObject>> {
  const encoder = await writeOnnx(
    "plain-encoder.onnx",
    { x: [height, width, channels] },
    {
      run: (x) => ({
        mu: encodes(x),
        sigma: tf.exp(tf.mul(encodes(x), 0.1)),
        wide: tf.concat([encodes(x), encodes(x), encodes(x)], 1),
      }),
    },
  );
  const decoder = await writeOnnx(
    "plain-decoder.onnx",
    { z: [codes] },
    { run: (z) => ({ y: decodes(z) }) },
  );
  return {
    encoder: { file: encoder, mean: "mu", deviation: "sigma" },
    decoder: { file: decoder, mean: "y" },
  };
}

test("channels first, flat vectors, latents with axes, another range and a fixed batch are only another way to have it", async () => {
  const plain = await ImportedModel.open(await plainPair(), setting);
  const expected = await plain.score(colours, { samples: 4, seed: 1 });
  const reconstructed = await plain.reconstruct(colours);
  const first = await writeOnnx(
    "first-encoder.onnx",
    { x: [channels, height, width] },
    {
      batch: 2,
      run: (x) => ({
        mu: tf.reshape(encodes(tf.div(tf.add(toLast(x), 1), 2)), [-1, 5, 1, 1]),
        logvar: tf.reshape(tf.mul(encodes(tf.div(tf.add(toLast(x), 1), 2)), 0.2), [-1, 5, 1, 1]),
      }),
    },
  );
  const flat = await writeOnnx(
    "first-decoder.onnx",
    { z: [5, 1, 1] },
    {
      batch: 2,
      run: (z) => {
        const nchw = tf.transpose(decodes(tf.reshape(z, [-1, 5])), [0, 3, 1, 2]);
        return { y: tf.reshape(tf.sub(tf.mul(nchw, 2), 1), [-1, pixels]) };
      },
    },
  );
  const other = await ImportedModel.open(
    {
      encoder: { file: first, mean: "mu", logVar: "logvar" },
      decoder: { file: flat, mean: "y" },
      layout: "nchw",
      range: [-1, 1],
    },
    setting,
  );
  expectClose((await other.reconstruct(colours)).data, reconstructed.data, {
    rtol: 1e-4,
    atol: 1e-5,
  });
  const scores = await other.score(colours, { samples: 4, seed: 1 });
  for (const key of ["distortion", "rate", "elbo", "logLikelihood"] as const)
    expectClose(scores[key] ?? [], expected[key] ?? [], { rtol: 1e-4 });
  plain.dispose();
  other.dispose();
});

describe("what does not fit is refused in a sentence that says how it would", () => {
  type Change = (
    plain: Record<"encoder" | "decoder", JsonObject>,
  ) => JsonObject | Promise<JsonObject>;
  const cases: [string, Change, string][] = [
    [
      "no outputs named",
      ({ encoder, decoder }) => ({ encoder: { file: encoder["file"] }, decoder }),
      "onnx: encoder must say which of its outputs is what: { mean, logVar } or { mean, deviation }, meanAndLogVar, or latents (an autoencoder), each the name of an output, got none of them",
    ],
    [
      "a mean alone",
      ({ encoder, decoder }) => ({ encoder: { file: encoder["file"], mean: "mu" }, decoder }),
      "got mean",
    ],
    [
      "a decoder that says nothing",
      ({ encoder, decoder }) => ({ encoder, decoder: { file: decoder["file"] } }),
      "onnx: decoder must say what its output is: mean (pixels) or logits (of pixels), the name of an output, got neither",
    ],
    ["an unknown option", (plain) => ({ ...plain, channels: "first" }), "onnx: options must"],
    [
      "an output that is not there",
      ({ encoder, decoder }) => ({ encoder: { ...encoder, deviation: "std" }, decoder }),
      'onnx: deviation of the encoder must be one of its outputs (mu [n, 5], sigma [n, 5], wide [n, 15]), got "std"',
    ],
    [
      "outputs of different widths",
      ({ encoder, decoder }) => ({ encoder: { ...encoder, deviation: "wide" }, decoder }),
      "onnx: outputs of the encoder must be equally wide, got mu [n, 5], wide [n, 15]",
    ],
    [
      "an odd width of means and variances",
      ({ encoder, decoder }) => ({
        encoder: { file: encoder["file"], meanAndLogVar: "wide" },
        decoder,
      }),
      "onnx: meanAndLogVar of the encoder must be [n, 2 L], means and then log variances, got [n, 15]",
    ],
    [
      "another layout",
      (plain) => ({ ...plain, layout: "nchw" }),
      'onnx: encoder must take examples as [n, 3, 6, 4] or [n, 72] (layout nchw), got one that takes [n, 6, 4, 3]; "layout": "nhwc" says so',
    ],
    [
      "a decoder of other latents",
      async ({ encoder }) => ({
        encoder,
        decoder: {
          file: await writeOnnx(
            "other.onnx",
            { z: [7] },
            { run: (z) => ({ y: decodes(tf.slice(z, [0, 0], [-1, 5])) }) },
          ),
          mean: "y",
        },
      }),
      "onnx: decoder must take the latents that the encoder gives, [n, 5], got one that takes [n, 7]",
    ],
    [
      "a decoder of other images",
      async ({ encoder }) => ({
        encoder,
        decoder: {
          file: await writeOnnx("small.onnx", { z: [5] }, { run: (z) => ({ y: z }) }),
          mean: "y",
        },
      }),
      "onnx: decoder must give examples as [n, 6, 4, 3] or [n, 72] (layout nhwc), got [n, 5]",
    ],
    [
      "a decoder that is told something",
      async ({ encoder }) => ({
        encoder,
        decoder: {
          file: await writeOnnx(
            "told.onnx",
            { z: [5], label: [1] },
            { run: (z) => ({ y: decodes(z) }) },
          ),
          mean: "y",
        },
      }),
      "onnx: decoder must have one input, latents, got z, label",
    ],
    [
      "a file that is none",
      ({ encoder, decoder }) => {
        writeFileSync(join(folder, "none.onnx"), "no model");
        return { encoder, decoder: { ...decoder, file: join(folder, "none.onnx") } };
      },
      "onnx: decoder must be an ONNX model, got",
    ],
    [
      "a file that is not there",
      ({ encoder, decoder }) => ({ encoder, decoder: { ...decoder, file: "/no/such.onnx" } }),
      "bench: file must be an ONNX model that there is, got /no/such.onnx",
    ],
    [
      "another file than was planned",
      ({ encoder, decoder }) => ({ encoder: { ...encoder, sha256: "0".repeat(64) }, decoder }),
      "onnx: encoder must be the file with the digest 000",
    ],
    [
      "a likelihood that would be learned",
      (plain) => ({ ...plain, likelihood: "gaussian" }),
      'say it in the row: "likelihood": { "kind": "gaussian", "scale": 0.1 }',
    ],
  ];

  test.each(cases)("%s", async (_, change, message) => {
    await expect(ImportedModel.open(await change(await plainPair()), setting)).rejects.toThrow(
      message,
    );
  });
});

describe("a row of an imported model", () => {
  const small = {
    dataset: "sprites",
    data: { size: 16, count: 300 },
    network: "mlp",
    widths: [16],
    epochs: 2,
    seeds: [1, 2],
    testExamples: 30,
    batchSize: 32,
    likelihood: "grey-bernoulli",
    likelihoodSamples: 4,
    threads: 1,
    measures: ["bound", "reconstruction", "latents", "codes"],
  };
  const trialsIn = (out: string): Trial[] =>
    readFileSync(join(out, "trials.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Trial);

  /** Plans with the files of a folder, and gives the trial of the imported row. */
  async function planned(files: string, out: string): Promise<Trial[]> {
    const config = join(folder, "row.json");
    const options = {
      encoder: { file: join(files, "encoder.onnx"), meanAndLogVar: "features" },
      decoder: { file: join(files, "decoder.onnx"), logits: "x_logits" },
    };
    const models = ["vae", { model: "onnx", name: "mine", title: "my own", options }];
    writeFileSync(config, JSON.stringify({ ...small, models }));
    expect(await runBenchHere(["plan", "--config", config, "--out", out])).toMatchObject({
      code: 0,
      error: "",
    });
    return trialsIn(out).filter(({ model }) => model === "onnx");
  }

  test("stands beside trained ones with one trial, known by what is in its files and not by where they lie", async () => {
    const out = join(folder, "run");
    const model = betaVae({ image, latent, network: "mlp", seed: 1 });
    const [here, there] = [join(folder, "here"), join(folder, "there")];
    await model.exportOnnx(here);
    mkdirSync(there);
    for (const file of ["encoder.onnx", "decoder.onnx"])
      copyFileSync(join(here, file), join(there, file));
    const [trial, ...more] = await planned(here, out);
    expect(more).toEqual([]);
    expect((await planned(there, join(folder, "moved")))[0].id).toBe(trial.id);
    const ended = await runBenchHere(["run", "--config", join(folder, "row.json"), "--out", out]);
    expect(ended).toMatchObject({ code: 0, error: "" });
    expect(ended.output).toContain("2 trainings of 2 epochs");
    expect(ended.output).toContain("1 from ONNX files, as they are.");
    const words = "measured as the files have it, once, without figures of codes: my own.";
    expect(ended.output).toContain(words);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain(words);
    const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(results.models.map(({ title, seeds }) => [title, seeds.length])).toEqual([
      ["VAE (β = 1)", 2],
      ["my own", 1],
    ]);
    const [, mine] = results.models;
    expect(Object.keys(mine.columns)).toEqual(
      expect.arrayContaining([
        "elbo",
        "distortion",
        "rate",
        "nll",
        "mse",
        "activeUnits",
        "seconds",
      ]),
    );
    expect(mine.columns).not.toHaveProperty("parameters");
    expect(mine.columns["elbo"].standardDeviation).toBeNull();
    expect(
      results.differences.some(
        ({ a, b, figure }) => a === "vae" && b === "mine" && figure === "elbo",
      ),
    ).toBe(true);
    expect(results.pictures.map(({ file }) => file)).toContain("pictures/mine-samples.png");
    await model.exportOnnx(there); // the same weights
    const changed = betaVae({ image, latent, network: "mlp", seed: 2 });
    await changed.exportOnnx(there);
    expect((await planned(there, join(folder, "changed")))[0].id).not.toBe(trial.id);
    model.dispose();
    changed.dispose();
  });

  test("without options is refused with what is missing", async () => {
    const ended = await runBenchHere(["plan", "--models", "onnx", "--dry-run"]);
    expect(ended.code).toBe(2);
    expect(ended.error).toContain("encoder");
  });

  test("is written as the README says", async () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const [, section] = readme.split("## Models from elsewhere");
    const example = /```json\n([\s\S]*?)```/u.exec(section)?.[1] ?? "";
    const flat = (x: tf.Tensor): tf.Tensor =>
      tf.mul(tf.slice(tf.reshape(x, [-1, 784]), [0, 380], [-1, 4]), 0.1);
    const wide = (z: tf.Tensor): tf.Tensor => tf.tile(tf.reshape(z, [-1, 1, 1, 4]), [1, 1, 28, 7]);
    await writeOnnx(
      "encoder.onnx",
      { x: [1, 28, 28] },
      {
        run: (x) => ({ mu: flat(x), logvar: flat(x) }),
      },
    );
    await writeOnnx("decoder.onnx", { z: [4] }, { run: (z) => ({ logits: wide(z) }) });
    const config = join(folder, "readme.json");
    const told = { testExamples: 20, likelihoodSamples: 2 };
    const given = JSON.parse(
      example.replaceAll(/"((?:en|de)coder\.onnx)"/gu, (_, file: string) =>
        JSON.stringify(join(folder, file)),
      ),
    ) as JsonObject;
    writeFileSync(config, JSON.stringify({ ...given, ...told }));
    const out = join(folder, "readme");
    const ended = await runBenchHere([
      "run",
      "--config",
      config,
      "--models",
      "torch",
      "--out",
      out,
    ]);
    expect(ended).toMatchObject({ code: 0, error: "" });
    expect(readFileSync(join(out, "table.md"), "utf8")).toContain("my PyTorch VAE");
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("my PyTorch VAE");
  });
});
