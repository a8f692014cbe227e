import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import {
  adam,
  aggregatedPosterior,
  augment,
  createModel,
  elbo,
  flowPrior,
  gaussian,
  gaussianLikelihood,
  gaussianMixture,
  mlp,
  normalizingFlow,
  Random,
  reparameterized,
  standardNormal,
  train,
  vampPrior,
} from "../src/index.ts";
import type { LatentPrior, NdArray } from "../src/index.ts";
import { flowDistribution, flowVariables, readFlowSizes } from "../src/distributions/flow.ts";
import { bars, smallModel } from "./support/models.ts";
import { compute, meanOf, normals } from "./support/tensors.ts";

const silent = { progress: "silent" } as const;

/** Two narrow clusters far apart, `[n, 2]`. */
function clusters(count: number, seed = 1): NdArray<Float32Array> {
  const random = new Random(seed);
  const data = new Float32Array(2 * count);
  random.fork("noise").fillNormalInto(data);
  for (let i = 0; i < count; i++) {
    const far = random.uniform() < 0.25 ? 3 : -1;
    data[2 * i] = far + 0.3 * data[2 * i];
    data[2 * i + 1] = 0.5 * data[2 * i] + 0.2 * data[2 * i + 1];
  }
  return { data, shape: [count, 2] };
}

/** `log` of the density of {@link clusters}. */
function clusterDensity(x: number, y: number): number {
  const normal = (value: number, mean: number, deviation: number): number =>
    Math.exp(-((value - mean) ** 2) / (2 * deviation ** 2)) / (deviation * Math.sqrt(2 * Math.PI));
  const along = 0.25 * normal(x, 3, 0.3) + 0.75 * normal(x, -1, 0.3);
  return Math.log(along * normal(y, 0.5 * x, 0.2));
}
const meanLogDensity = ({ data }: NdArray): number =>
  meanOf(
    Array.from({ length: data.length / 2 }, (_, i) => clusterDensity(data[2 * i], data[2 * i + 1])),
  ).mean;

describe("samplers", () => {
  test("a row is the same for any count and seed by seed; temperature scales it", async () => {
    for (const prior of [standardNormal(3), gaussianMixture(clusters(300), { components: 2 })]) {
      const few = await prior.sample(3, { seed: 4 });
      const many = await prior.sample(9, { seed: 4 });
      expect(many.data.slice(0, few.data.length)).toEqual(few.data);
      expect((await prior.sample(3, { seed: 5 })).data).not.toEqual(few.data);
    }
    const wide = await standardNormal(3).sample(4, { seed: 1, temperature: 2 });
    const plain = await standardNormal(3).sample(4, { seed: 1 });
    expectClose(
      wide.data,
      plain.data.map((x) => 2 * x),
      { rtol: 1e-6 },
    );
  });

  test("a mixture finds the clusters it was fitted to: weights, means, covariances and density", async () => {
    const mixture = gaussianMixture(clusters(2000), { components: 2, seed: 3 });
    const order = mixture.means[0] < mixture.means[2] ? [0, 1] : [1, 0];
    expectClose(
      order.map((k) => mixture.weights[k]),
      [0.75, 0.25],
      { atol: 0.04 },
    );
    expectClose(
      order.map((k) => mixture.means[2 * k]),
      [-1, 3],
      { atol: 0.05 },
    );
    expectClose(
      order.map((k) => mixture.covariances[4 * k]),
      [0.09, 0.09],
      { atol: 0.015 },
    );
    const held = clusters(500, 2);
    const { mean } = meanOf(mixture.logProb(held));
    expect(Math.abs(mean - meanLogDensity(held))).toBeLessThan(0.03);
    const drawn = await mixture.sample(2000, { seed: 1 });
    const again = gaussianMixture(drawn, { components: 2, seed: 3 });
    expectClose([...again.weights].sort(), [...mixture.weights].sort(), { atol: 0.04 });
  });

  test("one Gaussian has the mean and covariance of the codes, and the density of the formula", () => {
    const codes = clusters(200);
    const one = gaussianMixture(codes, { components: 1, floor: 1e-12 });
    const column = (d: number) => meanOf(codes.data.filter((_, i) => i % 2 === d)).mean;
    expectClose(one.means, [column(0), column(1)], { rtol: 1e-6 });
    const [a, b, , d] = one.covariances;
    const det = a * d - b * b;
    const [x, y] = [codes.data[0] - one.means[0], codes.data[1] - one.means[1]];
    const squares = (d * x * x - 2 * b * x * y + a * y * y) / det;
    const expected = -0.5 * (squares + Math.log(det)) - Math.log(2 * Math.PI);
    expectClose([one.logProb(codes)[0]], [expected], { rtol: 1e-9 });
  });

  test("a trained flow has nearly the density of its codes, and draws like them", async () => {
    const flow = normalizingFlow({ size: 2, layers: 6, hidden: 32, seed: 1 });
    const held = clusters(500, 2);
    const before = meanOf(await flow.logProb(held)).mean;
    await train(flow, clusters(2000), {
      epochs: 20,
      batchSize: 100,
      optimizer: adam({ learningRate: 3e-3 }),
      ...silent,
    });
    const after = meanOf(await flow.logProb(held)).mean;
    expect(after).toBeGreaterThan(before + 0.5);
    expect(meanLogDensity(held) - after).toBeLessThan(0.15); // its excess over the entropy, in nats
    const drawn = await flow.sample(1000, { seed: 2 });
    expect(
      Array.from({ length: 1000 }, (_, i) => drawn.data[2 * i]).filter((x) => x > 1).length / 1000,
    ).toBeCloseTo(0.25, 1);
    expect((await flow.sample(3, { seed: 2 })).data).toEqual(drawn.data.slice(0, 6));
  });

  test("the aggregated posterior of examples has their means, spread by their deviations", async () => {
    const model = smallModel();
    const images = bars(6);
    const prior = await aggregatedPosterior(model, images);
    const { mean, logVar } = await model.posterior(images);
    const narrow = await prior.sample(40, { seed: 1, temperature: 1e-9 });
    for (let i = 0; i < 40; i++) {
      const distances = Array.from({ length: 6 }, (_, k) =>
        Math.hypot(
          narrow.data[2 * i] - mean.data[2 * k],
          narrow.data[2 * i + 1] - mean.data[2 * k + 1],
        ),
      );
      expect(Math.min(...distances)).toBeLessThan(1e-6);
    }
    const many = (await prior.sample(4000, { seed: 1 })).data.filter((_, i) => i % 2 === 0);
    const own = [0, 1, 2, 3, 4, 5].map((k) => mean.data[2 * k]);
    const spread = [0, 1, 2, 3, 4, 5].reduce((sum, k) => sum + Math.exp(logVar.data[2 * k]) / 6, 0);
    const m = own.reduce((sum, x) => sum + x / 6, 0);
    const variance = spread + own.reduce((sum, x) => sum + (x - m) ** 2 / 6, 0);
    const drawn = meanOf(many);
    expect(Math.abs(drawn.mean - m)).toBeLessThan(4 * drawn.error);
    expect(drawn.error ** 2 * 4000).toBeGreaterThan(0.9 * variance);
    expect(drawn.error ** 2 * 4000).toBeLessThan(1.1 * variance);
  });

  test("any of them is a prior that a model samples from", async () => {
    const model = smallModel();
    const images = bars(50);
    const codes = await model.encode(images);
    const priors = [
      standardNormal(2),
      gaussianMixture(codes, { components: 3 }),
      normalizingFlow({ size: 2 }),
      await aggregatedPosterior(model, images),
    ];
    for (const prior of priors) {
      const shown = await model.sample(5, { prior, seed: 1 });
      expect(shown.shape).toEqual([5, 8, 8, 1]);
      expect(shown.data.every((x) => x >= 0 && x <= 1)).toBe(true);
    }
  });
});

describe("a flow", () => {
  const sizes = readFlowSizes("test", { size: 3, layers: 4, hidden: 8, seed: 2 });
  const variables = flowVariables(sizes);
  const shaken = Object.entries(variables);
  shaken.forEach(([, v], i) => {
    const { data } = normals(i + 1, v.shape, 0.4);
    tf.tidy(() => v.assign(tf.tensor([...data], v.shape)));
  });
  const flow = flowDistribution(variables, sizes);

  test("has the density of the change of variables, by finite differences of its draws", () => {
    const { data: noise } = normals(9, [1, 3]);
    const map = (u: readonly number[]) => [
      ...compute(() => flow.sample(tf.tensor2d([...u], [1, 3]))),
    ];
    const h = 2e-3; // kinks of ReLU are rarely that near
    const columns = [0, 1, 2].map((k) => {
      const moved = (sign: number) => map(noise.map((x, i) => x + (i === k ? sign * h : 0)));
      const [up, down] = [moved(1), moved(-1)];
      return up.map((value, i) => (value - down[i]) / (2 * h));
    });
    const [a, b, c] = columns;
    const det =
      a[0] * (b[1] * c[2] - b[2] * c[1]) -
      a[1] * (b[0] * c[2] - b[2] * c[0]) +
      a[2] * (b[0] * c[1] - b[1] * c[0]);
    const normal = noise.reduce((sum, x) => sum - 0.5 * (x * x + Math.log(2 * Math.PI)), 0);
    const [logProb] = compute(() => flow.logProb(tf.tensor2d(map(noise), [1, 3])));
    expectClose([logProb], [normal - Math.log(Math.abs(det))], { atol: 5e-3 }); // float32 differences
  });

  test("takes any leading axes, and starts as N(0, I)", () => {
    const x = normals(3, [2, 5, 3]);
    const all = compute(() => flow.logProb(tf.tensor([...x.data], [2, 5, 3])));
    const flat = compute(() => flow.logProb(tf.tensor2d([...x.data], [10, 3])));
    expectClose(all, flat);
    const fresh = flowDistribution(flowVariables(sizes), sizes);
    const start = compute(() => fresh.logProb(tf.tensor2d([...x.data], [10, 3])));
    const expected = Array.from({ length: 10 }, (_, i) =>
      x.data
        .slice(3 * i, 3 * i + 3)
        .reduce((sum, v) => sum - 0.5 * (v * v + Math.log(2 * Math.PI)), 0),
    );
    expectClose(start, expected, { rtol: 1e-5 });
  });
});

/** A model of 8x8 images whose prior is learned. */
function withPrior(make: (encoder: ReturnType<typeof mlp>["encoder"]) => LatentPrior) {
  const example = { x: gaussianLikelihood([8, 8, 1], { scale: 0.2 }) };
  const plain = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents: plain, hidden: [32], seed: 1 });
  const prior = make(networks["encoder"]);
  const latents = reparameterized({ size: 2, posterior: gaussian, prior });
  return createModel({
    kind: "test",
    options: {},
    example,
    latents,
    networks,
    objective: elbo(),
    seed: 1,
  });
}

describe("priors of a model", () => {
  const images = bars(400);
  const options = { epochs: 12, batchSize: 50, optimizer: adam({ learningRate: 0.01 }), ...silent };

  test.each([
    [
      "VampPrior",
      (encoder: Parameters<Parameters<typeof withPrior>[0]>[0]) =>
        vampPrior({ encoder, example: [8, 8, 1], size: 2, components: 8 }),
    ],
    ["flow", () => flowPrior({ size: 2, layers: 4, hidden: 16 })],
  ] as const)(
    "a %s is trained along, and draws images like those it was trained on",
    async (_, make) => {
      const model = withPrior(make);
      const own = Object.keys(model.variables).filter((name) =>
        name.startsWith("latents/z/prior/"),
      );
      expect(own.length).toBeGreaterThan(0);
      const before = await model.readWeights();
      await train(model, images, options);
      const after = await model.readWeights();
      expect(own.some((name) => after[name].data.some((x, i) => x !== before[name].data[i]))).toBe(
        true,
      );
      const { rate, logLikelihood } = await model.score(bars(100, 7), { samples: 64 });
      // The Monte Carlo rate is at least the gap that importance weighting closes, and finite.
      expect([...(rate ?? []), ...(logLikelihood ?? [])].every(Number.isFinite)).toBe(true);
      const shown = await model.sample(20, { seed: 3 });
      const lit = Array.from({ length: 20 }, (__, n) =>
        Math.max(...shown.data.subarray(64 * n, 64 * n + 64)),
      );
      expect(lit.filter((value) => value > 0.6).length).toBeGreaterThan(15); // a bright bar each
    },
  );

  test("the VampPrior is the mixture of its pseudo-inputs' posteriors, and draws from it", async () => {
    const start = { data: Float32Array.from(bars(3).data, (x) => x / 255), shape: [3, 8, 8, 1] };
    const model = withPrior((encoder) =>
      vampPrior({ encoder, example: [8, 8, 1], size: 2, components: 3, start }),
    );
    const { mean, logVar } = await model.posterior({
      ...start,
      data: start.data.map((x) => Math.min(0.99, Math.max(0.01, x))),
    });
    const z = [0.3, -0.2];
    const terms = [0, 1, 2].map((k) =>
      z.reduce((sum, value, d) => {
        const [m, lv] = [mean.data[2 * k + d], logVar.data[2 * k + d]];
        return sum - 0.5 * (Math.log(2 * Math.PI) + lv + (value - m) ** 2 / Math.exp(lv));
      }, 0),
    );
    const expected = Math.log(terms.reduce((sum, x) => sum + Math.exp(x) / 3, 0));
    const context = {
      training: false,
      batchSize: 1,
      draws: 1,
      dataSize: 1,
      noise: {},
      scalars: {},
    };
    const prior = () => model.levels["z"].prior?.(context);
    const [logProb] = compute(() => prior()?.logProb(tf.tensor2d([z])) as tf.Tensor);
    expectClose([logProb], [expected], { rtol: 1e-4, atol: 1e-5 });
    const noise = normals(5, [3000, 3]);
    const drawn = compute(
      () => prior()?.sample(tf.tensor2d([...noise.data], [3000, 3])) as tf.Tensor,
    );
    const first = meanOf(drawn.filter((_, i) => i % 2 === 0));
    expect(Math.abs(first.mean - (mean.data[0] + mean.data[2] + mean.data[4]) / 3)).toBeLessThan(
      4 * first.error,
    );
  });
});

describe("augment", () => {
  test("draws as many of each class as asked for, which look like it", async () => {
    const model = smallModel({ likelihood: "gaussian", latent: 4 });
    model.compute = {};
    const images = bars(300);
    await train(model, images, { epochs: 30, batchSize: 32, ...silent });
    const { synthetic, both } = await augment(model, images, { perClass: [5, 0, 7, 1], seed: 1 });
    expect(synthetic.shape).toEqual([13, 8, 8, 1]);
    expect([...synthetic.labels]).toEqual([0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 3]);
    expect(both.shape).toEqual([313, 8, 8, 1]);
    expectClose(
      both.data.subarray(0, 64),
      Array.from(images.data.subarray(0, 64), (x) => x / 255),
    );
    // The brightest pair of columns is that of the class.
    const right = Array.from(synthetic.labels).filter((label, n) => {
      const sums = [0, 1, 2, 3].map((c) => {
        let sum = 0;
        for (let i = 0; i < 64; i++)
          if (Math.floor((i % 8) / 2) === c) sum += synthetic.data[64 * n + i];
        return sum;
      });
      return sums.indexOf(Math.max(...sums)) === label;
    });
    expect(right.length).toBeGreaterThanOrEqual(12);
    const balanced = await augment(model, images, { perClass: "balance" });
    const counts = [0, 1, 2, 3].map(
      (c) => balanced.both.labels.filter((label) => label === c).length,
    );
    expect(new Set(counts).size).toBe(1);
    expect(await augment(model, images, { perClass: [5, 0, 7, 1], seed: 1 })).toEqual({
      synthetic,
      both,
    });
  });
});

test.each([
  [
    () => gaussianMixture(clusters(5), { components: 5 }),
    "gaussianMixture: components must be an integer from 1 to 4, got 5",
  ],
  [
    () => normalizingFlow({ size: 1 }),
    "normalizingFlow: size must be an integer at least 2, got 1",
  ],
  [() => standardNormal(2).sample(0), "sample: count must be an integer at least 1, got 0"],
])("what makes no sense is refused (%#)", (run, message) => {
  expect(run).toThrow(message);
});
