import { load, take } from "@elbo/datasets";
import { accuracy, augment, classifier, train } from "@elbo/core";
import type { Examples } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";

// One class is rare: 200 labelled images of every other, 8 of this one. A VAE of them all draws more of it from the posteriors of
// these 8, with what it learned from the others about clothes, and a classifier gets those too.
const [classes, common, few, rare] = [10, 200, 8, 9];
const { train: all, test, classNames = [] } = await load("fashion-mini");
const labels = all.labels as Uint8Array;
const chosen = Array.from({ length: classes }, (_, label) =>
  [...labels.keys()].filter((i) => labels[i] === label).slice(0, label === rare ? few : common),
).flat();
const known = take(all, chosen);

const likelihood = { kind: "gaussian", scale: 0.2 } as const;
const model = betaVae({ image: [28, 28, 1], latent: 8, likelihood, seed: 1 });
await train(model, known, { epochs: 40, batchSize: 64, seed: 1, validation: 0 });
const { both } = await augment(model, known, { perClass: "balance", seed: 2 });

const right = test.labels as Uint8Array;
const ofRare = (values: ArrayLike<number>): number[] =>
  Array.from(values).filter((_, i) => right[i] === rare);
console.log("a classifier on 1,000 test images:");
const sets: Record<string, Examples> = { "as it was": known, balanced: both };
for (const [name, examples] of Object.entries(sets)) {
  const judge = classifier({ example: [28, 28, 1], classes, seed: 1 });
  await train(judge, examples, { steps: 500, batchSize: 64, seed: 1, validation: 0 });
  const { data: predicted } = await judge.predict(test);
  const found = accuracy(ofRare(predicted), ofRare(right));
  const whole = accuracy(predicted, right);
  const percent = ({ mean, standardError }: typeof whole): string =>
    `${(100 * mean).toFixed(1)} ± ${(100 * standardError).toFixed(1)} %`;
  console.log(
    `  ${name.padEnd(10)} ${percent(found)} of class "${classNames[rare]}", ${percent(whole)} of all`,
  );
}
