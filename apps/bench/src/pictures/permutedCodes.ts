import { Random } from "@elbo/core";
import { concatImages } from "./grid.ts";
import { columns, withLabels } from "./material.ts";
import type { NdArray } from "@elbo/core";
import type { PictureKind } from "./picture.ts";

/** What the places of codes are worth: the same codes in another order. */
export const permutedCodes: PictureKind = {
  kind: "permuted",
  suits(model) {
    const levels = Object.values(model.levels);
    return levels.length === 1 && levels[0].codeSpec?.dtype === "int32";
  },
  async draw(model, material) {
    const codes = await model.encode(withLabels(material));
    return {
      heading: "Codes in another order",
      text: "The codes of an image, decoded as they are and with their places exchanged at random: what a prior over codes has to know.",
      columns,
      caption:
        "Above, reconstructions of held-out images; below, the same codes at other places, decoded.",
      alt: "a row of reconstructions over a row of jumbled patches of them.",
      images: concatImages([
        await model.decode(codes),
        await model.decode(permuted(codes, { seed: material.seed, books: booksOf(model.levels) })),
      ]),
    };
  },
};

/** Indices per position. */
function booksOf(
  levels: Readonly<Record<string, { readonly codeSpec?: { limit?: unknown } }>>,
): number {
  const [{ codeSpec }] = Object.values(levels);
  return Array.isArray(codeSpec?.limit) ? codeSpec.limit.length : 1;
}

function permuted(
  { data, shape }: NdArray,
  { seed, books }: { readonly seed: number; readonly books: number },
): NdArray {
  const [count] = shape;
  const size = data.length / count;
  const positions = size / books;
  const out = new Int32Array(data.length);
  for (let row = 0; row < count; row++) {
    const order = new Random(seed).fork("permuted codes", row).permutation(positions);
    for (let i = 0; i < size; i++) {
      out[row * size + i] = data[row * size + order[Math.floor(i / books)] * books + (i % books)];
    }
  }
  return { data: out, shape };
}
