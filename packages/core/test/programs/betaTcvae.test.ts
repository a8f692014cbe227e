import {
  bernoulliLikelihood,
  createModel,
  gaussian,
  mlp,
  reparameterized,
  train,
} from "@elbo/core";
import type { LatentModel, TrainingResult } from "@elbo/core";
import { expect, test } from "vitest";
import { crosses } from "../support/bars.ts";
import { betaTcvae } from "./betaTcvae.ts";

function model(beta: number): LatentModel {
  const example = { x: bernoulliLikelihood([8, 8, 1]) };
  const latents = reparameterized({ size: 4, posterior: gaussian, prior: gaussian });
  const networks = mlp({ example, latents, hidden: [64], seed: 1 });
  const objective = betaTcvae(beta);
  return createModel({ kind: "tc", options: {}, example, latents, networks, objective, seed: 1 });
}

const run = (beta: number): Promise<TrainingResult> =>
  train(model(beta), crosses(2000), { epochs: 20, seed: 1, validation: 0, progress: "silent" });

test("β-TCVAE: the three parts of the rate are reported, and a heavier total correlation is a smaller one", async () => {
  const plain = await run(1);
  const heavy = await run(10);
  expect(plain.report?.engine).not.toBe("eager");
  const of = ({ history }: TrainingResult): Readonly<Record<string, number>> =>
    history.epochs[history.epochs.length - 1].training;
  expect(of(heavy)["totalCorrelation"]).toBeLessThan(of(plain)["totalCorrelation"]);
  expect(of(plain)["mutualInformation"]).toBeGreaterThan(1);
});
