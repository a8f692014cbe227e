import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import type { ExampleSpec } from "../src/likelihoods/likelihood.ts";
import { conv } from "../src/networks/conv.ts";
import { mlp } from "../src/networks/mlp.ts";
import type { NetworkShapes } from "../src/networks/network.ts";
import { variablesOf } from "../src/networks/variablesOf.ts";
import type { Networks } from "../src/step/part.ts";
import { meanOf, normals, toTensor } from "./support/tensors.ts";

const image = (shape: readonly number[]): ExampleSpec => ({ x: bernoulliLikelihood(shape) });
const base: NetworkShapes = {
  example: image([28, 28, 1]),
  latents: { features: [10], latent: [5] },
  seed: 1,
};

/** Values of the variable `network/layer/weight`. */
function valuesOf(networks: Networks, name: string): Float32Array {
  const network = name.split("/")[0];
  return variablesOf(network, networks[network]).trained[name].dataSync<"float32">();
}
const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const square = (values: Float32Array): number => meanOf(values.map((w) => w * w)).mean;

test("fan-in: kernels and biases are uniform within 1 / sqrt(fanIn)", () => {
  const networks = mlp({ ...base, initializer: "fan-in" });
  const bound = 1 / 28;
  const kernel = valuesOf(networks, "encoder/dense1/kernel");
  expect(largest(kernel)).toBeLessThanOrEqual(bound);
  expectClose([square(kernel)], [bound ** 2 / 3], { rtol: 0.02 });
  const bias = valuesOf(networks, "encoder/dense1/bias");
  expect(largest(bias)).toBeGreaterThan(0.9 * bound);
  expect(largest(bias)).toBeLessThanOrEqual(bound);
});

test("he: kernels before a ReLU have variance 2 / fanIn, others are Glorot's; biases are 0", () => {
  const networks = mlp({ ...base, initializer: "he" });
  expectClose([square(valuesOf(networks, "encoder/dense1/kernel"))], [2 / 784], { rtol: 0.02 });
  const last = valuesOf(networks, "decoder/parameters/kernel");
  expect(largest(last)).toBeLessThanOrEqual(Math.sqrt(6 / (400 + 784)));
  expectClose([square(last)], [2 / (400 + 784)], { rtol: 0.02 });
  expect(largest(valuesOf(networks, "encoder/dense1/bias"))).toBe(0);
});

test("glorot: kernels have variance 2 / (fanIn + fanOut); biases are 0", () => {
  const networks = mlp({ ...base, initializer: "glorot" });
  expectClose([square(valuesOf(networks, "encoder/dense1/kernel"))], [2 / (784 + 400)], {
    rtol: 0.02,
  });
  expect(largest(valuesOf(networks, "decoder/dense1/bias"))).toBe(0);
});

test("he keeps activations from vanishing or exploding through ten layers", () => {
  const { encoder } = mlp({
    ...base,
    example: image([16, 16, 1]),
    latents: { features: [100], latent: [5] },
    hidden: Array<number>(10).fill(256),
    initializer: "he",
  });
  const y = encoder.apply(toTensor(normals(6, [64, 256]))) as tf.Tensor;
  const { mean } = meanOf(tf.square(y).dataSync());
  expect(mean).toBeGreaterThan(0.5);
  expect(mean).toBeLessThan(4);
});

test("fans of strided convolutions count the taps that one output sums over", () => {
  const given = { ...base, example: image([64, 64, 1]), widths: [16, 32], hidden: [64] };
  const he = conv({ ...given, initializer: "he" });
  // 8192 draws: 5 standard errors are 0.08
  expectClose([square(valuesOf(he, "decoder/up1/kernel"))], [2 / (4 * 32)], { rtol: 0.1 });
  const limit = Math.sqrt(6 / (4 * 16 + 16));
  const last = largest(valuesOf(he, "decoder/parameters/kernel"));
  expect(last).toBeLessThanOrEqual(limit);
  expect(last).toBeGreaterThan(0.9 * limit);
});
