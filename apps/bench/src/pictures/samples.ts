import { classesOf, columns, hasPrior, rowByRow } from "./material.ts";
import type { PictureKind } from "./picture.ts";

/** Draws from the prior, decoded. */
export const priorSamples: PictureKind = {
  kind: "samples",
  suits: (model) => hasPrior(model) && model.condition === undefined,
  draw: async (model, { seed }) => ({
    heading: "Samples from the prior",
    text: "Images that no one took: latents drawn from the prior and decoded. What a good bound is worth shows here.",
    columns,
    caption: "Forty draws from the prior, decoded; the first that the seed gives, none left out.",
    alt: "forty generated images in four rows of ten.",
    images: await model.sample(4 * columns, { seed }),
  }),
};

/** Draws from the prior, each row under one label, each column from one draw. */
export const classSamples: PictureKind = {
  kind: "classes",
  suits: (model, { labels }) =>
    hasPrior(model) && labels !== undefined && model.condition?.accepts.includes("label") === true,
  async draw(model, { seed, labels = new Int32Array(0), classNames }) {
    const classes = classesOf(labels);
    return {
      heading: "Samples by class",
      text: "A conditional model draws what it is asked for.",
      columns,
      caption:
        "Each row asks for one class; each column shares one draw from the prior, so that what is left in common is style.",
      alt: "generated images, a row of ten for each class.",
      rows: classes.map((label) => classNames?.[label] ?? `class ${label}`),
      images: await rowByRow(classes, (label) => model.sample(columns, { seed, label })),
    };
  },
};
