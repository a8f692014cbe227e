/**
 * What images of Fashion-MNIST take as files: codes of a VQ-VAE under a PixelCNN and images without loss by bits-back coding,
 * beside PNG, lossless WebP, and JPEG of the same PSNR.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/compression.ts [--folder DIR] [--out DIR]
 * [--epochs N] [--prior-epochs N] [--images N] [--all N]`
 *
 * `--folder` holds Fashion-MNIST (see `load`). The table is of the first `--images` test images (1,000), the comparison of file and
 * model of `--all` (2,000). Models (`--epochs` passes, the PixelCNN's `--prior-epochs`) and what was computed are kept in `--out`, part
 * by part, and the command can be repeated; codePriors.ts has the same models. Writes apps/bench/recorded/compression.md.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { betaVae, loadBetaVae, type BetaVae } from "@elbo/beta-vae";
import { writeWhole } from "@elbo/common/node";
import {
  bitsPerDimension,
  codeBits,
  compressLossless,
  decompressLossless,
  psnr,
  train,
  type NdArray,
} from "@elbo/core";
import { compress, decompressToCodes } from "@elbo/vq-vae";
import sharp from "sharp";
import { codeModels, falling, stage, stepsOf } from "./support/codeModels.ts";
import { commandLine } from "./support/commandLine.ts";
import { fashionMnist, first } from "./support/fashion.ts";
import type { Images } from "./support/fashion.ts";
import { recordedFile } from "./support/record.ts";

const given = commandLine({
  folder: "",
  out: "runs/code-priors",
  epochs: 4,
  "prior-epochs": 5,
  images: 1000,
  all: 2000,
});
const { folder, out, epochs } = given;
const priorEpochs = given["prior-epochs"];
const data = await fashionMnist(folder);
const pixels = 784;
const losslessName = `discretized-vae-${epochs}`;

/** The Gaussian model with probabilities of grey levels. */
const losslessModel = (): Promise<BetaVae> =>
  stage<BetaVae>(out, losslessName, {
    read: loadBetaVae,
    async make(directory) {
      const options = { latent: 16, likelihood: "discretized-logistic" } as const;
      const made = betaVae({ image: [28, 28, 1], ...options, network: "conv", seed: 1 });
      const steps = stepsOf(epochs, data.train.shape[0]);
      const optimizer = falling(steps, 2e-3);
      const checkpoint = { directory, everySteps: 200 };
      await train(made, data.train, { steps, optimizer, checkpoint, validation: 0, seed: 1 });
      return made;
    },
  });

/** Bytes of all images, each as a file of its own, and of all of them as one picture. */
interface Sizes {
  readonly each: number;
  readonly sheet: number;
}

interface Encoder {
  readonly encode: (image: sharp.Sharp) => sharp.Sharp;
}

const columns = 40;

/** All images side by side. */
function sheetOf({ data: values, shape: [n] }: Images): sharp.Sharp {
  const rows = Math.ceil(n / columns);
  const sheet = new Uint8Array(rows * 28 * columns * 28);
  for (let i = 0; i < n * pixels; i++) {
    const [image, y, x] = [Math.floor(i / pixels), Math.floor((i % pixels) / 28), i % 28];
    const row = Math.floor(image / columns) * 28 + y;
    sheet[row * columns * 28 + (image % columns) * 28 + x] = values[i];
  }
  return sharp(sheet, { raw: { width: columns * 28, height: rows * 28, channels: 1 } });
}

const imageOf = ({ data: values }: Images, i: number): sharp.Sharp =>
  sharp(values.subarray(i * pixels, (i + 1) * pixels), {
    raw: { width: 28, height: 28, channels: 1 },
  });

async function sizesOf(images: Images, { encode }: Encoder): Promise<Sizes> {
  let each = 0;
  for (let i = 0; i < images.shape[0]; i++) {
    each += (await encode(imageOf(images, i)).toBuffer()).length;
  }
  return { each, sheet: (await encode(sheetOf(images)).toBuffer()).length };
}

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Mean PSNR of JPEG files of a quality, dB. */
async function jpegPsnr(images: Images, quality: number): Promise<number> {
  const decoded = new Uint8Array(images.data.length);
  for (let i = 0; i < images.shape[0]; i++) {
    const file = await imageOf(images, i).jpeg({ quality, mozjpeg: true }).toBuffer();
    decoded.set(await sharp(file).toColourspace("b-w").raw().toBuffer(), i * pixels);
  }
  return mean(psnr({ ...images, data: decoded }, images));
}

/** The lowest quality whose PSNR is no less than that wanted. */
async function jpegQuality(images: Images, wanted: number): Promise<number> {
  let [low, high] = [1, 100];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((await jpegPsnr(images, middle)) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Numbers that were computed before, under the name of a part; else what `compute` gives, kept for the next time. */
async function part<T>(what: string, compute: () => Promise<T>): Promise<T> {
  const name = `${epochs} and ${priorEpochs} epochs: ${what}`;
  const path = join(out, "compression.json");
  const known = (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {}) as Record<
    string,
    T
  >;
  if (Object.hasOwn(known, name)) return known[name];
  const value = await compute();
  await writeWhole(path, JSON.stringify({ ...known, [name]: value }, null, 1));
  process.stdout.write(`${name}: ${JSON.stringify(value)}\n`);
  return value;
}

const { model, prior } = await codeModels(data.train, { out, epochs, priorEpochs });
const images = first(data.test, given.images);
const n = images.shape[0];
const vq = await part(`vq-vae, ${n} images`, async () => {
  const bytes = await compress(model, images);
  const codes = await model.encode(images, { engine: "portable" });
  const back = await decompressToCodes(model, bytes);
  if (String((back.codes as NdArray).data) !== String(codes.data)) {
    throw new Error("compression: codes must come back, got others");
  }
  const { data: values, shape } = await model.decode(codes);
  const grey = Uint8Array.from(values, (x) => Math.round(255 * Math.min(1, Math.max(0, x))));
  return { bytes: bytes.length, psnr: mean(psnr({ data: grey, shape }, images)) };
});

const gaussian = await losslessModel();
const lossless = await part(`bits-back, ${n} images`, async () => {
  const bytes = await compressLossless(gaussian, images);
  const { data: same } = await decompressLossless(gaussian, bytes);
  if (!same.every((value, i) => value === images.data[i])) {
    throw new Error("compression: images must come back, got others");
  }
  return {
    bytes: bytes.length,
    bound: await bitsPerDimension(gaussian, images, { samples: 16 }),
  };
});

const { quality, ...kept } = await part(`other encoders, ${n} images`, async () => {
  const quality = await jpegQuality(images, vq.psnr);
  return {
    quality,
    png: await sizesOf(images, {
      encode: (image) => image.png({ compressionLevel: 9, effort: 10 }),
    }),
    webp: await sizesOf(images, { encode: (image) => image.webp({ lossless: true, effort: 6 }) }),
    jpeg: await sizesOf(images, { encode: (image) => image.jpeg({ quality, mozjpeg: true }) }),
    jpegPsnr: await jpegPsnr(images, quality),
  };
});
const { png, webp, jpeg, jpegPsnr: jpegDb } = kept;

const all = first(data.test, given.all);
const whole = await part(`vq-vae, ${all.shape[0]} images beside the prior`, async () => {
  const codes = await model.encode(all, { engine: "portable" });
  const { perExample } = await codeBits(prior, codes);
  const bytes = (await compress(model, all)).length;
  return { bytes, predicted: (perExample.mean * all.shape[0]) / 8 };
});
const weights = (name: string): string =>
  `${(statSync(join(out, name, "weights.safetensors")).size / 1e6).toFixed(1)} MB`;

const row = (name: string, bytes: number, quality: string): string =>
  `| ${name} | ${(bytes / n).toFixed(1)} | ${((8 * bytes) / n / pixels).toFixed(3)} | ${quality} |`;
const lines = [
  "# Images as files",
  "",
  `The first ${n} test images of Fashion-MNIST, 28 x 28 grey bytes (784 bytes each as they are). PNG, WebP and JPEG by sharp ${sharp.versions.sharp ?? ""}`,
  "(PNG compression 9; WebP lossless, effort 6; JPEG by mozjpeg), each image as a file of its own, and all as one picture of 40 columns. Heads are counted.",
  `The VQ-VAE has K = 512 and a grid of 7 x 7, the VAE 16 latents, ${epochs} epochs each; the PixelCNN ${priorEpochs}. \`apps/bench/measure/compression.ts\` made this page.`,
  "",
  "| file | bytes per image | bits per pixel | PSNR |",
  "| --- | --- | --- | --- |",
  row("VQ-VAE, codes under the PixelCNN, one file", vq.bytes, `${vq.psnr.toFixed(2)} dB`),
  row(`JPEG, quality ${quality}, one picture`, jpeg.sheet, `${jpegDb.toFixed(2)} dB`),
  row(`JPEG, quality ${quality}, a file each`, jpeg.each, `${jpegDb.toFixed(2)} dB`),
  row("VAE, bits-back, one file", lossless.bytes, "without loss"),
  row("WebP, one picture", webp.sheet, "without loss"),
  row("PNG, one picture", png.sheet, "without loss"),
  row("WebP, a file each", webp.each, "without loss"),
  row("PNG, a file each", png.each, "without loss"),
  "",
  "Where elbo loses: its files are read only with the model that wrote them, which is no part of these numbers: the VQ-VAE's weights are",
  `${weights(`vq-vae-${epochs}`)}, the PixelCNN's ${weights(`pixelcnn-${epochs}-${priorEpochs}`)}, the VAE's ${weights(losslessName)}. Coding takes a pass of the networks for every image, where the`,
  "others take microseconds; images of another kind or size than those trained on code badly or not at all; one image alone pays a head of 56 bytes.",
  "",
  `The VQ-VAE's file of ${all.shape[0]} images has ${whole.bytes} bytes; the PixelCNN says ${whole.predicted.toFixed(0)} (-log2 p of all codes), so file without its head and`,
  `model differ by ${(100 * ((whole.bytes - 56) / whole.predicted - 1)).toFixed(3)} %. The bits-back file is ${(100 * ((8 * lossless.bytes) / n / pixels / lossless.bound.mean - 1)).toFixed(2)} % above the VAE's negative ELBO (${lossless.bound.mean.toFixed(4)} ± ${lossless.bound.standardError.toFixed(4)} bits per`,
  "dimension), with the initial bits and the head.",
  "",
];
await writeWhole(recordedFile("compression.md"), lines.join("\n"));
process.stdout.write(`${lines.join("\n")}\n`);
