import { train } from "@elbo/core";
import { load } from "@elbo/datasets";
import { expect, test } from "vitest";
import { autoregressivePrior } from "../../core/test/programs/autoregressivePrior.ts";
import { vqVae } from "../src/index.ts";

test("a VQ-VAE samples by a prior that was trained on its codes, the same images by the same seed", async () => {
  const { train: images } = await load("fashion-mini");
  const few = { data: images.data.subarray(0, 500 * 784), shape: [500, 28, 28, 1] };
  const network = { kind: "mlp", hidden: [64] } as const;
  const model = vqVae({ image: [28, 28, 1], codebookSize: 16, codeDim: 4, network, seed: 1 });
  await train(model, few, { epochs: 2, seed: 1, validation: 0, progress: "silent" });
  const codes = await model.encode(few);
  const prior = autoregressivePrior({ positions: [7, 7], codebookSize: 16, seed: 1 });
  await train(prior, codes, { epochs: 2, seed: 1, validation: 0, progress: "silent" });
  const drawn = await model.sample(3, { prior, seed: 5 });
  expect(drawn.shape).toEqual([3, 28, 28, 1]);
  expect((await model.sample(3, { prior, seed: 5 })).data).toEqual(drawn.data);
  expect((await model.sample(3, { prior, seed: 6 })).data).not.toEqual(drawn.data);
  const expected = await model.decode(await prior.sample(3, { seed: 5 }));
  expect(drawn.data).toEqual(expected.data);
});
