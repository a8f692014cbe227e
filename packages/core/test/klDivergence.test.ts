import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { bernoulli } from "../src/distributions/bernoulli.ts";
import { categorical } from "../src/distributions/categorical.ts";
import type { Distribution } from "../src/distributions/distribution.ts";
import { gaussian } from "../src/distributions/gaussian.ts";
import {
  hasClosedForm,
  klDivergence,
  registerKlDivergence,
} from "../src/distributions/klDivergence.ts";
import { laplace } from "../src/distributions/laplace.ts";
import { logistic } from "../src/distributions/logistic.ts";
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
        gaussian({ mean: logitsA, logVar: logitsB }),
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
      "laplace",
      laplace({ mean: tf.scalar(0.4), logScale: -1 }),
      laplace({ mean: tf.scalar(-0.3), logScale: 0.2 }),
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

describe("a pair without a closed form", () => {
  const q = logistic({ mean: logitsA, logScale: logitsB });
  const p = gaussian({ mean: logitsB, logVar: 0 });

  test("needs draws, and says which pairs do not", () => {
    expect(hasClosedForm(q, p)).toBe(false);
    expect(() => klDivergence(q, p)).toThrow(
      new TypeError(
        "klDivergence: a pair without a closed form (there are gaussian, gaussian; laplace, laplace; bernoulli, bernoulli; categorical, categorical) needs draws, got logistic, gaussian and none",
      ),
    );
  });

  test("is the mean over draws, and of the shape of the parameters", () => {
    const noise = new Float32Array(20_000 * 6);
    new Random(6).fillUniformInto(noise);
    const many = compute(() => {
      const draws = q.sample(tf.tensor(noise, [20_000, 6]));
      return klDivergence(q, p, draws);
    });
    // E ln q = -(2 + logScale), and E (x - m)^2 of a logistic adds (pi s)^2 / 3.
    const expected = a.data.map((m, i) => {
      const squares = (m - b.data[i]) ** 2 + (Math.PI * Math.exp(b.data[i])) ** 2 / 3;
      return 0.5 * (Math.log(2 * Math.PI) + squares) - 2 - b.data[i];
    });
    expectClose(many, expected, { rtol: 0.05, atol: 0.02 }); // a relative error of 1 / sqrt(20,000) in the mean of squares, times 5
    const one = compute(() => klDivergence(q, p, q.sample(tf.fill([6], 0.5))));
    expect(one).toHaveLength(6);
  });

  test("has one once it is registered", () => {
    registerKlDivergence(["by-hand", "gaussian"], () => tf.scalar(7));
    const own: Distribution = { ...q, kind: "by-hand" };
    expect(hasClosedForm(own, p)).toBe(true);
    expect([...compute(() => klDivergence(own, p))]).toEqual([7]);
  });
});
