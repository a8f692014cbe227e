/** Programs that are written outside the packages against core's exports, and their counterparts here, are the same objective. */
import {
  bernoulliLikelihood,
  createModel,
  gaussian,
  mlp,
  reparameterized,
  train,
  type LatentModel,
  type Objective,
} from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import type * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { betaTcvae as outsideTcvae } from "../../../core/test/programs/betaTcvae.ts";
import { factorVae as outsideFactorVae } from "../../../core/test/programs/factorVae.ts";
import { importanceWeighted as outsideWeighted } from "../../../core/test/programs/importanceWeighted.ts";
import { crosses } from "../../../core/test/support/bars.ts";
import { betaTcvae, factorVae, importanceWeighted } from "../../src/index.ts";

const latent = 4;
const factor = { latent, gamma: 5, hidden: [32, 32], learningRate: 1e-3, seed: 3 };
const discriminator = (): tfl.LayersModel =>
  factorVae(factor).networks?.["discriminator"] as tfl.LayersModel;

const pairs: readonly (readonly [string, () => Objective, () => Objective])[] = [
  ["β-TCVAE", () => betaTcvae({ beta: 4 }), () => outsideTcvae(4)],
  ["IWAE", () => importanceWeighted({ draws: 5 }), () => outsideWeighted(5)],
  [
    "FactorVAE",
    () => factorVae(factor),
    () => outsideFactorVae({ ...factor, discriminator: discriminator() }),
  ],
];

function model(objective: Objective): LatentModel {
  const example = { x: bernoulliLikelihood([8, 8, 1]) };
  const latents = reparameterized({ size: latent, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [32], seed: 1 });
  return createModel({ kind: "pair", options: {}, example, latents, networks, objective, seed: 1 });
}

test.each(pairs)(
  "an outside program and the package train the same model: %s",
  async (_, own, outside) => {
    const [ours, theirs] = [model(own()), model(outside())];
    const data = crosses(320);
    const run = { steps: 12, batchSize: 32, seed: 2, validation: 0, logEvery: 1 } as const;
    const a = await train(ours, data, { ...run, progress: "silent" });
    const b = await train(theirs, data, { ...run, progress: "silent" });
    // The same formulas in another order of float32 operations.
    expectClose(
      a.history.steps.map(({ loss }) => loss),
      b.history.steps.map(({ loss }) => loss),
      { rtol: 1e-5 },
    );
    const [mine, other] = [await ours.readWeights(), await theirs.readWeights()];
    const names = Object.keys(mine);
    expect(names.length).toBe(Object.keys(other).length);
    for (const name of names)
      expectClose(mine[name].data, other[name].data, { rtol: 1e-3, atol: 1e-5 });
  },
);
