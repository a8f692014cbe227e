import { omit } from "../omit.ts";
import { concatImages, decodeStrip, drawGrid, encodePng } from "../pictures/grid.ts";
import { summarizeColumns } from "../results/aggregate.ts";
import { joinWords } from "../results/format.ts";
import { markdownTable } from "../results/table.ts";
import { readMachine, readVersions } from "../run/environment.ts";
import { pictureMaterial } from "../run/data.ts";
import { reportPage } from "./page.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { ModelCase } from "../models/modelCase.ts";
import type { PictureMaterial } from "../pictures/kinds.ts";
import type { ImageBatch } from "../pictures/grid.ts";
import type { Divergence, ModelResult, Results, SeedResult } from "../results/schema.ts";
import type { BenchData } from "../run/data.ts";
import type { Store } from "../run/store.ts";
import type { EmbeddedPicture } from "./page.ts";

/** What a report is written from. */
export interface ReportInput {
  readonly configuration: Configuration;
  readonly cases: readonly ModelCase[];
  readonly data: BenchData;
  readonly results: readonly SeedResult[];
  readonly diverged: readonly Divergence[];
  readonly store: Store;
}

/**
 * Writes `results.json`, `table.md`, the pictures and `report.html` of a finished comparison.
 *
 * @param input results of every model and seed
 * @returns what `results.json` holds
 */
export async function writeReport(input: ReportInput): Promise<Results> {
  const { configuration, data, store } = input;
  const pictures = drawPictures(input);
  const results: Results = {
    format: "elbo-bench-results",
    formatVersion: 1,
    createdAt: new Date().toISOString(),
    configuration,
    data: {
      trainExamples: data.train.shape[0],
      testExamples: data.test.shape[0],
      image: data.image,
      classNames: data.classNames ?? null,
    },
    versions: readVersions(),
    machine: readMachine(),
    models: input.cases.map((modelCase) => modelResult(modelCase, input.results)),
    diverged: input.diverged,
    pictures: pictures.map((picture) => omit(picture, "png")),
  };
  for (const { file, png } of pictures) await store.write(file, png);
  await store.write("table.md", markdownTable(results));
  await store.write("report.html", reportPage(results, pictures));
  await store.write("results.json", `${JSON.stringify(results, undefined, 2)}\n`);
  return results;
}

function modelResult(modelCase: ModelCase, all: readonly SeedResult[]): ModelResult {
  const { name, title, summary } = modelCase;
  const seeds = all.filter((result) => result.model === name);
  return { name, title, summary, columns: summarizeColumns(seeds), seeds };
}

function drawPictures(input: ReportInput): EmbeddedPicture[] {
  const [seed] = input.configuration.seeds;
  const material = pictureMaterial(input.data, seed);
  return [
    ...drawReconstructions(input, material),
    ...input.cases.flatMap((modelCase) => drawOwnPictures(input, material, modelCase)),
  ];
}

function drawReconstructions(
  { cases, data, store }: ReportInput,
  material: PictureMaterial,
): EmbeddedPicture[] {
  const rows = cases.flatMap(({ name, title }) => {
    const images = readStrip(store, data, { name, seed: material.seed, kind: "reconstructions" });
    return images === undefined ? [] : [{ title, images }];
  });
  if (rows.length === 0) return [];
  const titles = rows.map((row) => row.title);
  const images = concatImages([material.images, ...rows.map((row) => row.images)]);
  return [
    {
      file: "pictures/reconstructions.png",
      kind: "reconstructions",
      title: "Originals over reconstructions",
      caption: `The top row holds images that no model was trained on${material.labels ? ", one of each class" : ""}; below it, what each model makes of them (seed ${material.seed}).`,
      alt: `A row of held-out images and, below it, their reconstructions by ${joinWords(titles)}, a row each.`,
      rows: ["Originals", ...titles],
      png: encodePng(drawGrid(images, { columns: material.images.shape[0], scale: 3, gap: 3 })),
    },
  ];
}

function drawOwnPictures(
  { data, store }: ReportInput,
  material: PictureMaterial,
  { name, title, pictures }: ModelCase,
): EmbeddedPicture[] {
  return pictures.flatMap((picture) => {
    const { kind, caption, alt, columns } = picture;
    const images = readStrip(store, data, { name, seed: material.seed, kind });
    if (images === undefined) return [];
    const rows = picture.rows?.(material);
    return [
      {
        file: `pictures/${name}-${kind}.png`,
        kind,
        title,
        caption,
        alt: `${title}: ${alt}`,
        ...(rows === undefined ? {} : { rows }),
        png: encodePng(drawGrid(images, { columns, scale: 2, gap: 2 })),
      },
    ];
  });
}

function readStrip(
  store: Store,
  data: BenchData,
  { name, seed, kind }: { name: string; seed: number; kind: string },
): ImageBatch | undefined {
  const bytes = store.readUnitFile({ model: name, seed }, `${kind}.png`);
  return bytes && decodeStrip(bytes, data.image[0]);
}
