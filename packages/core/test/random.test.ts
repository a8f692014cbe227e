import { describe, expect, test } from "vitest";
import { Random } from "../src/random/random.ts";

/*
 * Statistical bounds: with a fixed seed a test is decided once and for all; 4.5 standard errors (or the matching chi-square quantile)
 * is what one in 150,000 fair samples exceeds, so that a bound holds by right and not by luck, and a wrong generator is far beyond it.
 */
const sigmas = 4.5;
const count = 200_000;

const draw = (fill: (out: Float32Array) => void, size = count): Float32Array => {
  const out = new Float32Array(size);
  fill(out);
  return out;
};
const mean = (values: Float32Array, of: (x: number) => number): number => {
  let total = 0;
  for (const x of values) total += of(x);
  return total / values.length;
};
/** Upper quantile of chi-square at `sigmas` by Wilson and Hilferty. */
const chiSquareBound = (freedom: number): number =>
  freedom * (1 - 2 / (9 * freedom) + sigmas * Math.sqrt(2 / (9 * freedom))) ** 3;
const chiSquare = (observed: ArrayLike<number>, expected: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < observed.length; i++) total += (observed[i] - expected(i)) ** 2 / expected(i);
  return total;
};
/** Standard normal distribution function, absolute error below 1.5e-7 (Abramowitz and Stegun 7.1.26). */
const normalCdf = (x: number): number => {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const half = series * Math.exp((-x * x) / 2);
  return x >= 0 ? 1 - half / 2 : half / 2;
};
/** Kolmogorov-Smirnov distance of a sample from a distribution function. */
const distance = (values: Float32Array, cdf: (x: number) => number): number => {
  const sorted = Float64Array.from(values).sort();
  let largest = 0;
  sorted.forEach((x, i) => {
    const p = cdf(x);
    largest = Math.max(
      largest,
      Math.abs(p - i / sorted.length),
      Math.abs(p - (i + 1) / sorted.length),
    );
  });
  return largest;
};
/** The distance that a fair sample of n exceeds with probability 7e-6: `sqrt(-ln(p / 2) / 2 / n)`. */
const distanceBound = (n: number): number => Math.sqrt(-Math.log(3.4e-6) / 2 / n);

describe("golden values, pinned for ever: changing them breaks every seed in use", () => {
  test("words, from a second implementation in another language", () => {
    const random = new Random(1);
    expect([random.uint32(), random.uint32(), random.uint32()]).toEqual([
      213986579, 1406934649, 2485550852,
    ]);
    expect(new Random(-5).uint32()).toBe(1368853970);
    expect(new Random(2 ** 40).uint32()).toBe(1196057546);
    expect(new Random(1).fork("noise", 7).uint32()).toBe(319929701);
  });

  test("noise and permutations", () => {
    const random = new Random(42).fork("golden");
    const bits = (values: Float32Array): number[] => [...new Uint32Array(values.buffer)];
    const checksum = (values: Float32Array): number =>
      bits(values).reduce((hash, word) => (Math.imul(hash, 31) + word) | 0, 0);
    expect(checksum(draw((out) => random.fillUniformInto(out), 10_000))).toBe(-1731126982);
    expect(checksum(draw((out) => random.fillNormalInto(out), 100_000))).toBe(1460326765);
    expect(checksum(draw((out) => random.fillGumbelInto(out), 10_000))).toBe(-1555979796);
    expect([...random.permutation(8)]).toEqual([0, 6, 7, 4, 1, 3, 5, 2]);
    expect([random.integer(1000), random.uniform()]).toEqual([998, 0.6999408167321235]);
  });
});

describe("forks", () => {
  test("a fork depends on seed and path, not on what was drawn", () => {
    const a = new Random(3);
    const b = new Random(3);
    a.permutation(100);
    expect(a.fork("x", 1).uint32()).toBe(b.fork("x", 1).uint32());
  });

  test("a path in one call equals the path in several", () => {
    expect(new Random(3).fork("a").fork(5, "b").uint32()).toBe(
      new Random(3).fork("a", 5, "b").uint32(),
    );
  });

  test("paths that look alike give different streams", () => {
    const root = new Random(0);
    const paths: (string | number)[][] = [
      ["ab"],
      ["a", "b"],
      ["b", "a"],
      ["a"],
      ["1"],
      [1],
      [1, 1],
      [11],
      ["11"],
      [""],
      ["", ""],
      [0],
      [-1],
      [2 ** 32],
      [2 ** 32 - 1],
      [2 ** 32 + 1],
      ["\u0001"],
    ];
    const firsts = paths.map((path) => root.fork(...path).uint32());
    expect(new Set([root.uint32(), ...firsts]).size).toBe(paths.length + 1);
  });

  test("a fork draws normals from its own stream", () => {
    const parent = new Random(5);
    const child = parent.fork("child");
    draw((out) => child.fillNormalInto(out), 10);
    expect(parent.uint32()).toBe(new Random(5).uint32());
  });

  test("the first words of consecutive forks are uniform, bit by bit", () => {
    const root = new Random(9).fork("noise");
    const ones = new Float64Array(32);
    const forks = 20_000;
    for (let step = 0; step < forks; step++) {
      const word = root.fork(step).uint32();
      for (let bit = 0; bit < 32; bit++) ones[bit] += (word >>> bit) & 1;
    }
    for (const n of ones) {
      expect(Math.abs(n - forks / 2)).toBeLessThan(sigmas * Math.sqrt(forks / 4));
    }
  });

  test("changing one bit of the seed changes half of the bits of the first word", () => {
    let changed = 0;
    const pairs = 32 * 200;
    for (let seed = 0; seed < 200; seed++) {
      const word = new Random(seed).uint32();
      for (let bit = 0; bit < 32; bit++) {
        let difference = word ^ new Random(seed + (seed & (2 ** bit) ? -1 : 1) * 2 ** bit).uint32();
        for (; difference !== 0; difference &= difference - 1) changed++;
      }
    }
    expect(Math.abs(changed - pairs * 16)).toBeLessThan(sigmas * Math.sqrt(pairs * 8));
  });

  test("neighbouring forks and their parent are uncorrelated", () => {
    const root = new Random(17);
    const streams = [root.fork("a", 1), root.fork("a", 2), root.fork("b", 1), root];
    const values = streams.map((stream) => draw((out) => stream.fillNormalInto(out), 50_000));
    for (let i = 0; i < values.length; i++) {
      for (let j = 0; j < i; j++) {
        const correlation = values[i].reduce((total, x, k) => total + x * values[j][k], 0) / 50_000;
        expect(Math.abs(correlation)).toBeLessThan(sigmas / Math.sqrt(50_000));
      }
    }
  });
});

describe("uniform numbers", () => {
  test("lie in [0, 1) and have the moments 1/2 and 1/3", () => {
    const values = draw((out) => new Random(1).fillUniformInto(out));
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(mean(values, (x) => x) - 1 / 2)).toBeLessThan(
      sigmas * Math.sqrt(1 / 12 / count),
    );
    expect(Math.abs(mean(values, (x) => x * x) - 1 / 3)).toBeLessThan(
      sigmas * Math.sqrt(4 / 45 / count),
    );
  });

  test("fall evenly into bins, and so do pairs of consecutive ones", () => {
    const values = draw((out) => new Random(2).fillUniformInto(out));
    const single = new Float64Array(256);
    const pairs = new Float64Array(256);
    for (const x of values) single[Math.floor(x * 256)]++;
    for (let i = 0; i < count; i += 2) {
      pairs[Math.floor(values[i] * 16) * 16 + Math.floor(values[i + 1] * 16)]++;
    }
    expect(chiSquare(single, () => count / 256)).toBeLessThan(chiSquareBound(255));
    expect(chiSquare(pairs, () => count / 512)).toBeLessThan(chiSquareBound(255));
  });

  test("one at a time they also lie in [0, 1)", () => {
    const random = new Random(4);
    for (let i = 0; i < 1000; i++) {
      const x = random.uniform();
      expect(x >= 0 && x < 1).toBe(true);
    }
  });
});

describe("normal numbers", () => {
  const values = draw((out) => new Random(6).fillNormalInto(out));

  test("have the moments 0, 1, 0, 3", () => {
    const moments: [number, number, number][] = [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ];
    for (const [power, expected, variance] of moments) {
      const actual = mean(values, (x) => x ** power);
      expect(Math.abs(actual - expected)).toBeLessThan(sigmas * Math.sqrt(variance / count));
    }
  });

  test("follow the normal distribution function", () => {
    expect(distance(values, normalCdf)).toBeLessThan(distanceBound(count) + 1.5e-7);
  });

  test("reach beyond the last layer of the ziggurat as often as they should", () => {
    const beyond = values.filter((x) => Math.abs(x) > 3.4426198558966523).length;
    const expected = count * 5.7605e-4; // 2 (1 - Phi(3.44262))
    expect(Math.abs(beyond - expected)).toBeLessThan(sigmas * Math.sqrt(expected));
  });

  test("are fair in sign within every layer of the ziggurat", () => {
    const bins = 32;
    const positive = new Float64Array(bins);
    const all = new Float64Array(bins);
    for (const x of values) {
      const bin = Math.min(bins - 1, Math.floor(Math.abs(x) * 10));
      all[bin]++;
      if (x > 0) positive[bin]++;
    }
    for (let i = 0; i < bins; i++) {
      expect(Math.abs(positive[i] - all[i] / 2)).toBeLessThanOrEqual(
        sigmas * Math.sqrt(all[i] / 4),
      );
    }
  });
});

test("Gumbel numbers are finite and follow exp(-exp(-x))", () => {
  const values = draw((out) => new Random(8).fillGumbelInto(out));
  expect(values.every((x) => Number.isFinite(x))).toBe(true);
  expect(distance(values, (x) => Math.exp(-Math.exp(-x)))).toBeLessThan(distanceBound(count));
});

describe("integers", () => {
  test.each([1, 2, 3, 7, 10, 256])("below %d are equally frequent", (n) => {
    const random = new Random(n);
    const counts = new Float64Array(n);
    for (let i = 0; i < 50_000; i++) counts[random.integer(n)]++;
    expect(chiSquare(counts, () => 50_000 / n)).toBeLessThan(
      n === 1 ? 1e-9 : chiSquareBound(n - 1),
    );
  });

  test("below 3 * 2^30 show no modulo bias: the lower third is no more frequent", () => {
    const random = new Random(12);
    let lower = 0;
    for (let i = 0; i < 50_000; i++) if (random.integer(3 * 2 ** 30) < 2 ** 30) lower++;
    expect(Math.abs(lower - 50_000 / 3)).toBeLessThan(sigmas * Math.sqrt((50_000 * 2) / 9));
  });

  test("below 2^32 are words", () => {
    expect(new Random(1).integer(2 ** 32)).toBe(new Random(1).uint32());
  });
});

describe("permutations", () => {
  test("hold every index once", () => {
    expect([...new Random(1).permutation(1000)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
    expect([...new Random(1).permutation(0)]).toEqual([]);
  });

  test("of 4 are equally frequent, all 24", () => {
    const random = new Random(2);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const key = random.permutation(4).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()], () => 1000)).toBeLessThan(chiSquareBound(23));
  });
});

describe("bad arguments are refused in a sentence", () => {
  test.each([1.5, NaN, Infinity, 2 ** 53, "1", undefined])("seed %s", (seed) => {
    expect(() => new Random(seed as number)).toThrow(
      `Random: seed must be a safe integer, got ${String(seed)}`,
    );
  });

  test("fork, integer and permutation", () => {
    const random = new Random(1);
    expect(() => random.fork()).toThrow("fork: the path must have an element, got none");
    expect(() => random.fork("a", 0.5)).toThrow(
      "fork: path element must be a safe integer, got 0.5",
    );
    expect(() => random.integer(0)).toThrow(
      "integer: n must be an integer from 1 to 4294967296, got 0",
    );
    expect(() => random.permutation(-1)).toThrow(
      "permutation: n must be an integer from 0 to 2147483647, got -1",
    );
  });
});
