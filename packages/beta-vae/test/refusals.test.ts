/** What people get wrong is said in one sentence that names the function they called. */
import { expect, test } from "vitest";
import {
  autoencoder,
  beamSearch,
  betaVae,
  decomposition,
  latentTraversal,
  mutualInformationGapChen,
  sampleSequences,
  tokenizer,
  unsupervisedDisentanglementRanking,
  vocabularyOf,
} from "../src/index.ts";

const shared = { image: [4, 4, 1], latent: 2, network: { kind: "mlp", hidden: [4] } } as const;
const x = { data: Float32Array.from({ length: 96 }, (_, i) => (i % 7) / 7), shape: [6, 4, 4, 1] };
const flat = { data: x.data, shape: [6, 16] };
const model = betaVae(shared);

test.each<[() => unknown, string]>([
  [
    () => decomposition(model, x, { draw: 3 } as object),
    'decomposition: options must be among draws, seed, onProgress, engine, device, threads, got "draw"',
  ],
  [() => decomposition(model, flat), "decomposition: x must have the shape [n, 4, 4, 1]"],
  [() => decomposition(model, undefined as never), "decomposition: examples must be"],
  [
    () => decomposition(model, x, { onProgress: 1 as never }),
    "decomposition: onProgress must be a function, got 1",
  ],
  [
    () => latentTraversal(model, x, { step: 3 } as object),
    'latentTraversal: options must be among dimensions, steps, quantilesOf, tails, seed, engine, device, threads, got "step"',
  ],
  [() => latentTraversal(model, flat), "latentTraversal: x must have the shape [n, 4, 4, 1]"],
  [
    () => latentTraversal(autoencoder(shared), x),
    "latentTraversal: the model must have one level of Gaussian latents, got deterministic",
  ],
  [
    () => mutualInformationGapChen(undefined as never),
    "mutualInformationGapChen: representation must be { mean, logVar, factors }, got undefined",
  ],
  [
    () => unsupervisedDisentanglementRanking(undefined as never),
    "unsupervisedDisentanglementRanking: models must be a list",
  ],
  [
    () => beamSearch(model as never, { data: new Float32Array(2), shape: [1, 2] }),
    "beamSearch: model must be a sequence-vae, got a beta-vae",
  ],
  [
    () => sampleSequences(undefined as never, { data: new Float32Array(2), shape: [1, 2] }),
    "sampleSequences: model must be a sequence-vae, got undefined",
  ],
  [() => vocabularyOf("abc" as never), "vocabularyOf: texts must be a list of strings"],
  [() => tokenizer(["a"], 3).encode("a" as never), "encode: texts must be a list of strings"],
])("%s is refused", async (call, message) => {
  await expect(Promise.resolve().then(call)).rejects.toThrow(message);
});
