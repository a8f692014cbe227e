import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { averageRate, updatedAverage } from "../src/optimizers/weightAverage.ts";

test("the average follows its formula, with a smaller decay in the first updates", () => {
  let average = tf.tensor1d([1, -1]);
  const expected = [1, -1];
  for (let updates = 0; updates < 60; updates++) {
    const values = [updates, Math.sin(updates)];
    const rate = tf.scalar(averageRate(0.8, updates));
    average = updatedAverage(average, { variable: tf.tensor1d(values), rate }) as tf.Tensor1D;
    const decay = Math.min(0.8, (1 + updates) / (10 + updates));
    values.forEach((value, i) => (expected[i] = decay * expected[i] + (1 - decay) * value));
    expectClose(average.dataSync(), expected);
  }
  expect(averageRate(0.8, 0)).toBe(0.9);
  expect(averageRate(0.8, 1e6)).toBeCloseTo(0.2, 12);
});
