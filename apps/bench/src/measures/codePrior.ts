import { codeBits, train } from "@elbo/core";
import { codePrior as priorFor, unigram } from "@elbo/vq-vae";
import type { DrawnPicture } from "../pictures/picture.ts";
import type { ImageBatch } from "../pictures/grid.ts";
import type { Measure } from "./measure.ts";
import type { Subject } from "./subject.ts";

/** Smaller than the default, for tables of many models: some 150,000 weights at 512 codes. */
const network = { width: 32, layers: 4 };
const epochs = 8;

/** Whether a model has one level of codes that are indices. */
function hasCodes({ model }: Subject): boolean {
  const levels = Object.values(model.levels);
  return levels.length === 1 && levels[0].codeSpec?.dtype === "int32";
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
  suits: hasCodes,
  async measure({ model, seed, shared }) {
    const codes = await shared.codes("train");
    const held = await shared.codes("test");
    const prior = priorFor(model, { ...network, seed });
    const { positions, codebookSizes } = prior;
    const codebookSize = codebookSizes.length === 1 ? codebookSizes[0] : codebookSizes;
    const counted = unigram({ positions, codebookSize });
    await counted.count(codes);
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
