import { Random, train } from "@elbo/core";
import type { NdArray } from "@elbo/core";
import { expect, test } from "vitest";
import { tableVae } from "./tableVae.ts";

const count = 3000;

/** City (0, 1, 2 with 0.6, 0.3, 0.1) sets the mean of the income; whether one owns a car depends on the city. */
function table(seed: number): Record<string, NdArray> {
  const random = new Random(seed);
  const income = new Float32Array(count);
  const car = new Float32Array(count);
  const city = new Int32Array(count);
  random.fillNormalInto(income);
  for (let n = 0; n < count; n++) {
    const u = random.uniform();
    city[n] = u < 0.6 ? 0 : u < 0.9 ? 1 : 2;
    income[n] = 30_000 + 20_000 * city[n] + 2000 * income[n];
    car[n] = random.uniform() < [0.1, 0.5, 0.9][city[n]] ? 1 : 0;
  }
  return {
    income: { data: income, shape: [count] },
    car: { data: car, shape: [count] },
    city: { data: city, shape: [count] },
  };
}

test("a table's columns are drawn with the right frequencies, in their own units", async () => {
  const model = tableVae(
    { income: "real", car: "binary", city: { categories: 3 } },
    { latent: 4, seed: 1 },
  );
  const { report } = await train(model, table(1), {
    epochs: 40,
    seed: 1,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const rows = await model.sample(4000, { seed: 2, draw: true });
  const share = (value: number): number =>
    [...rows["city"].data].filter((v) => v === value).length / 4000;
  // Standard errors of a share are below 0.008; the model itself may be off by a few points.
  for (const [value, expected] of [0.6, 0.3, 0.1].entries())
    expect(Math.abs(share(value) - expected)).toBeLessThan(0.06);
  const mean = rows["income"].data.reduce((sum, v) => sum + v, 0) / 4000;
  expect(Math.abs(mean - 40_000)).toBeLessThan(2000);
});
