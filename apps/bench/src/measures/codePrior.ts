import { codeBits, train } from "@elbo/core";
import type { NdArray } from "@elbo/core";
import { pixelCnn, unigram } from "@elbo/vq-vae";
import type { DrawnPicture } from "../pictures/picture.ts";
import type { ImageBatch } from "../pictures/grid.ts";
import type { Measure } from "./measure.ts";
import type { Subject } from "./subject.ts";

/** Smaller than the default, for tables of many models: some 150,000 weights at 512 codes. */
const network = { width: 32, layers: 4 };
const epochs = 8;

/** The codebook's size where a model's one level has codes of one codebook on a grid. */
function codebookOf({ model }: Subject): number | undefined {
  const [level, ...others] = Object.values(model.levels);
  const { codeSpec } = level;
  const isGrid = codeSpec?.dtype === "int32" && codeSpec.shape.length <= 2;
  return others.length === 0 && isGrid ? codeSpec.limit : undefined;
}

/** A prior over the codes of a model, trained on those of its training images. */
export const codePrior: Measure = {
  name: "code-prior",
  figures: [
    {
      key: "unigramBits",
      title: "Unigram",
      unit: "bits/code",
      definition:
        "Bits per code of held-out images when all codes are independent, each by its frequency in the training images. Lower is better.",
      digits: 3,
      better: "lower",
    },
    {
      key: "priorBits",
      title: "PixelCNN",
      unit: "bits/code",
      definition:
        "Bits per code of held-out images under a small gated PixelCNN, trained on the codes of the training images. Lower is better.",
      digits: 3,
      better: "lower",
    },
  ],
  suits: (subject) => codebookOf(subject) !== undefined,
  async measure({ model, data, seed, shared }) {
    const codebookSize = codebookOf({ model, data }) ?? 0;
    const codes: NdArray = await shared.codes("train");
    const held = await shared.codes("test");
    const own = { positions: codes.shape.slice(1), codebookSize };
    const counted = unigram(own);
    await counted.count(codes);
    const prior = pixelCnn({ ...own, ...network, seed });
    try {
      await train(prior, codes, { epochs, seed, validation: 0, clipNorm: 5, progress: "silent" });
      return {
        figures: {
          unigramBits: (await codeBits(counted, held)).perCode,
          priorBits: (await codeBits(prior, held)).perCode,
        },
        pictures: [picture(await model.sample(40, { prior, seed }))],
      };
    } finally {
      prior.dispose();
      counted.dispose();
    }
  },
};

const picture = (images: ImageBatch): DrawnPicture => ({
  kind: "code-samples",
  heading: "Samples from a prior over codes",
  text: "Codes drawn one after the other from a gated PixelCNN that was trained on the codes of the training images, then decoded.",
  columns: 10,
  caption: "Forty draws, decoded; the first that the seed gives, none left out.",
  alt: "forty generated images in four rows of ten.",
  images,
});
