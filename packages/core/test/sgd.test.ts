import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cosine } from "../src/objective/index.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import { runOptimizer, testGradient } from "./support/optimizers.ts";

const start = [1, -2, 0.5];

test.each([0, 0.9])("equals its formula in float64 over 50 steps, with momentum %d", (momentum) => {
  const learningRate = cosine({ from: 0.1, to: 0.01, steps: 40 });
  const p = [...start];
  const kept = p.map(() => 0);
  for (let step = 0; step < 50; step++) {
    const gradient = testGradient(p, step);
    p.forEach((_, i) => {
      kept[i] = momentum * kept[i] + gradient[i];
      p[i] -= learningRate(step) * kept[i];
    });
  }
  expectClose(runOptimizer(sgd({ learningRate, momentum }), start, 50).variable, p, {
    rtol: 1e-5,
    atol: 1e-6,
  });
});

test("equals tf.train.momentum", () => {
  const variable = tf.variable(tf.tensor1d(start));
  const theirs = tf.train.momentum(0.05, 0.8);
  for (let step = 0; step < 50; step++) {
    const gradient = tf.tensor1d(testGradient([...variable.dataSync()], step));
    theirs.applyGradients([{ name: variable.name, tensor: gradient }]);
  }
  const ours = runOptimizer(sgd({ learningRate: 0.05, momentum: 0.8 }), start, 50);
  expectClose(ours.variable, variable.dataSync(), { rtol: 1e-5 });
});

test("without momentum it keeps nothing", () => {
  expect(sgd().slots).toEqual([]);
  expect(sgd({ momentum: 0.5 }).slots).toEqual(["momentum"]);
});

test.each([
  [
    () => sgd({ momentum: 1 }),
    "sgd: momentum must be a finite number at least 0 and below 1, got 1",
  ],
  [
    () => sgd({ learningRate: NaN }),
    "sgd: learningRate must be a finite number or a schedule at least 0 at every step, got NaN",
  ],
  [
    () => sgd({ nesterov: true } as never),
    'sgd: options must be among learningRate, momentum, got "nesterov"',
  ],
])("%s is refused in a sentence", (make, sentence) => {
  expect(make).toThrow(sentence);
});
