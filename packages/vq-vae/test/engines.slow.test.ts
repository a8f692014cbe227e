/** Training with every quantizer has the same losses on all engines, and the same bytes for any number of threads. */
import { Random } from "@elbo/core";
import { uniformImages } from "@elbo/test-utils/tensors";
import { describe } from "vitest";
import { runOn, testEngines } from "../../core/test/support/engines.ts";
import { vqVae } from "../src/index.ts";
import { choices } from "./support/choices.ts";

const image = [8, 8, 1];
const data = uniformImages(new Random(1), [96, ...image]);

const common = {
  image,
  likelihood: { kind: "bernoulli", binarize: "none" },
  network: { kind: "mlp", hidden: [40] },
  seed: 1,
} as const;

describe.each(choices)("%s", (_, quantizer) => {
  testEngines(
    (compute) =>
      runOn(vqVae({ ...common, quantizer }), data, {
        steps: 4,
        batchSize: 48,
        seed: 1,
        ...compute,
      }),
    { tolerance: { rtol: 1e-3, atol: 1e-3 } },
  );
});
