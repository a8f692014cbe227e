import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { linear } from "../src/objective/index.ts";
import { adam, adamW } from "../src/optimizers/adam.ts";
import type { AdamWOptions } from "../src/optimizers/adam.ts";
import { runOptimizer, testGradient } from "./support/optimizers.ts";

/** Algorithm 1 of Kingma and Ba in float64, both moments corrected as printed, with decoupled decay. */
function textbookAdam(
  start: readonly number[],
  steps: number,
  options: AdamWOptions = {},
): number[] {
  const {
    learningRate = 0.001,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = 0,
  } = options;
  const p = [...start];
  const m = p.map(() => 0);
  const v = p.map(() => 0);
  for (let t = 1; t <= steps; t++) {
    const rate = typeof learningRate === "number" ? learningRate : learningRate(t - 1);
    const gradient = testGradient(p, t - 1);
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
      v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] ** 2;
      const step = m[i] / (1 - beta1 ** t) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon);
      p[i] -= rate * (step + weightDecay * p[i]);
    }
  }
  return p;
}

const start = [1, -2, 0.5, 3, -0.001, 0];

describe("Adam", () => {
  test.each([
    ["defaults", {}],
    ["a large epsilon, as IWAE has it", { epsilon: 1e-4 }],
    ["an epsilon that dominates", { epsilon: 10, learningRate: 0.1 }],
    ["other decays", { beta1: 0.5, beta2: 0.99, learningRate: 0.01 }],
    ["no first moment", { beta1: 0 }],
    ["a schedule", { learningRate: linear({ from: 0, to: 0.01, steps: 50 }) }],
  ])("equals the textbook in float64 over 100 steps, with %s", (_, options) => {
    const { variable } = runOptimizer(adam(options), start, 100);
    // 100 float32 roundings of values of order 1.
    expectClose(variable, textbookAdam(start, 100, options), { rtol: 2e-5, atol: 5e-6 });
  });

  test("equals tf.train.adam", () => {
    const theirVariable = tf.variable(tf.tensor1d(start));
    const theirs = tf.train.adam(0.01, 0.9, 0.999, 1e-7);
    for (let step = 0; step < 100; step++) {
      const gradient = tf.tensor1d(testGradient([...theirVariable.dataSync()], step));
      theirs.applyGradients([{ name: theirVariable.name, tensor: gradient }]);
    }
    const { variable } = runOptimizer(adam({ learningRate: 0.01, epsilon: 1e-7 }), start, 100);
    expectClose(variable, theirVariable.dataSync(), { rtol: 1e-4, atol: 1e-5 });
  });

  test("the first step moves every value by the learning rate against its gradient", () => {
    const { variable } = runOptimizer(adam({ learningRate: 0.1 }), [1, -1], 1);
    const signs = testGradient([1, -1], 0).map(Math.sign);
    expectClose(variable, [1 - 0.1 * signs[0], -1 - 0.1 * signs[1]]);
  });

  test("corrects by the number of its own updates, whatever the step of schedules is", () => {
    const learningRate = linear({ from: 0, to: 1, steps: 100 });
    const optimizer = adam({ learningRate });
    expect(optimizer.scalars?.(50, 0)["rate"]).toBeCloseTo((0.5 * Math.sqrt(1e-3)) / 0.1, 12);
    expect(optimizer.slots).toEqual(["m", "v"]);
  });
});

describe("AdamW", () => {
  test("equals the textbook with decoupled decay over 100 steps", () => {
    const options = {
      learningRate: linear({ from: 0.02, to: 0.001, steps: 100 }),
      weightDecay: 0.3,
    };
    const { variable } = runOptimizer(adamW(options), start, 100);
    expectClose(variable, textbookAdam(start, 100, options), { rtol: 5e-5, atol: 1e-5 });
  });

  test("without decay is Adam, bit for bit", () => {
    const [a, b] = [adam(), adamW({ weightDecay: 0 })].map((o) => runOptimizer(o, start, 20));
    expect(a.variable).toEqual(b.variable);
  });

  test("decay does not enter the moments: with zero gradients values shrink by the product of rates", () => {
    const optimizer = adamW({ learningRate: 0.1, weightDecay: 0.5 });
    const { variable } = runOptimizer(optimizer, [2], 10, () => [0]);
    expectClose(variable, [2 * 0.95 ** 10]);
  });
});

test.each([
  [
    () => adam({ learningRate: -1 }),
    "adam: learningRate must be a finite number or a schedule at least 0 at every step, got -1",
  ],
  [
    () => adam({ learningRate: linear({ from: 1, to: -0.5, steps: 3 }) }),
    "adam: learningRate must be a finite number or a schedule at least 0 at every step, got -0.5",
  ],
  [() => adam({ beta1: 1 }), "adam: beta1 must be a finite number at least 0 and below 1, got 1"],
  [() => adam({ epsilon: 0 }), "adam: epsilon must be a finite number above 0, got 0"],
  [
    () => adam({ lr: 1 } as never),
    'adam: options must be among learningRate, beta1, beta2, epsilon, got "lr"',
  ],
  [
    () => adamW({ weightDecay: -1 }),
    "adamW: weightDecay must be a finite number at least 0, got -1",
  ],
])("%s is refused in a sentence", (make, sentence) => {
  expect(make).toThrow(sentence);
});
