import { train } from "@elbo/core";
import { expect, test } from "vitest";
import { bars } from "../support/bars.ts";
import { laplaceVae } from "./laplaceVae.ts";
import { lion } from "./lion.ts";

test("Lion trains: the loss falls by more than a tenth, and the moments are kept between two calls of train", async () => {
  const options = {
    epochs: 8,
    seed: 1,
    validation: 0,
    progress: "silent",
    optimizer: lion({ learningRate: 1e-3 }),
  } as const;
  const model = laplaceVae([8, 8, 1], 4, 1);
  const { history } = await train(model, bars(1000), options);
  const [first] = history.epochs;
  const last = history.epochs[history.epochs.length - 1];
  expect(last.training["loss"]).toBeLessThan(0.9 * first.training["loss"]);
  const again = laplaceVae([8, 8, 1], 4, 1);
  await train(again, bars(1000), { ...options, epochs: 2 });
  await train(again, bars(1000), { ...options, epochs: 6 });
  expect(await again.readWeights()).toEqual(await model.readWeights());
});
