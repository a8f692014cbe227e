/**
 * Memory and speed of training on data that stay on the disk: images of 128 x 128 x 3 in one `.npy` file, 4.9 GB for 100,000 of them.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/dataOnDisk.ts [--folder DIR] [--count 100000]
 * [--steps 150] [--batch 32] [--memory]`
 *
 * The file is made in a new folder below `--folder` (default: that for temporary files), and removed at the end. `--memory` loads the
 * file whole instead, for comparison: use it with a smaller `--count`. Prints the largest resident memory of the process and examples per
 * second, without the first tenth of the steps.
 */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { betaVae } from "@elbo/beta-vae";
import { Random, train } from "@elbo/core";
import { fromNpy, openNpy } from "@elbo/datasets";
import { commandLine } from "./support/commandLine.ts";

const given = commandLine({
  folder: tmpdir(),
  count: 100000,
  steps: 150,
  batch: 32,
  memory: false,
});
const { count, steps, batch: batchSize } = given;
const shape = [128, 128, 3];
const size = 128 * 128 * 3;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** An NPY file of discs of random place, size and colour on grey. */
async function writeImages(path: string): Promise<void> {
  const file = await open(path, "w");
  const random = new Random(1);
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${[count, ...shape].join(", ")}), }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`, "latin1");
  await file.write(head);
  const image = new Uint8Array(size);
  for (let i = 0; i < count; i++) {
    image.fill(128);
    const [x, y, r] = [random.uint32() & 127, random.uint32() & 127, 8 + (random.uint32() & 31)];
    const colour = random.uint32();
    for (let row = Math.max(0, y - r); row < Math.min(128, y + r); row++) {
      const half = Math.floor(Math.sqrt(r * r - (row - y) ** 2));
      for (let at = Math.max(0, x - half); at < Math.min(128, x + half); at++) {
        for (let c = 0; c < 3; c++) image[(row * 128 + at) * 3 + c] = colour >>> (8 * c);
      }
    }
    await file.write(image);
  }
  await file.close();
}

const folder = await mkdtemp(join(given.folder, "elbo-data-"));
try {
  const path = join(folder, "images.npy");
  await writeImages(path);
  say(`${String(count)} images of ${shape.join(" x ")}: ${(count * size) / 1e9} GB on the disk`);
  const model = betaVae({
    image: shape,
    latent: 32,
    network: "conv",
    likelihood: "gaussian",
    seed: 1,
  });
  const set = given.memory
    ? await fromNpy(path, { testFraction: 0 })
    : await openNpy(path, { testFraction: 0 });
  let begun = 0;
  const warm = Math.ceil(steps / 10);
  await train(model, set.train, {
    steps,
    batchSize,
    validation: 0,
    progress: "silent",
    callbacks: { onStep: ({ step }) => void (step === warm ? (begun = performance.now()) : 0) },
  });
  const seconds = (performance.now() - begun) / 1000;
  say(`${((steps - warm) * batchSize) / seconds} examples per second`);
  say(`largest resident memory: ${process.resourceUsage().maxRSS / 1e6} GB`);
  if ("close" in set) await set.close();
} finally {
  await rm(folder, { recursive: true });
}
