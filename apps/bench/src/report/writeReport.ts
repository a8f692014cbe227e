import { omit } from "../omit.ts";
import { concatImages, decodeStrip, drawGrid, encodePng } from "../pictures/grid.ts";
import { summarizeColumns } from "../results/aggregate.ts";
import { differencesOf } from "../results/differences.ts";
import { joinWords } from "../results/format.ts";
import { markdownTable } from "../results/table.ts";
import { readMachine, readVersions } from "../run/environment.ts";
import { isPictured } from "../data/benchData.ts";
import { pictureMaterial } from "../data/pictureMaterial.ts";
import { reconstructionWords } from "../pictures/reconstructions.ts";
import { rowsOfPlan } from "../run/rows.ts";
import { collectExplorer } from "./collectExplorer.ts";
import { reportPage } from "./page.ts";
import { pageScript } from "./pageScript.ts";
import type { Protocol } from "../configuration/protocol.ts";
import type { ImageBatch } from "../pictures/grid.ts";
import type { PictureMaterial } from "../pictures/picture.ts";
import type { Trial } from "../plan/trial.ts";
import type {
  Compared,
  Divergence,
  GivenUp,
  ModelResult,
  Results,
  SeedResult,
} from "../results/schema.ts";
import type { BenchData } from "../data/benchData.ts";
import type { Row } from "../run/rows.ts";
import type { Store } from "../run/store.ts";
import type { EmbeddedPicture } from "./pictureSections.ts";

/** What a report is written from. */
export interface ReportInput {
  readonly trials: readonly Trial[];
  readonly data: BenchData;
  /** Of the trials that are finished. */
  readonly results: readonly SeedResult[];
  readonly diverged: readonly Divergence[];
  readonly givenUp: readonly GivenUp[];
  readonly store: Store;
}

/**
 * Writes `results.json`, `table.md`, the pictures and `report.html` of a finished comparison.
 *
 * @param input the plan and what is finished of it
 * @returns what `results.json` holds
 */
export async function writeReport(input: ReportInput): Promise<Results> {
  const { trials, data, store } = input;
  const lost = new Set(input.givenUp.map(({ model }) => model));
  const rows = rowsOfPlan(trials).filter(({ name }) => !lost.has(name));
  const pictures = drawPictures({ ...input, rows });
  const results: Results = {
    format: "elbo-bench-results",
    formatVersion: 3,
    createdAt: new Date().toISOString(),
    configuration: comparedIn(trials),
    data: {
      trainExamples: data.train.shape[0],
      testExamples: data.test.shape[0],
      image: data.image,
      classNames: data.classNames ?? null,
    },
    command: store.readCommand(),
    versions: readVersions(),
    machine: readMachine(),
    models: rows.map((row) => modelResult(row, input.results)),
    diverged: input.diverged,
    givenUp: input.givenUp,
    differences: differencesOf(
      trials,
      input.results.filter(({ model }) => !lost.has(model)),
      store,
    ),
    pictures: pictures.map((picture) => omit(picture, "png")),
  };
  for (const { file, png } of pictures) await store.write(file, png);
  await store.write("table.md", markdownTable(results));
  await store.write("report.html", await page(results, { ...input, rows }, pictures));
  await store.write("results.json", `${JSON.stringify(results, undefined, 2)}\n`);
  return results;
}

/** Bytes of a page with its explorer. */
const mostBytes = 3_000_000;

/** The page, with as many models to play with as there is room for. */
async function page(
  results: Results,
  input: DrawInput,
  pictures: readonly EmbeddedPicture[],
): Promise<string> {
  const parts = { pictures, script: await pageScript() };
  const room = mostBytes - Buffer.byteLength(reportPage(results, parts));
  const explorer = await collectExplorer({ ...input, room });
  return reportPage(results, { ...parts, explorer });
}

function modelResult(row: Row, all: readonly SeedResult[]): ModelResult {
  const { name, title, summary, options } = row;
  const seeds = all.filter((result) => result.model === name);
  return { name, title, summary, options, columns: summarizeColumns(seeds), seeds };
}

/** What was compared: the protocol of the first row, and in which entries others differ. */
function comparedIn(trials: readonly Trial[]): Compared {
  const [{ protocol }] = trials;
  const varied = Object.keys(protocol).filter((key) => {
    const texts = trials.map((trial) => JSON.stringify(trial.protocol[key as keyof Protocol]));
    return new Set(texts).size > 1;
  });
  return {
    ...protocol,
    models: [...new Set(trials.map(({ row }) => row))],
    seeds: [...new Set(trials.map(({ seed }) => seed))],
    varied,
  };
}

type DrawInput = ReportInput & { readonly rows: readonly Row[] };

function drawPictures(input: DrawInput): EmbeddedPicture[] {
  if (!isPictured(input.data)) return [];
  const [{ seed }] = input.trials;
  const material = pictureMaterial(input.data, seed);
  return [
    ...drawReconstructions(input, material),
    ...input.rows.flatMap((row) => drawOwnPictures(input, row, seed)),
  ];
}

function drawReconstructions(input: DrawInput, material: PictureMaterial): EmbeddedPicture[] {
  const drawn = input.rows.flatMap(({ name, title }) => {
    const images = readStrip(input, { name, seed: material.seed, kind: "reconstructions" });
    return images === undefined ? [] : [{ title, images }];
  });
  if (drawn.length === 0) return [];
  const titles = drawn.map((row) => row.title);
  const images = concatImages([material.images, ...drawn.map((row) => row.images)]);
  return [
    {
      file: "pictures/reconstructions.png",
      ...reconstructionWords,
      title: "Originals over reconstructions",
      caption: `The top row holds images that no model was trained on${isOneOfEach(material) ? ", one of each class" : ""}; below it, what each model makes of them (seed ${material.seed}).`,
      alt: `A row of held-out images and, below it, their reconstructions by ${joinWords(titles)}, a row each.`,
      rows: ["Originals", ...titles],
      png: encodePng(
        drawGrid(images, {
          columns: material.images.shape[0],
          scale: Math.max(1, scaleFor(images.shape) + 1),
          gap: 4,
        }),
      ),
    },
  ];
}

/** Whether every image is of another class. */
const isOneOfEach = ({ images, labels }: PictureMaterial): boolean =>
  labels !== undefined && new Set(labels).size === images.shape[0];

/** Pixels per pixel of an image, so that small images are large enough to see. */
const scaleFor = ([, height]: readonly number[]): number => Math.max(1, Math.round(64 / height));

function drawOwnPictures(input: DrawInput, { name, title }: Row, seed: number): EmbeddedPicture[] {
  const result = input.results.find((one) => one.model === name && one.seed === seed);
  const own = (result?.pictures ?? []).filter(({ kind }) => kind !== reconstructionWords.kind);
  return own.flatMap((picture) => {
    const { kind, height } = picture;
    const images = readStrip(input, { name, seed, kind, height });
    if (images === undefined) return [];
    return [
      {
        ...omit(picture, "columns", "height"),
        file: `pictures/${name}-${picture.kind}.png`,
        title,
        alt: `${title}: ${picture.alt}`,
        png: encodePng(
          drawGrid(images, { columns: picture.columns, scale: scaleFor(images.shape), gap: 4 }),
        ),
      },
    ];
  });
}

interface StripOf {
  readonly name: string;
  readonly seed: number;
  readonly kind: string;
  /** Of an image; default that of the data. */
  readonly height?: number | undefined;
}

function readStrip(
  { store, data, trials }: ReportInput,
  { name, seed, kind, height = data.image[0] }: StripOf,
): ImageBatch | undefined {
  const trial = trials.find((other) => other.row === name && other.seed === seed);
  const bytes = trial && store.readTrialFile(trial.id, `${kind}.png`);
  return bytes && decodeStrip(bytes, height);
}
