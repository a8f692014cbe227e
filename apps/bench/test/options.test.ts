import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { over, presetConfiguration } from "../src/configuration/layers.ts";
import { parseRunArguments } from "../src/configuration/parse.ts";
import { measures } from "../src/measures/index.ts";
import { presets } from "../src/presets/index.ts";
import { Refusal } from "../src/refusal.ts";
import type { JsonObject } from "@elbo/core";

const names = '"autoencoder", "vae", "beta-vae", "cvae", "vq-vae", "hierarchical-vq-vae", "onnx"';
const seedRule = "an integer from 0 to 4294967295";
const folder = mkdtempSync(join(tmpdir(), "elbo-options-"));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("parseRunArguments", () => {
  test("without arguments every model runs on fashion-mini into runs/bench", () => {
    const { configuration, out, isFresh } = parseRunArguments({});
    expect(configuration).toMatchObject({
      dataset: "fashion-mini",
      models: [
        { name: "autoencoder", model: "autoencoder", options: {} },
        { name: "vae", model: "beta-vae", options: { beta: 1 } },
        { name: "beta-vae", model: "beta-vae", options: { beta: 4 } },
        { name: "cvae", model: "cvae", options: {} },
        { name: "vq-vae", model: "vq-vae", options: {} },
      ],
    });
    expect([out, isFresh]).toEqual(["runs/bench", false]);
  });

  test("--quick trains less and has a folder of its own", () => {
    const quick = parseRunArguments({ quick: true });
    const full = parseRunArguments({});
    expect(quick.configuration.epochs).toBeLessThan(full.configuration.epochs);
    expect(quick.configuration.seeds).toEqual([1]);
    expect(quick.out).toBe("runs/bench-quick");
  });

  test("every preset is a configuration, with a folder of its own", () => {
    for (const preset of Object.keys(presets)) {
      const { configuration, out } = parseRunArguments({ preset });
      expect(configuration.models.length).toBeGreaterThan(0);
      expect(out).toBe(preset === "default" ? "runs/bench" : `runs/bench-${preset}`);
    }
  });

  test("lists are split at commas, spaces around them do not matter", () => {
    const { configuration } = parseRunArguments({ models: "vae, cvae", seeds: "3,1" });
    expect(configuration).toMatchObject({
      models: [{ name: "vae" }, { name: "cvae" }],
      seeds: [3, 1],
    });
  });

  test("options override the file, the file overrides the preset, the preset overrides the default", () => {
    const config = file("a.json", JSON.stringify({ epochs: 7, batchSize: 64, seeds: [5] }));
    const { configuration } = parseRunArguments({ config, quick: true, seeds: "9" });
    expect(configuration).toMatchObject({
      epochs: 7,
      batchSize: 64,
      seeds: [9],
      likelihoodSamples: 16,
    });
  });

  test.each([
    [{ models: "vae,gan" }, `--models[1] must be one of ${names}, got "gan"`],
    [{ models: "vae,vae" }, "--models must be without repetition, got vae twice"],
    [{ models: "" }, `--models[0] must be one of ${names}, got ""`],
    [
      { dataset: "imagenet" },
      '--dataset must be one of fashion-mini, fashion-mnist, mnist, kmnist, cifar10, dsprites, sprites, or the path of one\'s own, got "imagenet"',
    ],
    [
      { measures: "beauty" },
      `--measures[0] must be one of ${measures.map(({ name }) => JSON.stringify(name)).join(", ")}, got "beauty"`,
    ],
    [
      { preset: "slow" },
      `--preset must be one of ${Object.keys(presets)
        .map((name) => JSON.stringify(name))
        .join(", ")}, got "slow"`,
    ],
    [
      { preset: "quick", quick: true },
      "--quick must stand alone, it is --preset quick, got --preset quick too",
    ],
    [{ epochs: "0" }, "--epochs must be an integer at least 1, got 0"],
    [{ epochs: "2.5" }, "--epochs must be an integer at least 1, got 2.5"],
    [{ epochs: "many" }, '--epochs must be an integer at least 1, got "many"'],
    [{ epochs: "" }, '--epochs must be an integer at least 1, got ""'],
    [{ workers: "0" }, "--workers must be an integer at least 1, got 0"],
    [{ seeds: "1,,2" }, `--seeds[1] must be ${seedRule}, got ""`],
    [{ seeds: "-1" }, `--seeds[0] must be ${seedRule}, got -1`],
    [{ seeds: "4294967296" }, `--seeds[0] must be ${seedRule}, got 4294967296`],
    [{ seeds: "2,2" }, "--seeds must be without repetition, got 2 twice"],
    [{ out: "" }, "--out must be a folder, got nothing"],
    [{ queue: "http://x" }, '--queue must be redis://... or postgres://..., got "http://x"'],
  ])("%j is refused with the argument, the rule and the value", (args, sentence) => {
    expect(() => parseRunArguments(args)).toThrow(new Refusal(`bench run: ${sentence}`));
  });

  test.each([
    ["{", /^bench run: --config must name a file with valid JSON, got \S+ \(.+\)$/u],
    ["[]", /^bench run: --config must name a file with a JSON object, got \[\] in /u],
    ['{"epoch":1}', /^bench run: \S+: .* among dataset, .*, got "epoch"/u],
    ['{"epochs":"3"}', /^bench run: \S+: epochs must be an integer at least 1, got "3"$/u],
    ['{"batchSize":0}', /^bench run: \S+: batchSize must be an integer at least 1, got 0$/u],
    ['{"models":[]}', /^bench run: \S+: models must be a list of at least 1: .*, got \[\]$/u],
    [
      '{"models":[{"model":"gan"}]}',
      /^bench run: \S+: models\[0\].model must be one of "autoencoder", .*, got "gan"$/u,
    ],
    [
      '{"models":[{"name":"b4","options":{"beta":4}}]}',
      /^bench run: \S+: models\[0\].model must be one of "autoencoder", .*, got undefined$/u,
    ],
    [
      '{"models":[{"model":"beta-vae","beta":4}]}',
      /^bench run: \S+: models\[0\]: options must be among model, name, .*, got "beta"/u,
    ],
    [
      '{"models":["vae",{"model":"beta-vae","name":"vae"}]}',
      /^bench run: \S+: models must be without repetition, got vae twice$/u,
    ],
    [
      '{"models":[{"model":"beta-vae","name":"../up"}]}',
      /^bench run: \S+: models\[0\].name must be 1 to 80 letters, .*, got "..\/up"$/u,
    ],
    [
      '{"search":{"method":"guess"}}',
      /^bench run: \S+: search.method must be one of "grid", .*, got "guess"$/u,
    ],
    [
      '{"halving":{"epochs":3,"factor":1}}',
      /^bench run: \S+: halving.factor must be an integer at least 2, got 1$/u,
    ],
    [
      '{"epochs":10,"halving":{"epochs":10}}',
      /^bench run: halving must begin before the last epoch \(10\), got 10$/u,
    ],
    [
      '{"learningRate":{"choices":[]}}',
      /^bench: learningRate.choices must be a list of at least one value, got \[\]$/u,
    ],
    [
      '{"epochs":{"choices":[1]}}',
      /^bench run: \S+: epochs must be an integer at least 1, got \{ choices: \[1\] \}$/u,
    ],
    [
      '{"learningRate":-1}',
      /^bench run: \S+: learningRate must be a finite number above 0, got -1$/u,
    ],
    ['{"network":"rnn"}', /^bench run: \S+: network must be one of "mlp", .*, got "rnn"$/u],
    [
      '{"widths":[]}',
      /^bench run: \S+: widths must be one to four integers at least 1, got \[\]$/u,
    ],
    [
      '{"trainExamples":0}',
      /^bench run: \S+: trainExamples must be an integer at least 1, or "all", got 0$/u,
    ],
    [
      '{"trainExamples":10}',
      /^bench run: trainExamples must be at least two batches \(64\), got 10$/u,
    ],
  ])("the file %s is refused in one sentence", (content, sentence) => {
    const config = file("bad.json", content);
    let refusal: unknown;
    try {
      parseRunArguments({ config });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(Refusal);
    expect((refusal as Refusal).message).toMatch(sentence);
    expect((refusal as Refusal).message).not.toContain("\n");
  });

  test("a space stays in its place until something else is said there", () => {
    const space = { choices: [0.001, 0.002] };
    const said = { learningRate: space, schedule: { choices: ["constant", "cosine"] } };
    const searched = over(presetConfiguration("default"), said, "a file");
    const spaces = (more: JsonObject): string[] =>
      Object.keys(over(searched, more, "a file").spaces);
    expect(spaces({ epochs: 21 })).toEqual(["learningRate", "schedule"]);
    expect(spaces({ learningRate: 0.001 })).toEqual(["schedule"]);
  });

  test("a file that is not there is refused by its name", () => {
    expect(() => parseRunArguments({ config: join(folder, "none.json") })).toThrow(
      /--config must name a readable file, got \S+none\.json" \(ENOENT/u,
    );
  });
});
