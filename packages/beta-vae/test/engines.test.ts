/** Training with every objective has the same losses on all engines, and the same bytes for any number of threads. */
import { Random, train, type Objective } from "@elbo/core";
import { digest, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import { describe, expect, test } from "vitest";
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

interface Compute {
  readonly engine: "eager" | "native" | "wasm" | "portable";
  readonly threads?: number;
}

async function trained(
  make: () => BetaVae | Autoencoder,
  compute: Compute,
): Promise<{ losses: number[]; weights: string }> {
  const model = make();
  const options = { steps: 4, batchSize: 64, validation: 0, progress: "silent", seed: 1, logEvery: 1 } as const; // prettier-ignore
  const { history } = await train(model, data, { ...options, ...compute });
  const weights = digest(await model.readWeights());
  model.dispose();
  return { losses: history.steps.map(({ loss }) => loss), weights };
}

describe.each(models)("%s", (_, make) => {
  test("losses agree on eager, native, wasm and portable", async () => {
    const eager = await trained(make, { engine: "eager" });
    expect(eager.losses.every(Number.isFinite)).toBe(true);
    for (const engine of ["native", "wasm", "portable"] as const) {
      const { losses } = await trained(make, { engine });
      expectClose(losses, eager.losses, { rtol: 3e-4, atol: 1e-3 });
    }
  });

  test("1, 2, 3 and 8 threads leave the same bytes", async () => {
    const runs = [];
    for (const threads of [1, 2, 3, 8])
      runs.push(await trained(make, { engine: "native", threads }));
    expect(new Set(runs.map(({ weights }) => weights)).size).toBe(1);
  });
});
