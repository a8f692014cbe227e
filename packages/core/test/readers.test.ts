import { describe, expect, test } from "vitest";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import { categoricalLikelihood } from "../src/likelihoods/categorical.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import type { ColumnReader, Likelihood } from "../src/likelihoods/likelihood.ts";
import { numbersReader } from "../src/likelihoods/readers.ts";
import { Random } from "../src/random/random.ts";
import { sizeOf } from "../src/shape.ts";

type Data = Uint8Array | Int32Array | Float32Array;

const readerOf = (likelihood: Likelihood, data: Data): ColumnReader => {
  const { shape } = likelihood.column;
  return likelihood.reader(
    { fn: "train", name: "x" },
    { data, shape: [data.length / sizeOf(shape), ...shape] },
  );
};
const rowOf = (likelihood: Likelihood, data: Data, random?: Random): number[] => {
  const out = new Float32Array(sizeOf(likelihood.column.shape));
  readerOf(likelihood, data).fillRow(out, { at: 0, index: 0 }, random);
  return [...out];
};

const pixels = bernoulliLikelihood([1, 3, 1]);

describe("in images, integers are grey levels", () => {
  test.each([
    ["bytes", Uint8Array.of(0, 51, 255)],
    ["int32, as tf.browser.fromPixels gives", Int32Array.of(0, 51, 255)],
    ["floats, which mean what they say", Float32Array.of(0, 0.2, 1)],
  ])("%s", (_, data) => {
    expect(rowOf(pixels, data)).toEqual([0, Math.fround(0.2), 1]);
    expect(rowOf(gaussianLikelihood([1, 3, 1]), data)).toEqual([0, Math.fround(0.2), 1]);
  });

  test("bytes that are all 0 or 1 are warned of, once", () => {
    const warnings = [
      "x holds integers that are all 0 or 1 and are divided by 255: if 1 is white, use Float32Array.from(data), or 0 and 255",
    ];
    const none = bernoulliLikelihood([1, 3, 1], { binarize: "none" });
    expect(readerOf(none, Uint8Array.of(0, 1, 1)).warnings).toEqual(warnings);
    expect(readerOf(gaussianLikelihood([1, 3, 1]), Uint8Array.of(0, 1, 1)).warnings).toEqual(
      warnings,
    );
    expect(readerOf(none, Uint8Array.of(0, 0, 0)).warnings ?? []).toEqual([]);
    expect(readerOf(none, Uint8Array.of(0, 1, 255)).warnings ?? []).toEqual([]);
    expect(rowOf(none, Float32Array.of(0, 1, 1))).toEqual([0, 1, 1]);
  });
});

describe("outside of images, numbers mean what they say", () => {
  test("integers of a table are real numbers, or 0 and 1", () => {
    expect(rowOf(gaussianLikelihood([3]), Uint8Array.of(0, 51, 255))).toEqual([0, 51, 255]);
    expect(rowOf(bernoulliLikelihood([]), Uint8Array.of(1))).toEqual([1]);
    expect(rowOf(categoricalLikelihood([2], { classes: 9 }), Float32Array.of(3, 8))).toEqual([
      3, 8,
    ]);
  });
});

test("grey values under dynamic binarization are warned of, black and white ones are not", () => {
  const warning =
    'x has grey values, which are binarized anew at every visit; the usual tutorial feeds them as they are: likelihood { kind: "bernoulli", binarize: "none" } ("dynamic" says that this is meant)';
  expect(readerOf(pixels, Uint8Array.of(0, 51, 255)).warnings).toEqual([warning]);
  expect(readerOf(pixels, Float32Array.of(0, 0.2, 1)).warnings).toEqual([warning]);
  expect(readerOf(pixels, Uint8Array.of(0, 255, 255)).warnings).toEqual([]);
  expect(readerOf(pixels, Float32Array.of(0, 1, 1)).warnings).toEqual([]);
  for (const binarize of ["static", "dynamic"] as const) {
    const meant = bernoulliLikelihood([1, 3, 1], { binarize });
    expect(readerOf(meant, Uint8Array.of(0, 51, 255)).warnings).toEqual([]);
  }
});

test("large values have a remedy that names the largest, unless they are standardized; very large ones are warned of", () => {
  const data = Float32Array.of(3, -812, 5);
  const advice =
    'x has values as large as 812: standardize them (mean 0, deviation 1); likelihood { kind: "gaussian", standardize: true } does';
  const reader = readerOf(gaussianLikelihood([3]), data);
  expect([reader.remedy, reader.warnings]).toEqual([advice, [advice]]);
  const some = readerOf(gaussianLikelihood([3]), Float32Array.of(1, 20, 3));
  expect(some.remedy).toContain("as large as 20");
  expect(some.warnings).toEqual([]);
  const standardized = readerOf(gaussianLikelihood([3], { standardize: true }), data);
  expect([standardized.remedy, standardized.warnings]).toEqual([undefined, []]);
  expect(readerOf(gaussianLikelihood([3]), Float32Array.of(1, 2, 3)).remedy).toBeUndefined();
});

describe("binarization", () => {
  test.each(["bytes", "int32", "floats"])("draws every value with its probability (%s)", (kind) => {
    const levels = [0, 1, 30, 128, 254, 255];
    const data =
      kind === "bytes"
        ? Uint8Array.from(levels)
        : kind === "int32"
          ? Int32Array.from(levels)
          : Float32Array.from(levels, (level) => level / 255);
    const reader = readerOf(bernoulliLikelihood([1, 6, 1]), data);
    const random = new Random(1);
    const out = new Float32Array(6);
    const sums = new Float64Array(6);
    const visits = 40_000;
    for (let visit = 0; visit < visits; visit++) {
      reader.fillRow(out, { at: 0, index: 0 }, random);
      out.forEach((value, i) => (sums[i] += value));
    }
    expect(sums[0]).toBe(0);
    expect(sums[5]).toBe(visits);
    levels.forEach((level, i) => {
      const p = level / 255;
      // Five standard deviations of a binomial mean.
      const most = 5 * Math.sqrt((p * (1 - p)) / visits);
      expect(Math.abs(sums[i] / visits - p)).toBeLessThanOrEqual(most);
    });
  });

  test("static binarization depends on the row alone", () => {
    const data = Uint8Array.from({ length: 5 * 64 }, (_, i) => (37 * i) % 256);
    const reader = readerOf(bernoulliLikelihood([8, 8, 1], { binarize: "static" }), data);
    const draw = (index: number, random: Random): Float32Array => {
      const out = new Float32Array(70);
      reader.fillRow(out, { at: 6, index }, random);
      return out;
    };
    expect(draw(3, new Random(1))).toEqual(draw(3, new Random(2)));
    expect(draw(3, new Random(1))).not.toEqual(draw(4, new Random(1)));
    expect(new Set(draw(3, new Random(1)))).toEqual(new Set([0, 1]));
  });

  test("without a generator, and with binarize none, values stay grey", () => {
    const data = Uint8Array.of(0, 51, 255);
    expect(rowOf(bernoulliLikelihood([1, 3, 1], { binarize: "static" }), data)[1]).toBe(
      Math.fround(0.2),
    );
    const none = bernoulliLikelihood([1, 3, 1], { binarize: "none" });
    expect(rowOf(none, data, new Random(1))[1]).toBe(Math.fround(0.2));
  });

  test("binarizing 100,000 pixels takes less than a millisecond", () => {
    const data = new Uint8Array(100_352).fill(90);
    const reader = readerOf(bernoulliLikelihood([28, 28, 1]), data);
    const out = new Float32Array(100_352);
    const random = new Random(1);
    const times: number[] = [];
    for (let i = 0; i < 60; i++) {
      const start = performance.now();
      for (let row = 0; row < 128; row++)
        reader.fillRow(out, { at: row * 784, index: row }, random);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    // It takes about 0.25 ms; the bound leaves room for a busy machine.
    expect(times[6]).toBeLessThan(1);
  });
});

test.each<[string, Likelihood, Data, readonly number[], string]>([
  [
    "another shape",
    pixels,
    new Uint8Array(6),
    [2, 3, 1, 1],
    "train: x must have the shape [n, 1, 3, 1], got [2, 3, 1, 1]",
  ],
  [
    "levels beyond a byte",
    pixels,
    Int32Array.of(0, 300, 1),
    [1, 1, 3, 1],
    "train: integers of x must be grey levels from 0 to 255, got 300 at 1; floats in [0, 1] mean what they say",
  ],
  [
    "levels as floats",
    pixels,
    Float32Array.of(0, 200, 1),
    [1, 1, 3, 1],
    "train: values of x must lie in [0, 1], got 200 at 1; grey levels from 0 to 255 must be a Uint8Array, or divided by 255",
  ],
  [
    "bytes of a vector",
    bernoulliLikelihood([3]),
    Uint8Array.of(0, 200, 1),
    [1, 3],
    "train: values of x must lie in [0, 1], got 200 at 1; divide by 255 if these are grey levels",
  ],
  [
    "what is not finite",
    gaussianLikelihood([2]),
    Float32Array.of(0, NaN),
    [1, 2],
    "train: values of x must be finite, got NaN at 1",
  ],
  [
    "a choice out of range",
    categoricalLikelihood([2], { classes: 3 }),
    Uint8Array.of(0, 3),
    [1, 2],
    "train: values of x must be integers in [0, 3), got 3 at 1",
  ],
  [
    "a fraction of a choice",
    categoricalLikelihood([2], { classes: 3 }),
    Float32Array.of(0.5, 1),
    [1, 2],
    "train: values of x must be integers in [0, 3), got 0.5 at 0",
  ],
])("%s is refused in a sentence", (_, likelihood, data, shape, sentence) => {
  expect(() => likelihood.reader({ fn: "train", name: "x" }, { data, shape })).toThrow(
    new RangeError(sentence),
  );
});

test("messages name the column", () => {
  const data = Float32Array.of(-1);
  expect(() =>
    numbersReader({ fn: "train", name: "age" }, { data, shape: [1] }, { shape: [], range: [0, 9] }),
  ).toThrow("train: values of age must lie in [0, 9], got -1 at 0");
});
