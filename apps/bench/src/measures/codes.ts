import { evaluate, linearProbe } from "@elbo/core";
import { pick, spreadIndices } from "../data/pick.ts";
import { codePatches, usageBars } from "../pictures/codebook.ts";
import { booksOf } from "./books.ts";
import type { Estimate, LatentModel, NdArray } from "@elbo/core";
import type { Split } from "@elbo/datasets";
import { hasCodes } from "./measuredModel.ts";
import type { Measure, MeasureContext } from "./measure.ts";
import type { MeasuredModel } from "./measuredModel.ts";

/** Training images that the probe is fitted on, spread evenly. */
const probed = 1000;

/** What a model of discrete codes does with them. */
export const codes: Measure = {
  name: "codes",
  ofTrained: "figures of codes",
  figures: [
    {
      key: "usage",
      title: "Usage",
      unit: "",
      definition:
        "Share of the codes that at least one held-out image uses; of several codebooks the mean; each level and codebook has a row of its own below.",
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
  suits: hasCodes,
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
    return {
      figures: {
        ...Object.fromEntries(own),
        ...uniformRates(context.model),
        ...(await probe(context)),
      },
      pictures: [usageBars(books), ...codePatches(books, context)],
    };
  },
};

/** `log2` of how many codes there are, over the positions of an image: of all levels together, and of each where there are several. */
function uniformRates({ levels }: MeasuredModel): Record<string, Estimate> {
  const bits = Object.entries(levels).map(([level, { codeSpec }]) => {
    const { shape, limit = 1 } = codeSpec ?? { shape: [] };
    const sizes = typeof limit === "number" ? [limit] : limit;
    const positions = shape.reduce((a, b) => a * b, 1) / sizes.length;
    return [level, positions * sizes.reduce((sum, K) => sum + Math.log2(K), 0)] as const;
  });
  const exact = (mean: number): Estimate => ({ mean, standardError: NaN });
  return {
    rateBits: exact(bits.reduce((sum, [, own]) => sum + own, 0)),
    ...(bits.length > 1 &&
      Object.fromEntries(bits.map(([level, own]) => [`${level}.rateBits`, exact(own)]))),
  };
}

/** Accuracy of a linear classifier on the code vectors of labelled images: of all levels together, and of each where there are several. */
async function probe({ model, data }: MeasureContext): Promise<Record<string, Estimate>> {
  const { train, test } = data;
  if (train.labels === undefined || test.labels === undefined) return {};
  const few = pick(train, spreadIndices(train.shape[0], probed));
  const [fitted, held] = [await pooledOf(model, few), await pooledOf(model, test)];
  const accuracyOf = (levels: readonly string[]): Estimate =>
    linearProbe({
      train: { features: joined(fitted, levels), labels: Int32Array.from(few.labels ?? []) },
      test: { features: joined(held, levels), labels: Int32Array.from(test.labels ?? []) },
    });
  const names = Object.keys(fitted);
  return {
    codeProbe: accuracyOf(names),
    ...(names.length > 1 &&
      Object.fromEntries(names.map((name) => [`${name}.codeProbe`, accuracyOf([name])]))),
  };
}

/** The code vectors of every level, averaged over squares of 2x2 positions. */
async function pooledOf(model: MeasuredModel, split: Split): Promise<Record<string, NdArray>> {
  const posterior: Readonly<Record<string, unknown>> = await model.posterior(split);
  const [only] = Object.keys(model.levels);
  const levels = "vectors" in posterior ? { [only]: posterior } : posterior;
  return Object.fromEntries(
    Object.entries(levels).map(([level, own]) => [
      level,
      averaged((own as Readonly<Record<string, NdArray>>)["vectors"]),
    ]),
  );
}

/** The vectors of some levels one after the other: `[n, F]`. */
function joined(pooled: Readonly<Record<string, NdArray>>, levels: readonly string[]): NdArray {
  const parts = levels.map((level) => pooled[level]);
  const [count] = parts[0].shape;
  const sizes = parts.map(({ data }) => data.length / count);
  const width = sizes.reduce((a, b) => a + b, 0);
  const data = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    let at = row * width;
    parts.forEach((own, i) => {
      data.set(own.data.subarray(row * sizes[i], (row + 1) * sizes[i]), at);
      at += sizes[i];
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
