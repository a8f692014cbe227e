import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { ema } from "../src/optimizers/ema.ts";
import { scalarTensors } from "./support/optimizers.ts";

test("the average follows its formula, from the variables' values on", () => {
  const average = ema({ decay: 0.8 });
  const variable = tf.variable(tf.tensor1d([1, -1]));
  const slots = average.slots([variable]);
  expect([...slots[0].dataSync()]).toEqual([1, -1]);
  expect(slots[0].trainable).toBe(false);
  const expected = [1, -1];
  for (let step = 0; step < 60; step++) {
    const values = [step, Math.sin(step)];
    variable.assign(tf.tensor1d(values));
    average.update({ variables: [variable], slots, scalars: scalarTensors(average.scalars(step)) });
    const decay = Math.min(0.8, (1 + step) / (10 + step));
    values.forEach((value, i) => (expected[i] = decay * expected[i] + (1 - decay) * value));
    expectClose(slots[0].dataSync(), expected);
  }
  expect([...variable.dataSync()][0]).toBe(59);
});

test("an average has memory of its own, so a runtime that keeps state by its memory does not mix the two", () => {
  const variable = tf.variable(tf.tensor1d([1]));
  expect(ema().slots([variable])[0].dataId).not.toBe(variable.dataId);
});

test.each([
  [() => ema({ decay: 1 }), "ema: decay must be a finite number at least 0 and below 1, got 1"],
  [() => ema({ rate: 1 } as never), 'ema: options must be among decay, got "rate"'],
  [
    () => {
      ema().update({ variables: [], slots: [tf.variable(tf.zeros([1]))], scalars: {} });
    },
    "update: slots must be as many as variables (0), got 1",
  ],
])("%s is refused in a sentence", (run, sentence) => {
  expect(run).toThrow(sentence);
});
