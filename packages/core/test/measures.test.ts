import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import {
  accuracy,
  auroc,
  averagePrecision,
  expectedCalibrationError,
  frechetDistance,
  linearProbe,
  linearRegressionProbe,
  nearestNeighbourProbe,
  pairedDifference,
  precisionRecall,
  psnr,
  Random,
  ssim,
  symmetricEigen,
  temperatureScaling,
} from "../src/index.ts";
import { cholesky, logDeterminant, solveLower, solveUpper } from "../src/numeric/cholesky.ts";
import { smallest } from "../src/numeric/neighbours.ts";

const normals = (count: number, seed = 1): Float32Array => {
  const values = new Float32Array(count);
  new Random(seed).fillNormalInto(values);
  return values;
};
const features = (rows: number, columns: number, seed = 1) => ({
  data: normals(rows * columns, seed),
  shape: [rows, columns],
});

describe("accuracy and calibration", () => {
  test("accuracy is a share with its standard error", () => {
    const { mean, standardError } = accuracy([0, 1, 2, 2], Uint8Array.of(0, 1, 2, 1));
    expect(mean).toBe(0.75);
    expect(standardError).toBeCloseTo(0.25, 12); // s^2 = 0.25, n = 4
  });

  test("the calibration error of two confidences is the weighted gap by hand", () => {
    // Two sure and right of one, one sure and right of two, at confidence 0.9 and 0.6.
    const data = Float64Array.of(0.9, 0.1, 0.9, 0.1, 0.4, 0.6, 0.4, 0.6);
    const error = expectedCalibrationError({ data, shape: [4, 2] }, [0, 0, 1, 0], { bins: 10 });
    expect(error).toBeCloseTo((2 * (1 - 0.9) + 2 * Math.abs(0.5 - 0.6)) / 4, 12);
  });

  test("a classifier that draws its labels from its own probabilities is nearly calibrated, a sharper one is not", () => {
    const random = new Random(4);
    const n = 4000;
    const logits = Float64Array.from({ length: n }, () => 4 * random.uniform() - 2);
    const p = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
    const labels = Int32Array.from(p, (q) => (random.uniform() < q ? 1 : 0));
    const both = (q: Float64Array) => ({
      data: Float64Array.from({ length: 2 * n }, (_, i) =>
        i % 2 === 1 ? q[i >> 1] : 1 - q[i >> 1],
      ),
      shape: [n, 2],
    });
    expect(expectedCalibrationError(both(p), labels)).toBeLessThan(0.03);
    const sharp = p.map((_, i) => 1 / (1 + Math.exp(-3 * logits[i])));
    expect(expectedCalibrationError(both(sharp), labels)).toBeGreaterThan(0.08);
    const rows = Float64Array.from({ length: 2 * n }, (_, i) =>
      i % 2 === 1 ? 3 * logits[i >> 1] : 0,
    );
    const { temperature } = temperatureScaling({ data: rows, shape: [n, 2] }, labels);
    expect(Math.abs(temperature / 3 - 1)).toBeLessThan(0.15); // its standard error is some 0.05
  });
});

describe("distances between sets", () => {
  test("the Fréchet distance of diagonal Gaussians is that of their deviations, and 0 for equal sets", () => {
    const a = features(500, 3);
    expect(frechetDistance(a, a)).toBeCloseTo(0, 10);
    // Scaling a column by s changes its deviation d to s d: the distance is (s - 1)^2 d^2 + moved means.
    const scaled = { ...a, data: Float64Array.from(a.data, (x) => 2 * x) };
    const mean = [0, 1, 2].map((j) =>
      a.data.filter((_, i) => i % 3 === j).reduce((s, x) => s + x / 500, 0),
    );
    const variance = [0, 1, 2].map((j) =>
      a.data.filter((_, i) => i % 3 === j).reduce((s, x) => s + (x - mean[j]) ** 2 / 499, 0),
    );
    const expected = [0, 1, 2].reduce((sum, j) => sum + mean[j] ** 2 + variance[j], 0);
    expectClose([frechetDistance(a, scaled)], [expected], { rtol: 1e-9 });
  });

  test("of one feature it is the squared difference of means and deviations", () => {
    const a = { data: Float64Array.of(0, 2), shape: [2, 1] }; // mean 1, deviation sqrt 2
    const b = { data: Float64Array.of(3, 3, 9), shape: [3, 1] }; // mean 5, deviation sqrt 12
    expect(frechetDistance(a, b)).toBeCloseTo(16 + (Math.sqrt(12) - Math.sqrt(2)) ** 2, 12);
  });

  test("precision and recall tell lost from invented examples", () => {
    const real = features(300, 2);
    const half = { data: real.data.filter((_, i) => real.data[i - (i % 2)] > 0), shape: [0, 2] };
    half.shape = [half.data.length / 2, 2];
    const lost = precisionRecall(real, half);
    expect(lost.precision.mean).toBe(1); // each is a real one
    expect(lost.coverage.mean).toBeLessThan(0.75);
    const far = { ...real, data: real.data.map((x) => x + 100) };
    const invented = precisionRecall(real, far);
    expect(
      [invented.precision, invented.recall, invented.density, invented.coverage].map((e) => e.mean),
    ).toEqual([0, 0, 0, 0]);
    const other = precisionRecall(real, features(300, 2, 2));
    expect(other.density.mean).toBeGreaterThan(0.85);
    expect(other.coverage.mean).toBeGreaterThan(0.85);
  });

  test("the nearest are found in order, the first of equal ones, without the one that is skipped", () => {
    expect([...smallest(Float64Array.of(3, 1, 2, 1, 0), 3)]).toEqual([4, 1, 3]);
    expect([...smallest(Float64Array.of(3, 1, 2, 1, 0), 3, 4)]).toEqual([1, 3, 2]);
    const values = Float64Array.from(normals(200));
    const sorted = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
    expect([...smallest(values, 20)]).toEqual(sorted.slice(0, 20));
  });
});

describe("rankings", () => {
  test("the area is 1 for a perfect order, 0 for its reverse and a half for equal scores", () => {
    const marks = [false, false, true, true];
    expect(auroc([1, 2, 3, 4], marks).mean).toBe(1);
    expect(auroc([4, 3, 2, 1], marks).mean).toBe(0);
    expect(auroc([1, 1, 1, 1], marks).mean).toBe(0.5);
    expect(averagePrecision([1, 2, 3, 4], marks, { resamples: 20 })).toEqual({
      mean: 1,
      standardError: 0,
      interval: [1, 1],
    });
  });

  test("the average precision of a short list is that by hand", () => {
    // Falling: hit, miss, hit: 1/2 * 1 + 1/2 * 2/3.
    expect(averagePrecision([3, 2, 1], [1, 0, 1], { resamples: 10 }).mean).toBeCloseTo(5 / 6, 12);
  });

  test("95 % intervals hold the true area in some 95 % of samples, of both figures", () => {
    // Scores N(1, 1) against N(0, 1): the area is Phi(1 / sqrt 2).
    const truth = 0.7602499389065233;
    const random = new Random(3);
    let held = 0;
    const errors: number[] = [];
    const deviations: number[] = [];
    const repeats = 200;
    for (let r = 0; r < repeats; r++) {
      const scores = new Float32Array(120);
      random.fork(r).fillNormalInto(scores);
      const marks = Array.from(scores, (_, i) => i < 40);
      scores.forEach((x, i) => (scores[i] = i < 40 ? x + 1 : x));
      const { mean, standardError, interval } = auroc(scores, marks);
      if (interval[0] <= truth && truth <= interval[1]) held++;
      errors.push(standardError);
      deviations.push(mean);
    }
    expect(held / repeats).toBeGreaterThan(0.9);
    expect(held / repeats).toBeLessThan(0.99);
    const mean = deviations.reduce((s, x) => s + x / repeats, 0);
    const spread = Math.sqrt(deviations.reduce((s, x) => s + (x - mean) ** 2 / (repeats - 1), 0));
    expect(Math.abs(errors.reduce((s, x) => s + x / repeats, 0) / spread - 1)).toBeLessThan(0.15);
  });

  test("the bootstrap of the average precision repeats for a seed and has the spread of new samples", () => {
    const draw = (seed: number) => {
      const scores = normals(150, seed).map((x, i) => (i < 50 ? x + 1 : x));
      return averagePrecision(
        scores,
        Array.from(scores, (_, i) => i < 50),
        { resamples: 200 },
      );
    };
    expect(draw(1)).toEqual(draw(1));
    const many = Array.from({ length: 60 }, (_, seed) => draw(seed + 10));
    const mean = many.reduce((s, x) => s + x.mean / 60, 0);
    const spread = Math.sqrt(many.reduce((s, x) => s + (x.mean - mean) ** 2 / 59, 0));
    const error = many.reduce((s, x) => s + x.standardError / 60, 0);
    expect(Math.abs(error / spread - 1)).toBeLessThan(0.3); // 60 samples: 9 % each way
  });
});

describe("pairs", () => {
  test("the peak signal-to-noise ratio of an error of a tenth is 20 decibels", () => {
    const a = { data: new Float32Array(8), shape: [2, 2, 2, 1] };
    const b = { data: Float64Array.of(0.1, 0.1, -0.1, 0.1, 0, 0, 0, 0), shape: [2, 2, 2, 1] };
    expectClose(psnr(a, b), [20, Infinity], { rtol: 1e-12 });
    const bytes = { data: new Uint8Array(8), shape: [2, 2, 2, 1] };
    const one = { data: new Uint8Array(8).fill(1), shape: [2, 2, 2, 1] };
    expectClose(psnr(bytes, one), [20 * Math.log10(255), 20 * Math.log10(255)], { rtol: 1e-12 });
  });

  test("structural similarity is 1 for equal images and that of constants in closed form, small ones too", () => {
    const image = (value: number, side: number) => ({
      data: new Float64Array(side * side).fill(value),
      shape: [1, side, side, 1],
    });
    for (const side of [1, 6, 28]) {
      expect(ssim(image(0.3, side), image(0.3, side))[0]).toBeCloseTo(1, 9);
      const c1 = 0.01 ** 2;
      const expected = (2 * 0.3 * 0.8 + c1) / (0.3 ** 2 + 0.8 ** 2 + c1);
      expect(ssim(image(0.3, side), image(0.8, side))[0]).toBeCloseTo(expected, 6);
    }
  });

  test("paired differences know the pairs: a constant gain is certain where the spread is large", () => {
    const a = [1, 5, 9, 20].map((x) => x + 1);
    const { mean, p } = pairedDifference(
      a.map((x, i) => x + (i % 2) * 0.01),
      [1, 5, 9, 20],
    );
    expect(mean).toBeCloseTo(1.005, 12);
    expect(p).toBeLessThan(1e-5);
    expect(pairedDifference([1, 2], [1, 2]).p).toBeNaN();
    expect(pairedDifference([2, 3], [1, 2])).toMatchObject({ t: Infinity, p: 0 });
  });
});

describe("probes", () => {
  test("a linear probe reads a class that is linear in the features, and chance of one that is not there", () => {
    const part = (seed: number) => {
      const x = features(400, 4, seed);
      const labels = Int32Array.from({ length: 400 }, (_, i) =>
        x.data[4 * i] + x.data[4 * i + 1] > 0 ? 1 : 0,
      );
      return { features: x, labels };
    };
    const data = { train: part(1), test: part(2) };
    expect(linearProbe(data).mean).toBeGreaterThan(0.97);
    expect(nearestNeighbourProbe(data).mean).toBeGreaterThan(0.85);
    const none = { ...data, test: { ...data.test, labels: data.test.labels.toReversed() } };
    expect(Math.abs(linearProbe(none).mean - 0.5)).toBeLessThan(0.1);
  });

  test("a linear function of the features has R^2 1, and constant features do not matter", () => {
    const part = (seed: number) => {
      const x = features(100, 3, seed);
      const data = x.data.map((value, i) => (i % 3 === 2 ? 7 : value));
      const targets = Float64Array.from(
        { length: 100 },
        (_, i) => 3 * data[3 * i] - data[3 * i + 1] + 5,
      );
      return { features: { ...x, data }, targets };
    };
    const { mean, standardError } = linearRegressionProbe({ train: part(1), test: part(2) });
    expect(mean).toBeCloseTo(1, 6);
    expect(standardError).toBeLessThan(1e-6);
  });
});

describe("linear algebra", () => {
  test("degenerate matrices have their eigenvalues", () => {
    expect([...symmetricEigen([]).values]).toEqual([]);
    expect([...symmetricEigen([5]).values]).toEqual([5]);
    expect([...symmetricEigen([3, 0, 0, -1]).values]).toEqual([3, -1]);
    expectClose(symmetricEigen([2, 1, 1, 2]).values, [3, 1], { rtol: 1e-14 });
    expectClose(symmetricEigen(new Float64Array(25).fill(1)).values, [5, 0, 0, 0, 0], {
      atol: 1e-14,
    });
    expectClose(symmetricEigen(new Float64Array(16)).values, [0, 0, 0, 0]);
  });

  test("a random matrix of 60 is rebuilt from its eigenvectors", () => {
    const n = 60;
    const half = normals(n * n);
    const a = Float64Array.from(half, (x, i) => x + half[(i % n) * n + Math.floor(i / n)]);
    const { values, vectors } = symmetricEigen(a);
    const back = new Float64Array(n * n);
    for (let k = 0; k < n; k++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          back[i * n + j] += values[k] * vectors[k * n + i] * vectors[k * n + j];
    expectClose(back, a, { atol: 1e-12 });
  });

  test("Cholesky factors solve and give the determinant; a matrix that is not positive definite has none", () => {
    const a = [4, 2, 2, 3];
    const L = cholesky(a) as Float64Array;
    expect(logDeterminant(L)).toBeCloseTo(Math.log(8), 12);
    const x = Float64Array.of(2, 1);
    solveLower(L, x);
    solveUpper(L, x);
    expectClose(x, [0.5, 0], { atol: 1e-14 }); // 4 * 0.5 = 2, 2 * 0.5 = 1
    expect(cholesky([1, 2, 2, 1])).toBeUndefined();
  });
});

test.each([
  [() => accuracy([0, 1], [0]), "accuracy: labels must be 2, one per example, got 1"],
  [() => accuracy([0.5], [0]), "accuracy: predicted must be integers in [0, ...), got 0.5 at 0"],
  [
    () => auroc([1, 2], [1, 1]),
    "auroc: positive must hold some of both kinds, got 2 of 2 positive",
  ],
  [() => auroc([1, NaN], [1, 0]), "auroc: values of scores must be finite, got NaN at 1"],
  [() => auroc([1, 2], [1, 2]), "auroc: positive must be true or false, 1 or 0, got 2 at 1"],
  [
    () => frechetDistance(features(3, 2), features(3, 4)),
    "frechetDistance: b must have as many features as a (2), got 4",
  ],
  [
    () => precisionRecall(features(3, 2), features(9, 2)),
    "precisionRecall: real must hold more examples than neighbours (5), got 3",
  ],
  [() => psnr(features(3, 2), features(2, 2)), "psnr: b must have the shape [3, 2], got [2, 2]"],
  [
    () => ssim(features(3, 2), features(3, 2)),
    "ssim: a must have the shape [n, height, width, channels], got [3, 2]",
  ],
  [
    () => psnr({ data: new Uint8Array(2), shape: [2] }, { data: new Float32Array(2), shape: [2] }),
    "psnr: a and b must be both bytes or both floats, got one of each; divide bytes by 255, or give the peak",
  ],
  [() => pairedDifference([1], [2]), "pairedDifference: a and b must hold at least 2 pairs, got 1"],
  [
    () =>
      linearProbe({
        train: { features: features(4, 2), labels: [0, 1, 0] },
        test: { features: features(4, 2), labels: [0, 1, 0, 1] },
      }),
    "linearProbe: train.labels must be 4, one per example, got 3",
  ],
])("what does not fit is refused in a sentence (%#)", (run, message) => {
  expect(run).toThrow(message);
});
