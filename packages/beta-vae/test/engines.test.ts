/** Training with every objective has the same losses on all engines, and the same bytes for any number of threads. */
import { Random, type Objective } from "@elbo/core";
import { uniformImages } from "@elbo/test-utils/tensors";
import { describe } from "vitest";
import { runOn, testEngines } from "../../core/test/support/engines.ts";
import {
  annealedCapacity,
  autoencoder,
  betaTcvae,
  betaVae,
  dipVae,
  factorVae,
  freeBits,
  importanceWeighted,
  infoVae,
  type Autoencoder,
  type BetaVae,
} from "../src/index.ts";

const image = [8, 8, 1];
const common = {
  image,
  latent: 3,
  likelihood: { kind: "bernoulli", binarize: "none" },
  network: { kind: "mlp", hidden: [40] },
  seed: 1,
} as const;
const data = uniformImages(new Random(1), [128, ...image]);

/** An objective may have variables of its own, which end with its model. */
const withObjective = (objective: () => Objective) => (): BetaVae =>
  betaVae({ ...common, objective: objective() });

const models: [string, () => BetaVae | Autoencoder][] = [
  ["autoencoder", () => autoencoder(common)],
  ["beta", () => betaVae({ ...common, beta: 4 })],
  ["vamp prior", () => betaVae({ ...common, prior: "vamp" })],
  ["annealed capacity", withObjective(() => annealedCapacity({ capacity: 5, weight: 30 }))],
  ["total correlation", withObjective(() => betaTcvae({ beta: 6 }))],
  ["FactorVAE", withObjective(() => factorVae({ latent: 3, gamma: 6, hidden: [20] }))],
  ["DIP-VAE", withObjective(() => dipVae())],
  ["InfoVAE", withObjective(() => infoVae({ latent: 3 }))],
  ["free bits", withObjective(() => freeBits({ nats: 0.1 }))],
  [
    "importance weighted",
    withObjective(() => importanceWeighted({ draws: 3, doublyReparameterized: true })),
  ],
];

describe.each(models)("%s", (_, make) => {
  testEngines((compute) => runOn(make(), data, { steps: 4, batchSize: 64, seed: 1, ...compute }), {
    tolerance: { rtol: 3e-4, atol: 1e-3 },
  });
});
