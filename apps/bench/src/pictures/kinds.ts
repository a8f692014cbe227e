import type { Examples, LatentModel, NdArray } from "@elbo/core";
import { concatImages } from "./grid.ts";
import type { ImageBatch } from "./grid.ts";

/** What pictures are drawn from. */
export interface PictureMaterial {
  /** Ten held-out images: one of each class in the order of the classes, or the first ones of unlabelled data. */
  readonly images: ImageBatch;
  /** Their labels; absent for unlabelled data. */
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly seed: number;
}

/** One kind of picture of one model. */
export interface PictureKind {
  /** Names the picture's file and its section of the report. */
  readonly kind: "samples" | "classes" | "interpolations" | "traversals" | "codes";
  /** Images per row. */
  readonly columns: number;
  /** What one sees, in a sentence or two. */
  readonly caption: string;
  /** The same for people who do not see it; follows the model's title. */
  readonly alt: string;
  /** The images in rows of `columns`. */
  draw(model: LatentModel, material: PictureMaterial): Promise<ImageBatch>;
  /** Labels of the rows, if rows have names. */
  rows?(material: PictureMaterial): readonly string[] | undefined;
}

const columns = 10;

/** Draws from the prior, decoded. */
export const priorSamples: PictureKind = {
  kind: "samples",
  columns,
  caption: "Forty draws from the prior, decoded; the first that the seed gives, none left out.",
  alt: "forty generated images in four rows of ten.",
  draw: (model, { seed }) => model.sample(4 * columns, { seed }),
};

/** Draws from the prior, each row under one label, each column from one draw. */
export const classSamples: PictureKind = {
  kind: "classes",
  columns,
  caption:
    "Each row asks for one class; each column shares one draw from the prior, so that what is left in common is style.",
  alt: "generated images, a row of ten for each class.",
  async draw(model, { seed, labels = new Int32Array(0) }) {
    const rows: ImageBatch[] = [];
    for (const label of classesOf(labels)) rows.push(await model.sample(columns, { seed, label }));
    return concatImages(rows);
  },
  rows: ({ labels, classNames }) =>
    labels && classesOf(labels).map((label) => classNames?.[label] ?? `class ${label}`),
};

const interpolationCaption =
  "Each row goes from the reconstruction of one held-out image to that of another in ten equal steps through the latent space.";

/** Equal steps through the latent space between pairs of held-out images. */
export const interpolations: PictureKind = {
  kind: "interpolations",
  columns,
  caption: interpolationCaption,
  alt: "rows of ten images, each row changing gradually from one held-out image to another.",
  async draw(model, material) {
    const ends = pairs(material.images.shape[0]);
    const [from, to] = [0, 1].map((end) =>
      pickImages(
        material,
        ends.map((pair) => pair[end]),
      ),
    );
    const { data } = await model.interpolate(from, to, { steps: columns });
    return { data, shape: [ends.length * columns, ...material.images.shape.slice(1)] };
  },
};

/** The same for a model with labels, which has to keep one label along a row. */
export const labelledInterpolations: PictureKind = {
  ...interpolations,
  caption: `${interpolationCaption} The label stays that of the first image, so a row ends in the shape of the last image worn by the first one's class.`,
};

const traversed = {
  dimensions: 6,
  values: [-3, -2.25, -1.5, -0.75, 0, 0.75, 1.5, 2.25, 3],
  image: 3,
};

/** One latent dimension at a time, for the dimensions that are used most. */
export const traversals: PictureKind = {
  kind: "traversals",
  columns: traversed.values.length,
  caption:
    "One held-out image with one latent dimension at a time set from −3 to 3; a row per dimension, those whose means vary most over the images above first.",
  alt: "six rows of nine images, each row changing as one latent dimension grows.",
  async draw(model, material) {
    const image = Math.min(traversed.image, material.images.shape[0] - 1);
    const codes = await model.encode(withLabels(material));
    const dimensions = mostVaried(codes, traversed.dimensions);
    const { data, shape } = await model.traverse(pickImages(material, [image]), {
      dimensions,
      values: traversed.values,
    });
    return { data, shape: [shape[0] * shape[1], ...shape.slice(2)] };
  },
};

/** The grids of codes that stand for images, in false colours. */
export const codeGrids: PictureKind = {
  kind: "codes",
  columns,
  caption:
    "Held-out images over the grids of codes that stand for them. A colour is an entry of the codebook: where colours are equal, entries are.",
  alt: "a row of images over a row of coarse coloured grids that trace their outlines.",
  async draw(model, material) {
    const { images } = material;
    const codes = await model.encode(withLabels(material));
    return concatImages([toColors(images), paintCodes(codes, images.shape)]);
  },
};

/** Grey images as red, green and blue; coloured ones as they are. */
function toColors({ data, shape }: ImageBatch): ImageBatch {
  const repeat = 3 / shape[3];
  return {
    data: Float32Array.from(
      { length: data.length * repeat },
      (_, index) => data[Math.floor(index / repeat)],
    ),
    shape: [...shape.slice(0, 3), 3],
  };
}

/** Code indices `[n, h, w]` as squares of one colour each, in the size of the images. */
function paintCodes(codes: NdArray, [count, height, width]: readonly number[]): ImageBatch {
  const [, rows, columnsOfCodes] = codes.shape;
  const data = new Float32Array(count * height * width * 3);
  for (let pixel = 0; pixel < count * height * width; pixel++) {
    const [x, y] = [pixel % width, Math.floor(pixel / width) % height];
    const image = Math.floor(pixel / (width * height));
    const row = Math.floor((y * rows) / height);
    const column = Math.floor((x * columnsOfCodes) / width);
    data.set(colorOf(codes.data[(image * rows + row) * columnsOfCodes + column]), 3 * pixel);
  }
  return { data, shape: [count, height, width, 3] };
}

/** A colour for an index; neighbours differ, as hues are multiples of the golden angle. */
function colorOf(index: number): [number, number, number] {
  const hue = (index * 0.618034) % 1;
  const light = 0.45 + 0.4 * ((index * 0.381966 * 7) % 1);
  return [0, 1 / 3, 2 / 3].map(
    (shift) => light * (0.6 + 0.4 * Math.cos(2 * Math.PI * (hue + shift))),
  ) as [number, number, number];
}

/** The dimensions `[n, L]` whose values vary most over the first axis, most first. */
function mostVaried({ data, shape }: NdArray, wanted: number): number[] {
  const [count, size] = shape;
  const variances = Array.from({ length: size }, (_, dimension) => {
    const values = Array.from({ length: count }, (_unused, row) => data[row * size + dimension]);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  });
  return [...variances.keys()].sort((a, b) => variances[b] - variances[a]).slice(0, wanted);
}

function classesOf(labels: Int32Array): number[] {
  return [...new Set(labels)].sort((a, b) => a - b);
}

function pairs(count: number): [number, number][] {
  const wanted: [number, number][] = [
    [0, 3],
    [1, 8],
    [5, 9],
    [6, 2],
  ];
  return wanted.filter(([from, to]) => from < count && to < count);
}

/** All images with their labels. */
export function withLabels({ images, labels }: PictureMaterial): Examples {
  return { ...images, ...(labels === undefined ? {} : { labels }) };
}

/** The chosen images with their labels. */
function pickImages({ images, labels }: PictureMaterial, indices: readonly number[]): Examples {
  const size = images.data.length / images.shape[0];
  const data = new Float32Array(indices.length * size);
  indices.forEach((from, to) => {
    data.set(images.data.subarray(from * size, (from + 1) * size), to * size);
  });
  return {
    data,
    shape: [indices.length, ...images.shape.slice(1)],
    ...(labels === undefined ? {} : { labels: Int32Array.from(indices, (index) => labels[index]) }),
  };
}
