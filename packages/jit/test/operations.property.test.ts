import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { NdArray } from "../src/types.ts";
import { expectAgreement } from "./support/agree.ts";
import {
  drawing,
  operatorNames,
  runInstructions,
  type Instruction,
} from "./support/randomGraphs.ts";

/** Small multiples of 1/4: exact, with ties and zeros. */
function array(shape: readonly number[], seed: number): NdArray {
  const draw = drawing(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length }, () => (draw(17) - 8) / 4), shape };
}

const dimension = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 2, max: 4 }) },
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const shape = fc.array(dimension, { maxLength: 3 });
const instruction: fc.Arbitrary<Instruction> = fc.record({
  op: fc.nat(operatorNames.length - 1),
  a: fc.nat(20),
  b: fc.nat(20),
  seed: fc.nat(),
});

interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly instructions: readonly Instruction[];
}

/** Values of the function and the gradients of their weighted sum. */
function valuesAndGradients(
  instructions: readonly Instruction[],
): (feeds: Record<string, tf.Tensor>) => Record<string, tf.Tensor> {
  return (feeds) => {
    const inputs = Object.values(feeds);
    const outputs: Record<string, tf.Tensor> = {};
    runInstructions(inputs, instructions).forEach((y, i) => (outputs[`y${i}`] = y));
    const loss = (...xs: tf.Tensor[]): tf.Tensor => {
      const values = runInstructions(xs, instructions, { differentiable: true });
      const terms = values.map((y, i) => tf.mul(tf.sum(y), i + 1));
      // All inputs take part, so that each has a gradient.
      return tf.addN([...xs.map((x) => tf.sum(tf.square(x))), ...terms]);
    };
    tf.grads(loss)(inputs).forEach((g, i) => (outputs[`g${i}`] = g));
    return outputs;
  };
}

async function check(
  { shapes, instructions }: Case,
  engine: "native" | "wasm" = "native",
): Promise<void> {
  const inputs = Object.fromEntries(shapes.map((s, i) => [`x${i}`, array(s, i + 1)]));
  await expectAgreement(valuesAndGradients(instructions), inputs, { engine });
}

test.each([
  ["native", 150],
  ["wasm", 40],
] as const)(
  "random graphs compute on %s what they compute eagerly, gradients included",
  async (engine, runs) => {
    const cases = fc.record({
      shapes: fc.array(shape, { minLength: 2, maxLength: 3 }),
      instructions: fc.array(instruction, { minLength: 1, maxLength: 8 }),
    });
    const property = fc.asyncProperty(cases, (example) => check(example, engine));
    await fc.assert(property, {
      numRuns: Number(process.env.ELBO_RUNS ?? runs),
      seed: Number(process.env.ELBO_SEED ?? 1),
    });
  },
);

test.each(operatorNames.map((name, op) => ({ name, op })))(
  "$name alone agrees for plain, broadcast, single and empty shapes",
  async ({ op }) => {
    const shapeLists = [[[3, 4], [3, 4]], [[2, 3, 4], [1, 4]], [[1], [1]], [[], [2]], [[2, 0, 3], [3]]]; // prettier-ignore
    for (const [seed, shapes] of shapeLists.entries()) {
      await check({ shapes, instructions: [{ op, a: 0, b: 1, seed }] });
    }
  },
);

test("the random operators are many", () => {
  expect(operatorNames.length).toBeGreaterThan(80);
});
