import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { betaVae } from "@elbo/beta-vae";
import { evaluate, Random, train } from "@elbo/core";
import type { ExamplesLike } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { fromImageFolder, fromNpy, openImageFolder, openNpy } from "@elbo/datasets";
import { digest, emptyFolder } from "@elbo/test-utils";
import { encode } from "fast-png";
import { expect, test } from "vitest";

const [height, width, channels] = [6, 5, 3];
const size = height * width * channels;
const options = { epochs: 2, batchSize: 16, seed: 5, progress: "silent" } as const;

/** Bytes that a seed draws. */
function pixels(count: number): Uint8Array {
  const random = new Random(3);
  return Uint8Array.from({ length: count * size }, () => random.uint32() >>> 24);
}

test("an NPY file that is read per batch trains to the same bytes as one that is loaded", async () => {
  const path = join(await emptyFolder(), "images.npy");
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (60, ${[height, width, channels].join(", ")}), }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`, "latin1");
  await writeFile(path, Buffer.concat([head, pixels(60)]));
  const trained = async (examples: ExamplesLike, test: ExamplesLike) => {
    const model = betaVae({ image: [height, width, channels], latent: 2, network: "conv" });
    await train(model, examples, options);
    const figures = await evaluate(model, test, { samples: 2 });
    return [digest(await model.readWeights()), figures];
  };
  const memory = await fromNpy(path);
  const disk = await openNpy(path);
  expect(await trained(disk.train, disk.test)).toEqual(await trained(memory.train, memory.test));
  await disk.close();
});

test("a folder of labelled images that is read per batch trains to the same bytes as one that is loaded", async () => {
  const folder = await emptyFolder();
  const all = pixels(40);
  for (let i = 0; i < 40; i++) {
    const data = all.subarray(i * size, (i + 1) * size);
    await mkdir(join(folder, String(i % 2)), { recursive: true });
    await writeFile(
      join(folder, String(i % 2), `${String(i)}.png`),
      encode({ width, height, channels, data }),
    );
  }
  const trained = async (examples: ExamplesLike, test: ExamplesLike) => {
    const model = cvae({ image: [4, 4, channels], latent: 2, classes: 2 });
    await train(model, examples, options);
    return [digest(await model.readWeights()), await evaluate(model, test, { samples: 2 })];
  };
  const preparation = { size: 4, fit: "cover" } as const;
  const memory = await fromImageFolder(folder, preparation);
  const disk = await openImageFolder(folder, preparation);
  expect(await trained(disk.train, disk.test)).toEqual(await trained(memory.train, memory.test));
  await disk.close();
});
