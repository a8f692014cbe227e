/** Pictures of a codebook: how often codes are used, and what they stand for. */
import { toUnit } from "../data/benchData.ts";
import { concatImages } from "./grid.ts";
import type { Book } from "../measures/books.ts";
import type { BenchData } from "../data/benchData.ts";
import type { ImageBatch } from "./grid.ts";
import type { DrawnPicture } from "./picture.ts";

const barWidth = 256;
const barHeight = 48;

/** A bar for every code (or for as many as there is room for), the most used first; heights are shares of the most used one's logarithm. */
export function usageBars(books: readonly Book[]): DrawnPicture {
  return {
    kind: "usage",
    heading: "How codes are used",
    text: "A bar for every code, from the most to the least used on held-out images, on a logarithmic scale: what falls to nothing is a dead code.",
    columns: 1,
    caption:
      "Codes from the most to the least used; heights are logarithms of one more than the count.",
    alt: "a falling histogram for each codebook.",
    ...(books.length > 1 && { rows: books.map(({ name }) => name) }),
    images: concatImages(books.map(barsOf)),
  };
}

function barsOf({ codes, K }: Book): ImageBatch {
  const counts = countsOf(codes, K).sort((a, b) => b - a);
  const top = Math.log1p(counts[0]);
  const data = new Float32Array(barHeight * barWidth).fill(1);
  for (let x = 0; x < barWidth; x++) {
    const count = counts[Math.floor((x * K) / barWidth)];
    const height = top === 0 ? 0 : Math.round((barHeight * Math.log1p(count)) / top);
    for (let y = barHeight - height; y < barHeight; y++) data[y * barWidth + x] = 0.35;
  }
  return { data, shape: [1, barHeight, barWidth, 1] };
}

function countsOf(codes: Int32Array, K: number): Float64Array {
  const counts = new Float64Array(K);
  codes.forEach((code) => counts[code]++);
  return counts;
}

/** Codes that are shown. */
const shown = 64;

/**
 * What codes stand for: the mean of the patches of held-out images at the positions where each is chosen, the most used codes
 * first. A patch is twice as wide as a position's share of the image, since encoders look beyond it.
 */
export function codePatches(
  books: readonly Book[],
  { data }: { readonly data: BenchData },
): DrawnPicture[] {
  const pictured = books.filter(({ grid }) => grid.length === 2);
  if (pictured.length === 0) return [];
  const sizes = pictured.map(({ grid }) => patchSize(data.image, grid).join("x"));
  const alike = pictured.filter((_, i) => sizes[i] === sizes[0]);
  const images = toUnit(data.test);
  return [
    {
      kind: "patches",
      heading: "Codes as patches",
      text: "The mean of all held-out patches that a code stands for, the most used codes first.",
      columns: 16,
      caption: `The ${shown} most used codes${alike.length > 1 ? ` of each of ${alike.length} codebooks` : ""}, each as the mean of the patches that it stands for.`,
      alt: "small patches: even ground, edges in all directions, corners, textures.",
      images: concatImages(alike.map((book) => patchesOf(book, images))),
    },
  ];
}

function patchSize(
  [height, width]: readonly number[],
  [rows, columns]: readonly number[],
): [number, number] {
  return [2 * Math.ceil(height / rows), 2 * Math.ceil(width / columns)];
}

function patchesOf({ codes, grid, perExample, K }: Book, images: ImageBatch): ImageBatch {
  const [count, height, width, channels] = images.shape;
  const [patchHeight, patchWidth] = patchSize([height, width], grid);
  const counts = countsOf(codes, K);
  const order = Array.from({ length: K }, (_, k) => k).sort((a, b) => counts[b] - counts[a]);
  const places = new Map(order.slice(0, shown).map((k, place) => [k, place]));
  const size = patchHeight * patchWidth * channels;
  const data = new Float32Array(shown * size);
  for (let i = 0; i < count * perExample; i++) {
    const place = places.get(codes[i]);
    if (place === undefined) continue;
    const image = Math.floor(i / perExample);
    const [row, column] = [Math.floor((i % perExample) / grid[1]), i % grid[1]];
    const top = Math.round(((row + 0.5) * height) / grid[0] - patchHeight / 2);
    const left = Math.round(((column + 0.5) * width) / grid[1] - patchWidth / 2);
    for (let at = 0; at < size; at++) {
      const y = Math.min(height - 1, Math.max(0, top + Math.floor(at / (patchWidth * channels))));
      const x = Math.min(width - 1, Math.max(0, left + (Math.floor(at / channels) % patchWidth)));
      const from = ((image * height + y) * width + x) * channels + (at % channels);
      data[place * size + at] += images.data[from] / counts[codes[i]];
    }
  }
  return { data, shape: [shown, patchHeight, patchWidth, channels] };
}
