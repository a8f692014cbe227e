/**
 * A generated set of colour pictures with texture, for comparisons that should not rest on grey clothes alone: sprites of 32x32 in a
 * colour on a ground of two others, which stripes, checks, rings or soft patches share; the ground's kind is the class.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/texturedSprites.ts [--out DIR] [--count N] [--seed N]`
 *
 * Writes PNG files into a folder for each class, the same by the same seed, which `bench run --data DIR` reads.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "@elbo/core";
import { sprites } from "@elbo/datasets";
import { encode } from "fast-png";
import { commandLine } from "./support/commandLine.ts";

const { out, count, seed } = commandLine({ out: "runs/textured-sprites", count: 10_000, seed: 1 });
const size = 32;

/** Where a ground has its second colour, in [0, 1], at a place in periods from the middle. */
type Ground = (u: number, v: number) => number;

const soft = (wave: number): number => 0.5 + 0.5 * Math.tanh(2 * wave);

const grounds: Readonly<Record<string, Ground>> = {
  stripes: (u) => soft(Math.sin(2 * Math.PI * u)),
  checks: (u, v) => soft(2 * Math.sin(2 * Math.PI * u) * Math.sin(2 * Math.PI * v)),
  rings: (u, v) => soft(Math.sin(2 * Math.PI * Math.hypot(u, v))),
  patches: (u, v) =>
    soft(Math.sin(5 * u + 2 * Math.sin(3 * v)) + Math.sin(4 * v + Math.sin(6 * u))),
};

/** Three colours `[9]`, bytes, far enough from one another to be told apart. */
function colours(random: Random): number[] {
  const drawn = Array.from({ length: 9 }, () => Math.round(255 * random.uniform()));
  const distance = (a: number, b: number): number =>
    [0, 1, 2].reduce((sum, c) => sum + Math.abs(drawn[3 * a + c] - drawn[3 * b + c]), 0);
  return Math.min(distance(0, 1), distance(0, 2), distance(1, 2)) < 120 ? colours(random) : drawn;
}

/** One picture, bytes `[32, 32, 3]`: the sprite's mask over a ground of a random direction, period and offset. */
function picture(ground: Ground, mask: Uint8Array, random: Random): Uint8Array {
  const palette = colours(random);
  const angle = 2 * Math.PI * random.uniform();
  const period = 5 + 9 * random.uniform();
  const [x0, y0] = [size * random.uniform(), size * random.uniform()];
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [at, c] = [Math.floor(i / 3), i % 3];
    const [x, y] = [(at % size) - x0, Math.floor(at / size) - y0];
    const u = (x * Math.cos(angle) + y * Math.sin(angle)) / period;
    const v = (y * Math.cos(angle) - x * Math.sin(angle)) / period;
    const second = ground(u, v);
    const below = (1 - second) * palette[c] + second * palette[3 + c];
    const cover = mask[at] / 255;
    return Math.round((1 - cover) * below + cover * palette[6 + c]);
  });
}

const shapes = sprites({ size, count, testFraction: 0, seed }).train.data as Uint8Array;
const names = Object.keys(grounds);
for (const name of names) await mkdir(join(out, name), { recursive: true });
for (let i = 0; i < count; i++) {
  const name = names[i % names.length];
  const mask = shapes.subarray(i * size * size, (i + 1) * size * size);
  const data = picture(grounds[name], mask, new Random(seed).fork("textured", i));
  const file = encode({ width: size, height: size, channels: 3, depth: 8, data });
  await writeFile(join(out, name, `${String(i).padStart(5, "0")}.png`), file);
}
process.stdout.write(`${count} pictures in ${out}\n`);
