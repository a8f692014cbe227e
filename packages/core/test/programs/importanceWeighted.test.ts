import {
  bernoulliLikelihood,
  createModel,
  evaluate,
  gaussian,
  mlp,
  reparameterized,
  train,
} from "@elbo/core";
import type { LatentModel } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { bars } from "../support/bars.ts";
import { importanceWeighted } from "./importanceWeighted.ts";

function model(draws: number): LatentModel {
  const example = { x: bernoulliLikelihood([8, 8, 1], { binarize: "static" }) };
  const latents = reparameterized({ size: 4, posterior: gaussian, prior: gaussian });
  const networks = mlp({ example, latents, hidden: [64], seed: 1 });
  const objective = importanceWeighted(draws);
  return createModel({ kind: "iwae", options: {}, example, latents, networks, objective, seed: 1 });
}

test("with one draw the bound is the distortion plus the drawn log ratio: on average the ELBO", async () => {
  const data = bars(2000);
  const one = model(1);
  const { terms } = await one.loss(data);
  const { elbo } = await evaluate(one, data, { samples: 8 });
  expectClose([terms["bound"]], [-(elbo?.mean ?? NaN)], { rtol: 0.01 });
});

test("a model trained with eight draws has a better importance-weighted likelihood than its ELBO says, and trains compiled", async () => {
  const many = model(8);
  const { report } = await train(many, bars(2000), {
    epochs: 10,
    seed: 1,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const { elbo, nll } = await evaluate(many, bars(300, 6), { samples: 64 });
  expect(nll?.mean).toBeLessThan(-(elbo?.mean ?? NaN));
});
