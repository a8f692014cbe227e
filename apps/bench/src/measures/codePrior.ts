import { codeBits, hierarchy, train } from "@elbo/core";
import { codePrior as priorFor, unigram } from "@elbo/vq-vae";
import type {
  CodeBits,
  CodingPrior,
  Estimate,
  LatentModel,
  LearnedCodePrior,
  NdArray,
} from "@elbo/core";
import type { DrawnPicture } from "../pictures/picture.ts";
import type { ImageBatch } from "../pictures/grid.ts";
import { hasCodes } from "./measuredModel.ts";
import type { Measure } from "./measure.ts";

/** Smaller than the default, for tables of many models: some 150,000 weights at 512 codes. */
const network = { width: 32, layers: 4 };
const epochs = 8;

/** Codes as `encode` gives them: an array, or of several levels one for each. */
type Codes = NdArray | Readonly<Record<string, NdArray>>;

/** Frequencies of single codes in the place of a prior, of every level where there are several. */
async function counted(prior: CodingPrior, codes: Codes): Promise<CodingPrior> {
  const of = async (
    { positions, codebookSizes: sizes }: LearnedCodePrior,
    own: NdArray,
  ): Promise<LearnedCodePrior> => {
    const made = unigram({ positions, codebookSize: sizes.length === 1 ? sizes[0] : sizes });
    await made.count(own);
    return made;
  };
  if (!("levels" in prior)) return of(prior, codes as NdArray);
  const levels: Record<string, LearnedCodePrior> = {};
  for (const [name, own] of Object.entries(prior.levels))
    levels[name] = await of(own, (codes as Readonly<Record<string, NdArray>>)[name]);
  return hierarchy(levels);
}

/** Bits per code of all levels together, and of each where there are several: `top.priorBits`. */
const figuresOf = (key: string, { perCode, levels }: CodeBits): Record<string, Estimate> => ({
  [key]: perCode,
  ...Object.fromEntries(Object.entries(levels).map(([level, own]) => [`${level}.${key}`, own])),
});

/** A prior over the codes of a model, trained on those of its training images. */
export const codePrior: Measure = {
  name: "code-prior",
  ofTrained: "priors over codes",
  figures: [
    {
      key: "unigramBits",
      title: "Unigram",
      unit: "bits/code",
      definition:
        "Bits per code of held-out images when all codes are independent, each by its frequency in the training images; of several levels over all of their codes. Lower is better.",
      digits: 3,
      better: "lower",
    },
    {
      key: "priorBits",
      title: "PixelCNN",
      unit: "bits/code",
      definition:
        "Bits per code of held-out images under a small gated PixelCNN, trained on the codes of the training images; of several levels one for each, told those before it. Lower is better.",
      digits: 3,
      better: "lower",
    },
  ],
  suits: hasCodes,
  async measure({ model, seed, shared }) {
    const codes = await shared.codes("train");
    const held = await shared.codes("test");
    const prior = priorFor(model as LatentModel, { ...network, seed });
    const frequencies = await counted(prior, codes);
    try {
      await train(prior, codes, { epochs, seed, validation: 0, clipNorm: 5, progress: "silent" });
      return {
        figures: {
          ...figuresOf("unigramBits", await codeBits(frequencies as never, held)),
          ...figuresOf("priorBits", await codeBits(prior as never, held)),
        },
        pictures: [picture(await model.sample(40, { prior, seed }))],
      };
    } finally {
      prior.dispose();
      frequencies.dispose();
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
