/**
 * How long reading folders of images takes: sharp and the decoders in JavaScript, on one thread and on all, beside Pillow.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/imageLoading.ts [--count 2000] [--large 4]
 * [--python python3] [--record apps/bench/recorded]`
 *
 * The images are made: smooth colours with noise, JPEG of quality 85, in a temporary folder that is removed. `--python` needs Pillow;
 * without it the column stays empty. `--record` gets image-loading.md.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "@elbo/core";
import { fromImageFolder } from "@elbo/datasets";
import sharp from "sharp";

const { values: given } = parseArgs({
  options: {
    count: { type: "string", default: "2000" },
    large: { type: "string", default: "4" },
    python: { type: "string", default: "python3" },
    record: { type: "string", default: "apps/bench/recorded" },
  },
});
const repeats = 3;

/** Waves of colour with noise: about what a photograph costs to decode. */
function pixels(width: number, height: number, random: Random): Uint8Array {
  const [a, b, c] = [0, 1, 2].map(() => 0.01 + (random.uint32() % 100) / 2000);
  const bytes = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const noise = random.uint32() & 15;
      for (const wave of [a * x + b * y, b * x - c * y, c * x + a * y]) {
        bytes[at++] = 120 + 100 * Math.sin(wave) + noise;
      }
    }
  }
  return bytes;
}

async function writeImages(
  folder: string,
  count: number,
  [width, height]: readonly number[],
): Promise<void> {
  mkdirSync(folder);
  const random = new Random(1);
  for (let i = 0; i < count; i++) {
    const raw = { width, height, channels: 3 } as const;
    const file = join(folder, `${String(i).padStart(5, "0")}.jpg`);
    await sharp(pixels(width, height, random), { raw })
      .jpeg({ quality: 85 })
      .toFile(file);
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Milliseconds per image, the median of several readings after one that is not counted. */
async function read(
  folder: string,
  options: { readonly decoder: "own" | "sharp"; readonly threads: number; readonly size: number },
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i <= repeats; i++) {
    const started = performance.now();
    const { train } = await fromImageFolder(folder, { ...options, testFraction: 0 });
    times.push((performance.now() - started) / train.shape[0]);
  }
  return median(times.slice(1));
}

const pillow = `
import sys, time, pathlib
import numpy
from PIL import Image
folder, size, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
times = []
for _ in range(repeats + 1):
    start = time.perf_counter()
    files = sorted(pathlib.Path(folder).iterdir())
    numpy.stack([numpy.asarray(Image.open(f).resize((size, size), Image.BOX)) for f in files])
    times.append((time.perf_counter() - start) * 1000 / len(files))
print(sorted(times[1:])[repeats // 2])
`;

/** Milliseconds per image of Pillow on one thread; undefined where it is not installed. */
function readByPillow(folder: string, size: number): number | undefined {
  const args = ["-c", pillow, folder, String(size), String(repeats)];
  const { status, stdout } = spawnSync(given.python, args, { encoding: "utf8" });
  return status === 0 ? Number(stdout) : undefined;
}

const cell = (ms: number | undefined): string => (ms === undefined ? "" : ms.toPrecision(2));
const all = availableParallelism();
const rows = [
  "# Reading images",
  "",
  "Milliseconds per JPEG from file to array, made smaller to squares, the median of three readings of the folder. Pillow by `Image.resize` with a box, one thread.",
  `${cpus()[0].model}, ${String(all)} threads, Node ${process.versions.node}. \`apps/bench/measure/imageLoading.ts\` made this page.`,
  "",
  `| images | size | Pillow | sharp, 1 thread | sharp, ${String(all)} threads | own, 1 thread | own, ${String(all)} threads |`,
  "| --- | --- | --- | --- | --- | --- | --- |",
];
const folder = mkdtempSync(join(tmpdir(), "elbo-images-"));
try {
  for (const [name, count, shape, size] of [
    ["128 x 128", Number(given.count), [128, 128], 64],
    ["3872 x 2592 (10 megapixels)", Number(given.large), [3872, 2592], 64],
  ] as const) {
    const images = join(folder, String(shape[0]));
    await writeImages(images, count, shape);
    const cells = [cell(readByPillow(images, size))];
    for (const decoder of ["sharp", "own"] as const) {
      for (const threads of [1, all]) {
        cells.push(cell(await read(images, { decoder, threads, size })));
      }
    }
    rows.push(`| ${String(count)} of ${name} | ${String(size)} | ${cells.join(" | ")} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
mkdirSync(given.record, { recursive: true });
writeFileSync(join(given.record, "image-loading.md"), `${rows.join("\n")}\n`);
process.stdout.write(`${rows.join("\n")}\n`);
