import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { plan } from "../src/plan/plan.ts";
import { simplify } from "../src/rewrite/simplify.ts";
import { trace } from "../src/trace/trace.ts";
import type { TracedFunction } from "../src/types.ts";
import { seeded } from "./mlpVae.ts";
import { expectAgreement } from "./support/agree.ts";

const codes = 37;
const shapes = { z: [4, 30, 5], chosen: [4, 30] };

/** Sums and counts of a codebook's update, written with one-hot matrices. */
const update: TracedFunction = ({ z, chosen }) => {
  const oneHot = tf.cast(tf.oneHot(tf.reshape<tf.Rank.R1>(chosen, [-1]), codes), "float32");
  return {
    sums: tf.matMul(oneHot, tf.reshape(z, [-1, 5]), true),
    counts: tf.sum(oneHot, 0),
    shares: tf.mean(oneHot, 0),
    inAll: tf.sum(tf.oneHot(chosen as tf.Tensor2D, codes, 1, 0, "float32"), [0, 1]),
  };
};

test.each(["native", "wasm"] as const)(
  "sums and counts by choice equal TF.js's on %s, choices out of range counting for none",
  async (engine) => {
    const draw = seeded(1);
    const chosen = Int32Array.from({ length: 120 }, (_, i) =>
      i % 11 === 0 ? 99 - i : (i * i) % codes,
    );
    const inputs = {
      z: { data: Float32Array.from({ length: 600 }, draw), shape: shapes.z },
      chosen: { data: chosen, shape: shapes.chosen },
    };
    await expectAgreement(update, inputs, { engine, atol: 1e-5, rtol: 0 });
  },
);

test("no matrix of rows x choices is in the program", () => {
  const feeds = [
    { name: "z", shape: shapes.z, dtype: "float32" as const },
    { name: "chosen", shape: shapes.chosen, dtype: "int32" as const },
  ];
  const { steps } = plan(
    simplify(trace({ fn: update, feeds, state: [] }), { convolutions: "keep" }),
  );
  expect(steps.some(({ kernel }) => kernel === "gemm")).toBe(false);
  const largest = Math.max(...steps.flatMap(({ writes }) => writes.map(({ size }) => size)));
  expect(largest).toBeLessThanOrEqual(600);
});
