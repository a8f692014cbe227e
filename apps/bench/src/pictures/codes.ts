import { codeColor } from "./codeColor.ts";
import { concatImages } from "./grid.ts";
import { columns, toColors, withLabels } from "./material.ts";
import type { NdArray } from "@elbo/core";
import type { ImageBatch } from "./grid.ts";
import type { PictureKind } from "./picture.ts";

/** The grids of codes that stand for images, in false colours. */
export const codeGrids: PictureKind = {
  kind: "codes",
  suits(model) {
    const levels = Object.values(model.levels);
    const [{ codeSpec }] = levels;
    return levels.length === 1 && codeSpec?.dtype === "int32" && codeSpec.shape.length === 2;
  },
  async draw(model, material) {
    const { images } = material;
    const codes = await model.encode(withLabels(material));
    return {
      heading: "Codes",
      text: "What a vector-quantized model keeps of an image: a small grid of indices.",
      columns,
      caption:
        "Held-out images over the grids of codes that stand for them. A colour is an entry of the codebook: where colours are equal, entries are.",
      alt: "a row of images over a row of coarse coloured grids that trace their outlines.",
      images: concatImages([toColors(images), paintCodes(codes, images.shape)]),
    };
  },
};

/** Code indices `[n, h, w]` as squares of one colour each, in the size of the images. */
function paintCodes(codes: NdArray, [count, height, width]: readonly number[]): ImageBatch {
  const [, rows, columnsOfCodes] = codes.shape;
  const data = new Float32Array(count * height * width * 3);
  for (let pixel = 0; pixel < count * height * width; pixel++) {
    const [x, y] = [pixel % width, Math.floor(pixel / width) % height];
    const image = Math.floor(pixel / (width * height));
    const row = Math.floor((y * rows) / height);
    const column = Math.floor((x * columnsOfCodes) / width);
    data.set(codeColor(codes.data[(image * rows + row) * columnsOfCodes + column]), 3 * pixel);
  }
  return { data, shape: [count, height, width, 3] };
}
