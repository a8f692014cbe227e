import { Random, type Latents, type NamedVariables, type StepContext } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { quantized, type QuantizedPosterior } from "../src/index.ts";
import { vectorQuantizer, type VectorQuantizerOptions } from "../src/quantizers/vectorQuantizer.ts";

const defaults = {
  codebookSize: 8,
  codeDim: 4,
  codebook: "ema",
  decay: 0.9,
  seed: 1,
} satisfies VectorQuantizerOptions;

const scheme2x3 = (options: VectorQuantizerOptions = {}): Latents<QuantizedPosterior> =>
  quantized({ grid: [2, 3], quantizer: vectorQuantizer({ ...defaults, ...options }) });

const eager: StepContext = {
  training: false,
  batchSize: 1,
  draws: 1,
  dataSize: 100,
  noise: {},
  scalars: {},
};

function features(examples: number, seed = 1): tf.Tensor {
  return normals(new Random(seed), [examples, 2, 3, 4]);
}

const bytes = (variables: NamedVariables = {}): number[][] =>
  Object.values(variables).map((v) => [...v.dataSync()]);

const codeOf = (scheme: Latents<QuantizedPosterior>, posterior: QuantizedPosterior): tf.Tensor => {
  if (scheme.code === undefined) throw new Error("quantized latents have a code");
  return scheme.code(posterior);
};

/** The scheme's terms that are figures per example. */
const termsOf = (
  scheme: Latents<QuantizedPosterior>,
  posterior: QuantizedPosterior,
): Record<string, tf.Tensor> =>
  scheme.terms(posterior, scheme.draw(posterior, eager), eager) as Record<string, tf.Tensor>;

test("codes are indices on the grid, and their latents are the mode bit for bit", () => {
  const scheme = scheme2x3();
  const posterior = scheme.posterior(features(5), eager);
  const code = codeOf(scheme, posterior);
  expect([code.shape, code.dtype]).toEqual([[5, 2, 3], "int32"]);
  const mode = scheme.mode(posterior).dataSync();
  expect(scheme.fromCode?.(code).dataSync()).toEqual(mode);
  const draws = scheme.draw(posterior, { ...eager, draws: 2 });
  expect(draws.shape).toEqual([2, 5, 2, 3, 4]);
  expect([...draws.dataSync()]).toEqual([...mode, ...mode]);
});

test("an example's code does not depend on the batch around it", () => {
  const scheme = scheme2x3();
  const z = features(6);
  const all = codeOf(scheme, scheme.posterior(z, eager)).dataSync();
  const one = codeOf(scheme, scheme.posterior(tf.slice(z, [4], [1]), eager)).dataSync();
  expect([...one]).toEqual([...all.slice(24, 30)]);
});

test("a token with NaN is marked -1 and does not silently become code 0", () => {
  const scheme = scheme2x3();
  const z = features(1).arraySync() as number[][][][];
  z[0][1][2][3] = NaN;
  const code = [...codeOf(scheme, scheme.posterior(tf.tensor4d(z), eager)).dataSync()];
  expect(code[5]).toBe(-1);
  expect(Math.min(...code.slice(0, 5))).toBeGreaterThanOrEqual(0);
});

test("the rate is positions x log codes nats for every example", () => {
  const scheme = scheme2x3();
  const posterior = scheme.posterior(features(3), eager);
  const terms = termsOf(scheme, posterior);
  expectClose(terms["rate"].dataSync(), new Array(3).fill(6 * Math.log(8)));
});

test("an EMA codebook has no codebook loss and nothing to train by gradient", () => {
  const scheme = scheme2x3();
  const posterior = scheme.posterior(features(3), eager);
  const terms = termsOf(scheme, posterior);
  expect(Object.keys(terms)).toEqual(["rate", "commitment"]);
  expect(scheme.variables).toEqual({});
  expect(Object.keys(scheme.state ?? {})).toHaveLength(4); // codes, use, counts, sums
});

test("a gradient codebook trains its codes by the codebook loss, equal to the commitment in value", () => {
  const scheme = scheme2x3({ codebook: "gradient" });
  const posterior = scheme.posterior(features(3), eager);
  const terms = termsOf(scheme, posterior);
  expect(terms["codebook"].dataSync()).toEqual(terms["commitment"].dataSync());
  expect(Object.keys(scheme.variables ?? {})).toEqual(["codes"]);
  expect(Object.keys(scheme.state ?? {})).toHaveLength(1); // use
});

test("the whole loss gives the encoder the downstream gradient plus the commitment's", () => {
  const scheme = scheme2x3({ codebook: "gradient" });
  const codes = scheme.variables?.["codes"] as tf.Variable;
  const downstream = features(2, 3);
  const loss = (z: tf.Tensor): tf.Scalar => {
    const posterior = scheme.posterior(z, eager);
    const latents = tf.squeeze(scheme.draw(posterior, eager), [0]);
    const { commitment, codebook } = termsOf(scheme, posterior);
    const terms = tf.add(tf.mul(0.25, commitment), codebook);
    return tf.add(tf.sum(tf.mul(latents, downstream)), tf.sum(terms));
  };
  const z = features(2, 2);
  const rows = scheme.posterior(z, eager).rows;
  const expected = tf.add(downstream, tf.mul(0.5, tf.sub(z, rows)));
  expectClose(tf.grad(loss)(z).dataSync(), expected.dataSync());

  const { grads } = tf.variableGrads(() => loss(z), [codes]);
  const indices = [...scheme.posterior(z, eager).indices.dataSync()];
  const tokens = tf.reshape(z, [-1, 4]).arraySync() as number[][];
  const toCodes = (codes.arraySync() as number[][]).map((code, k) =>
    code.map((value, d) =>
      tokens.reduce((sum, token, n) => sum + (indices[n] === k ? 2 * (value - token[d]) : 0), 0),
    ),
  );
  expectClose(grads[codes.name].dataSync(), toCodes.flat());
});

test.each(["ema", "gradient"] as const)(
  "a start from features puts %s codes onto the data, all in use",
  (codebook) => {
    const scheme = scheme2x3({ codebook });
    const z = tf.add(tf.mul(features(64), 3), 10);
    scheme.initialize?.from(z.dataSync() as Float32Array, new Random(1));
    const after = scheme.posterior(z, eager);
    expect(new Set(after.indices.dataSync()).size).toBe(8);
  },
);

test("without revival a step leaves unused codes as they are", () => {
  const scheme = scheme2x3({ reviveBelow: 0 });
  const codes = scheme.state?.["codes"] as tf.Variable;
  const z = tf.tile(tf.reshape(tf.slice(codes, [2, 0], [1, 4]), [1, 1, 1, 4]), [4, 2, 3, 1]);
  const before = codes.dataSync().slice();
  scheme.afterStep?.(scheme.posterior(z, eager), eager);
  const after = codes.dataSync();
  expect([...after.slice(0, 8), ...after.slice(12)]).toEqual([
    ...before.slice(0, 8),
    ...before.slice(12),
  ]);
});

test("looking at data changes nothing: only afterStep moves the codebook", () => {
  const scheme = scheme2x3();
  const before = bytes(scheme.state);
  const posterior = scheme.posterior(features(8), eager);
  termsOf(scheme, posterior);
  codeOf(scheme, posterior);
  expect(bytes(scheme.state)).toEqual(before);
});

test("the same seed gives the same codebook after the same steps, another seed another", () => {
  const run = (seed: number): number[][] => {
    const scheme = scheme2x3({ seed });
    for (let step = 0; step < 3; step++)
      scheme.afterStep?.(scheme.posterior(features(8, step), eager), eager);
    return bytes(scheme.state);
  };
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});

test("figures come from sums over all examples, so the batch size cannot change them", () => {
  const scheme = scheme2x3();
  const z = features(12);
  const figures = (batch: number): Record<string, number> => {
    const all: Record<string, Float64Array> = {};
    for (let start = 0; start < 12; start += batch) {
      const sums = scheme.metrics?.sums(
        scheme.posterior(tf.slice(z, [start], [batch]), eager),
      ) as Record<string, tf.Tensor>;
      for (const [name, sum] of Object.entries(sums)) {
        const total = (all[name] ??= new Float64Array(sum.size / batch));
        sum.dataSync().forEach((value, i) => (total[i % total.length] += value));
      }
    }
    return scheme.metrics?.finish(all, 12) ?? {};
  };
  const whole = figures(12);
  expectClose(Object.values(figures(3)), Object.values(whole), { rtol: 1e-5 });
  expect(whole["perplexity"]).toBeGreaterThan(1);
  expect(whole["perplexityCeiling"]).toBeLessThan(8);
  const posterior = scheme.posterior(z, eager);
  const error = tf.mean(tf.squaredDifference(posterior.z, posterior.rows)).dataSync()[0];
  expectClose([whole["quantizationError"]], [error], { rtol: 1e-5 });
  const { variance } = tf.moments(tf.reshape(z, [-1, 4]), 0);
  expectClose([whole["commitmentRatio"]], [error / tf.mean(variance).dataSync()[0]], {
    rtol: 1e-5,
  });
  expect(whole["usage"]).toBe(new Set(posterior.indices.dataSync()).size / 8);
});
