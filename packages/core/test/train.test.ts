import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { train } from "../src/training/train.ts";
import { line, plainDescent, points, valuesOf } from "./support/plainTrainables.ts";

const quiet = { progress: "silent", validation: 0 } as const;

/** Least squares in float64: the normal equations of `[x1, x2, 1]`. */
function leastSquares({ x, y }: ReturnType<typeof points>): number[] {
  const n = y.data.length;
  const rows = Array.from({ length: n }, (_, i) => [x.data[2 * i], x.data[2 * i + 1], 1]);
  const a = [0, 1, 2].map((i) => [0, 1, 2].map((j) => rows.reduce((s, r) => s + r[i] * r[j], 0)));
  const b = [0, 1, 2].map((i) => rows.reduce((s, r, k) => s + r[i] * y.data[k], 0));
  for (let i = 0; i < 3; i++) {
    for (let j = i + 1; j < 3; j++) {
      const f = a[j][i] / a[i][i];
      for (let k = i; k < 3; k++) a[j][k] -= f * a[i][k];
      b[j] -= f * b[i];
    }
  }
  const solution = [0, 0, 0];
  for (let i = 2; i >= 0; i--) {
    solution[i] = b[i];
    for (let j = i + 1; j < 3; j++) solution[i] -= a[i][j] * solution[j];
    solution[i] /= a[i][i];
  }
  return solution;
}

test("a second call is refused while the first trains, and trains after it", async () => {
  const trainable = line();
  const data = points(40);
  const call = { ...quiet, batchSize: 40, steps: 3, optimizer: plainDescent(0.3) };
  const first = train(trainable, data, call);
  await expect(train(trainable, data, call)).rejects.toThrow(
    "train: a model must be trained by one call at a time, got a second one while the first runs; await that",
  );
  expect((await first).step).toBe(3);
  await expect(train(trainable, { x: 1 }, call)).rejects.toThrow("train: ");
  expect((await train(trainable, data, call)).step).toBe(6);
  trainable.dispose();
});

describe.each(["eager", "native"] as const)("on the engine %s", (engine) => {
  test("full batches of a linear regression end at the least squares solution", async () => {
    const data = points(40);
    const trainable = line();
    const { stopped, step } = await train(trainable, data, {
      ...quiet,
      engine,
      batchSize: 40,
      steps: 400,
      optimizer: plainDescent(0.3),
    });
    const { "line/w": w, "line/b": b } = valuesOf(trainable);
    expectClose([...w, ...b], leastSquares(data), { rtol: 1e-5, atol: 1e-6 });
    expect({ stopped, step }).toEqual({ stopped: "finished", step: 400 });
    trainable.dispose();
  });
});
