/** @file What must not compile, does not: the lines under `@ts-expect-error` are errors, or type checking fails. */
import { evaluate, train } from "@elbo/core";
import { expect, test } from "vitest";
import { autoencoder, betaVae } from "../src/index.ts";

const images = { data: new Uint8Array(4 * 16).fill(255), shape: [4, 4, 4, 1] };
const small = { image: [4, 4, 1], latent: 2, network: { kind: "mlp", hidden: [4] } } as const;

test("a misspelt figure, score or option does not compile", async () => {
  const model = betaVae(small);
  const figures = await evaluate(model, images, { samples: 1 });
  const scores = await model.score(images);
  // @ts-expect-error -- elbo
  expect(figures.elob).toBeUndefined();
  // @ts-expect-error -- distortion
  expect(scores.distorsion).toBeUndefined();
  expect(figures.elbo.mean).toBeLessThan(0);
  expect(scores.rate).toHaveLength(4);
  // @ts-expect-error -- latent
  expect(() => betaVae({ ...small, latnet: 2 })).toThrow('got "latnet"');
  // @ts-expect-error -- seed
  await expect(model.sample(1, { sede: 2 })).rejects.toThrow('got "sede"');
  // @ts-expect-error -- epochs
  await expect(train(model, images, { epoch: 1 })).rejects.toThrow('got "epoch"');
});

test("an autoencoder's evaluation has no ELBO for certain, by type and in fact", async () => {
  const figures = await evaluate(autoencoder(small), images);
  // @ts-expect-error -- may be undefined
  expect(() => figures.elbo.mean).toThrow();
  expect(figures.distortion.mean).toBeGreaterThan(0);
});
