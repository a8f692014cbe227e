import { train } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { beforeAll, expect, test } from "vitest";
import { crosses } from "../../../core/test/support/bars.ts";
import {
  autoencoder,
  betaVae,
  hintonCells,
  latentTraversal,
  traversalFrames,
  type BetaVae,
} from "../../src/index.ts";

const options = {
  image: [8, 8, 1],
  likelihood: { kind: "bernoulli", binarize: "none" },
  network: { kind: "mlp", hidden: [24] },
  seed: 1,
} as const;
const data = crosses(300);
let model: BetaVae;
beforeAll(async () => {
  model = betaVae({ ...options, latent: 4, beta: 2 });
  await train(model, data, { epochs: 20, batchSize: 50, validation: 0, progress: "silent" });
});

test("rows follow the dimensions by falling nats, which add up to the rate", async () => {
  const { dimensions, nats, images } = await latentTraversal(model, data, { steps: 5 });
  expect([...dimensions].sort()).toEqual([0, 1, 2, 3]);
  expect(nats).toEqual([...nats].sort((a, b) => b - a));
  const { rate } = await model.score(data);
  const mean = rate.reduce((a, b) => a + b, 0) / rate.length;
  expectClose([nats.reduce((a, b) => a + b, 0)], [mean], { rtol: 1e-4 });
  expect(images.shape).toEqual([4, 5, 8, 8, 1]);
});

test("values are quantiles of the draws, or of the prior, and images those of the first example's moved mean", async () => {
  const { dimensions, values, images } = await latentTraversal(model, data, {
    dimensions: 2,
    steps: 3,
    tails: 0.2,
  });
  const { draws, mean } = (await model.posterior(data, { draws: 1 })) as Record<
    string,
    { data: ArrayLike<number> }
  >;
  const column = Float64Array.from(
    { length: 300 },
    (_, i) => draws.data[4 * i + dimensions[0]],
  ).sort();
  const at = (share: number): number => {
    const place = share * 299;
    const low = Math.floor(place);
    return column[low] + (place - low) * (column[low + 1] - column[low]);
  };
  expectClose(values[0], [at(0.1), at(0.5), at(0.9)], { rtol: 1e-6 });
  const z = Float32Array.from({ length: 4 }, (_, k) => mean.data[k]);
  z[dimensions[0]] = values[0][2];
  const expected = await model.decode({ data: z, shape: [1, 4] });
  expectClose(images.data.subarray(2 * 64, 3 * 64), expected.data, { atol: 1e-5 });
  const prior = await latentTraversal(model, data, { quantilesOf: "prior", steps: 3, tails: 0.05 });
  expectClose(prior.values[0], [-1.959963985, 0, 1.959963985], { atol: 1e-6 });
});

test("the film goes up and down again, all dimensions side by side", async () => {
  const traversal = await latentTraversal(model, data, { dimensions: 2, steps: 3 });
  const { shape, data: frames } = traversalFrames(traversal);
  expect(shape).toEqual([4, 8, 16, 1]);
  const pixel = (frame: number, y: number, x: number): number => frames[(frame * 8 + y) * 16 + x];
  const image = (row: number, step: number, y: number, x: number): number =>
    traversal.images.data[((row * 3 + step) * 8 + y) * 8 + x];
  expect(pixel(2, 5, 8 + 3)).toBe(image(1, 2, 5, 3));
  expect(pixel(3, 5, 3)).toBe(image(0, 1, 5, 3)); // on the way back
});

test("a model without Gaussian latents is refused", async () => {
  await expect(latentTraversal(autoencoder({ ...options, latent: 2 }), data)).rejects.toThrow(
    "latentTraversal: the model must have one level of Gaussian latents, got deterministic",
  );
});

test("areas of Hinton's squares are shares of the largest entry", () => {
  const { data: cells, shape } = hintonCells(
    [
      [1, 0.25],
      [0, 0.5],
    ],
    { size: 10 },
  );
  expect(shape).toEqual([4, 10, 10, 1]);
  const area = (cell: number): number =>
    cells.subarray(cell * 100, (cell + 1) * 100).reduce((a, b) => a + b, 0);
  expectClose([area(0), area(1), area(2), area(3)], [64, 16, 0, 32], { rtol: 1e-5 });
  expect(() => hintonCells([[-1]])).toThrow("hintonCells: entries must be finite and at least 0");
});
