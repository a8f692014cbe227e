import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { bernoulli } from "../src/distributions/bernoulli.ts";
import { categorical } from "../src/distributions/categorical.ts";
import { diagonalGaussian } from "../src/distributions/diagonalGaussian.ts";
import { discretizedLogistic } from "../src/distributions/discretizedLogistic.ts";
import type { Distribution } from "../src/distributions/distribution.ts";
import { gaussian } from "../src/distributions/gaussian.ts";
import { klDivergence } from "../src/distributions/klDivergence.ts";
import { fillNoiseInto } from "../src/random/noise.ts";
import { Random } from "../src/random/random.ts";
import * as reference from "./support/references.ts";
import { compute, meanOf, normals, toTensor } from "./support/tensors.ts";

const a = normals(1, [6]);
const b = normals(2, [6]);
const logitsA = toTensor(a);
const logitsB = toTensor(b);

test("the pairs with a closed form give it", () => {
  expectClose(
    compute(() => klDivergence(bernoulli({ logits: logitsA }), bernoulli({ logits: logitsB }))),
    a.data.map((q, i) => reference.bernoulliKl(q, b.data[i])),
  );
  expectClose(
    compute(() =>
      klDivergence(
        diagonalGaussian({ mean: logitsA, logVar: logitsB }),
        gaussian({ mean: logitsB, logVar: 0.5 }),
      ),
    ),
    a.data.map((m, i) => reference.gaussianKl(m, b.data[i], b.data[i], 0.5)),
  );
  const [q, p] = [reference.softmax(a.data), reference.softmax(b.data)];
  expectClose(
    compute(() => klDivergence(categorical({ logits: logitsA }), categorical({ logits: logitsB }))),
    [q.reduce((total, w, k) => total + w * Math.log(w / p[k]), 0)],
  );
});

describe("closed forms agree with Monte Carlo", () => {
  const draws = 20_000;
  const pairs: [string, Distribution, Distribution, number][] = [
    ["bernoulli", bernoulli({ logits: tf.scalar(0.4) }), bernoulli({ logits: tf.scalar(-1) }), 1],
    [
      "gaussian",
      gaussian({ mean: tf.scalar(0.4), logVar: -1 }),
      gaussian({ mean: tf.scalar(-0.3), logVar: 0.2 }),
      1,
    ],
    [
      "categorical",
      categorical({ logits: tf.tensor2d([[0.1, 1, -1]]) }),
      categorical({ logits: tf.tensor2d([[0.5, -0.5, 0]]) }),
      3,
    ],
  ];
  test.each(pairs)("%s", (_, from, to, size) => {
    const noise = new Float32Array(draws * size);
    fillNoiseInto(noise, from.noise, new Random(5));
    const ratios = compute(() => {
      const x = from.sample(tf.tensor(noise, size === 1 ? [draws] : [draws, size]));
      return tf.sub(from.logProb(x), to.logProb(x));
    });
    const { mean, error } = meanOf(ratios);
    expect(Math.abs(mean - compute(() => klDivergence(from, to))[0])).toBeLessThan(4.5 * error);
  });
});

test("a pair without a closed form is refused, naming those that have one", () => {
  const logistic = discretizedLogistic({ mean: logitsA, logScale: logitsB });
  expect(() => klDivergence(bernoulli({ logits: logitsA }), logistic)).toThrow(
    "klDivergence: the pair must have a closed form (gaussian, gaussian; bernoulli, bernoulli; categorical, categorical), got bernoulli, discretized-logistic",
  );
});
