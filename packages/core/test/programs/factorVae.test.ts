import * as tfl from "@tensorflow/tfjs-layers";
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
import { factorVae } from "./factorVae.ts";

const image = [8, 8, 1];
const latent = 4;

function discriminator(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      tfl.layers.dense({
        units: 64,
        activation: "relu",
        inputShape: [latent],
        kernelInitializer: tfl.initializers.heNormal({ seed: 1 }),
      }),
      tfl.layers.dense({
        units: 64,
        activation: "relu",
        kernelInitializer: tfl.initializers.heNormal({ seed: 2 }),
      }),
      tfl.layers.dense({
        units: 1,
        kernelInitializer: tfl.initializers.glorotUniform({ seed: 3 }),
      }),
    ],
  });
}

function model(gamma: number): LatentModel {
  const example = { x: bernoulliLikelihood(image) };
  const latents = reparameterized({ size: latent, posterior: gaussian, prior: gaussian });
  const networks = mlp({ example, latents, hidden: [64], seed: 1 });
  const objective = factorVae({ gamma, latent, discriminator: discriminator() });
  return createModel({
    kind: "factor-vae-outside",
    options: {},
    example,
    latents,
    networks,
    objective,
    seed: 1,
  });
}

const run = (gamma: number): Promise<TrainingResult> =>
  train(model(gamma), crosses(2000), { epochs: 20, seed: 1, validation: 0, progress: "silent" });

/** Means over the last five epochs. */
function late({ history }: TrainingResult, name: string): number {
  const values = history.epochs.slice(-5).map(({ training }) => training[name]);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test("FactorVAE: the discriminator beats chance in the same compiled step, and the total correlation falls with gamma", async () => {
  const free = await run(0);
  const held = await run(10);
  expect(free.report?.engine).not.toBe("eager");
  // A discriminator that guesses pays log 2.
  expect(late(free, "discriminator.discriminator")).toBeLessThan(0.9 * Math.LN2);
  expect(late(held, "totalCorrelation")).toBeLessThan(0.7 * late(free, "totalCorrelation"));
});
