import { writeFileSync } from "node:fs";
import { load, take } from "@elbo/datasets";
import { train } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";
import { encode as encodePng } from "fast-png";
import { encode as encodeGif } from "modern-gif";

const { train: images, test } = await load("fashion-mini");
const likelihood = { kind: "gaussian", scale: 0.2 } as const;
const model = betaVae({ image: [28, 28, 1], latent: 8, likelihood, seed: 1 });
await train(model, images, { epochs: 15, batchSize: 100, seed: 1, validation: 0 });

// From the first four images of the test split to the next four, on three ways through latent space.
const from = take(test, [0, 1, 2, 3]);
const to = take(test, [4, 5, 6, 7]);
const steps = 24;
const ways = [
  await model.interpolate(from, to, { steps }),
  await model.interpolate(from, to, { steps, path: "spherical" }),
  await model.interpolate(from, to, {
    steps,
    path: "data",
    through: take(images, [...Array(1000).keys()]),
  }),
]; // [4, steps, 28, 28, 1] each

const byte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));

/** One picture: rows of images, from `pixel(row, column, y, x)`. */
function sheet(rows: number, columns: number, pixel: (r: number, c: number, at: number) => number) {
  const [width, height] = [28 * columns, 28 * rows];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 28 * (y % 28) + (x % 28);
      data[y * width + x] = byte(pixel(Math.floor(y / 28), Math.floor(x / 28), at));
    }
  }
  return { width, height, data };
}
const valueOf = (way: number, row: number, step: number, at: number): number =>
  ways[way]?.data[(row * steps + step) * 784 + at] ?? 0;

// A picture: every third step, the three ways of each pair below one another.
const picture = sheet(12, 8, (r, c, at) =>
  valueOf(r % 3, Math.floor(r / 3), 3 * c + (c === 7 ? 2 : 0), at),
);
writeFileSync("interpolation.png", encodePng({ ...picture, channels: 1, depth: 8 }));

// The same as a picture that moves: a column per way, a row per pair.
const frames = Array.from({ length: steps }, (_, step) => {
  const { data } = sheet(4, 3, (r, c, at) => valueOf(c, r, step, at));
  const rgba = new Uint8ClampedArray(4 * data.length);
  data.forEach((grey, i) => rgba.set([grey, grey, grey, 255], 4 * i));
  return { data: rgba, delay: 80, width: 84, height: 112 };
});
const gif = await encodeGif({ width: 84, height: 112, frames });
writeFileSync("interpolation.gif", new Uint8Array(gif));
console.log("interpolation.png: straight, spherical and along the data, for each of four pairs");
console.log(`interpolation.gif: ${frames.length} frames, ${gif.byteLength} bytes`);
