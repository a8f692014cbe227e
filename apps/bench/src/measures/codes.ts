import { evaluate, linearProbe } from "@elbo/core";
import { pick } from "../data/pick.ts";
import { codePatches, usageBars } from "../pictures/codebook.ts";
import { booksOf } from "./books.ts";
import type { Estimate, LatentModel, NdArray } from "@elbo/core";
import type { Split } from "@elbo/datasets";
import { isTrainedHere } from "./measuredModel.ts";
import type { Measure, MeasureContext } from "./measure.ts";

/** Training images that the probe is fitted on, spread evenly. */
const probed = 1000;

/** What a model of discrete codes does with them. */
export const codes: Measure = {
  name: "codes",
  figures: [
    {
      key: "usage",
      title: "Usage",
      unit: "",
      definition:
        "Share of the codes that at least one held-out image uses; of several codebooks the mean, of several levels by level.",
      digits: 3,
      better: "higher",
    },
    {
      key: "deadCodes",
      title: "Dead codes",
      unit: "codes",
      definition: "Codes of all books that no held-out image uses.",
      digits: 1,
      better: "lower",
    },
    {
      key: "quantizationError",
      title: "Quantization error",
      unit: "",
      definition:
        "Squared distance of encoder outputs from their codes, averaged over dimensions, positions and held-out images, in the space where codes are compared.",
      digits: 4,
    },
    {
      key: "commitmentRatio",
      title: "Commitment ratio",
      unit: "",
      definition:
        "The quantization error divided by the variance of the encoder's outputs: 0 when every output lies on its code, 1 when one code would do as well.",
      digits: 3,
      better: "lower",
    },
    {
      key: "rateBits",
      title: "Uniform rate",
      unit: "bits",
      definition:
        "What the codes of an image cost when all are equally likely, log2 of their number added up.",
      digits: 0,
    },
    {
      key: "codeProbe",
      title: "Probe of codes",
      unit: "",
      definition: `Accuracy of a linear classifier of held-out images by their code vectors, averaged over squares of 2x2 positions, fitted on ${probed} training images.`,
      digits: 3,
      better: "higher",
    },
  ],
  suits: ({ model }) =>
    isTrainedHere(model) &&
    Object.values(model.levels).every(({ codeSpec }) => codeSpec?.dtype === "int32"),
  async measure(context) {
    const { model, data, seed } = context;
    const all: Readonly<Record<string, Estimate | undefined>> = await evaluate(
      model as LatentModel,
      data.test,
      { samples: 1, seed },
    );
    const wanted = /(^|\.)(usage\d*|deadCodes|quantizationError|commitmentRatio)$/;
    const own = Object.entries(all).flatMap(([key, estimate]) =>
      estimate !== undefined && wanted.test(key) ? [[key, estimate] as const] : [],
    );
    const books = await booksOf(context, "test");
    const uniform = books.reduce((sum, { K, perExample }) => sum + perExample * Math.log2(K), 0);
    return {
      figures: {
        ...Object.fromEntries(own),
        rateBits: { mean: uniform, standardError: NaN },
        ...(await probe(context)),
      },
      pictures: [usageBars(books), ...codePatches(books, context)],
    };
  },
};

/** Accuracy of a linear classifier on the code vectors of labelled images. */
async function probe({ model, data }: MeasureContext): Promise<Record<string, Estimate>> {
  const { train, test } = data;
  if (train.labels === undefined || test.labels === undefined) return {};
  const count = train.shape[0];
  const few = pick(
    train,
    Array.from({ length: Math.min(probed, count) }, (_, i) =>
      Math.floor((i * count) / Math.min(probed, count)),
    ),
  );
  const featuresOf = async (split: Split): Promise<NdArray> => flat(await model.posterior(split));
  return {
    codeProbe: linearProbe({
      train: { features: await featuresOf(few), labels: Int32Array.from(few.labels ?? []) },
      test: { features: await featuresOf(test), labels: Int32Array.from(test.labels) },
    }),
  };
}

/** The code vectors of all levels, averaged over squares of 2x2 positions, one after the other: `[n, F]`. */
function flat(posterior: Readonly<Record<string, unknown>>): NdArray {
  const levels = "vectors" in posterior ? [posterior] : Object.values(posterior);
  const pooled = levels.map((level) =>
    averaged((level as Readonly<Record<string, NdArray>>)["vectors"]),
  );
  const [count] = pooled[0].shape;
  const sizes = pooled.map(({ data }) => data.length / count);
  const width = sizes.reduce((a, b) => a + b, 0);
  const data = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    let at = row * width;
    pooled.forEach((own, level) => {
      data.set(own.data.subarray(row * sizes[level], (row + 1) * sizes[level]), at);
      at += sizes[level];
    });
  }
  return { data, shape: [count, width] };
}

/** Means over squares of 2x2 positions of vectors `[n, h, w, D]`, smaller ones at the end of odd sides; others as they are. */
function averaged({ data, shape }: NdArray): NdArray {
  const [count, h, w, D] = shape;
  if (shape.length !== 4) return { data, shape };
  const [rows, columns] = [Math.ceil(h / 2), Math.ceil(w / 2)];
  const out = new Float32Array(count * rows * columns * D);
  for (let i = 0; i < data.length; i++) {
    const place = Math.floor(i / D);
    const [y, x] = [Math.floor(place / w) % h, place % w];
    const area = Math.min(2, h - 2 * Math.floor(y / 2)) * Math.min(2, w - 2 * Math.floor(x / 2));
    const square = Math.floor(y / 2) * columns + Math.floor(x / 2);
    out[(Math.floor(place / (h * w)) * rows * columns + square) * D + (i % D)] += data[i] / area;
  }
  return { data: out, shape: [count, rows, columns, D] };
}
