import { columns, hasPrior, pickImages, withLabels } from "./material.ts";
import type { NdArray } from "@elbo/core";
import type { PictureKind } from "./picture.ts";

/** Equal steps through the latent space between pairs of held-out images. */
export const interpolations: PictureKind = {
  kind: "interpolations",
  suits: (_, { images }) => pairs(images.shape[0]).length > 0,
  async draw(model, material) {
    const ends = pairs(material.images.shape[0]);
    const [from, to] = [0, 1].map((end) =>
      pickImages(
        material,
        ends.map((pair) => pair[end]),
      ),
    );
    const { data } = await model.interpolate(from, to, { steps: columns });
    const kept =
      model.condition === undefined
        ? ""
        : " What the model is told stays that of the first image, so a row ends in the shape of the last image worn by the first one's class.";
    return {
      heading: "Interpolations",
      text: "The way from one held-out image to another, in equal steps through the latent space.",
      columns,
      caption: `Each row goes from the reconstruction of one held-out image to that of another in ten equal steps through the latent space.${kept}`,
      alt: "rows of ten images, each row changing gradually from one held-out image to another.",
      images: { data, shape: [ends.length * columns, ...material.images.shape.slice(1)] },
    };
  },
};

const traversed = {
  dimensions: 6,
  values: [-3, -2.25, -1.5, -0.75, 0, 0.75, 1.5, 2.25, 3],
  image: 3,
};

/** One latent dimension at a time, for the dimensions that are used most. */
export const traversals: PictureKind = {
  kind: "traversals",
  suits(model) {
    const levels = Object.values(model.levels);
    return levels.length === 1 && levels[0].latent.length === 1 && hasPrior(model);
  },
  async draw(model, material) {
    const image = Math.min(traversed.image, material.images.shape[0] - 1);
    const codes = await model.encode(withLabels(material));
    const dimensions = mostVaried(codes, traversed.dimensions);
    const { data, shape } = await model.traverse(pickImages(material, [image]), {
      dimensions,
      values: traversed.values,
    });
    return {
      heading: "Traversals",
      text: "What a single latent dimension does to an image while all others stay.",
      columns: traversed.values.length,
      caption:
        "One held-out image with one latent dimension at a time set from −3 to 3; a row per dimension, those whose means vary most over the images above first.",
      alt: "rows of nine images, each row changing as one latent dimension grows.",
      rows: dimensions.map((dimension) => `z${dimension}`),
      images: { data, shape: [shape[0] * shape[1], ...shape.slice(2)] },
    };
  },
};

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

function pairs(count: number): [number, number][] {
  const wanted: [number, number][] = [
    [0, 3],
    [1, 8],
    [5, 9],
    [6, 2],
  ];
  return wanted.filter(([from, to]) => from < count && to < count);
}
