import { filterByLabel, load, take } from "@elbo/datasets";
import { train } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";

// Normal are trousers; the model never sees anything else. Then it scores trousers and everything else.
const trouser = 1;
const { train: all, test, classNames = [] } = await load("fashion-mini");
const normal = filterByLabel(all, [trouser]);

// A Gaussian likelihood takes grey values as they are, so that an image has one score.
const likelihood = { kind: "gaussian", scale: 0.2 } as const;
const model = betaVae({ image: [28, 28, 1], latent: 8, likelihood, seed: 1 });
await train(model, normal, { epochs: 60, batchSize: 50, seed: 1 });

// The score of an image: its negative ELBO in nats. What the model cannot explain costs more.
const count = 300;
const labels = test.labels ?? new Uint8Array();
const some = take(test, [...Array(count).keys()]);
const { elbo } = await model.score(some, { samples: 16, seed: 1 });
const scores = Array.from(elbo, (bound, i) => {
  const label = labels[i] ?? 0;
  return { score: -bound, normal: label === trouser, name: classNames[label] ?? "" };
});

// The area under the ROC curve: how often a random anomaly has a higher score than a random normal image.
const inside = scores.filter((entry) => entry.normal);
const outside = scores.filter((entry) => !entry.normal);
const wins = outside.flatMap((a) => inside.map((b): number => Number(a.score > b.score)));
const area = wins.reduce((sum, win) => sum + win, 0) / wins.length;
console.log(
  `${inside.length} normal images, ${outside.length} others, area under ROC ${area.toFixed(3)}`,
);

// In use there are no labels: take a threshold that normal images rarely pass.
const threshold = inside.map(({ score }) => score).sort((a, b) => b - a)[1] ?? 0;
const found = outside.filter(({ score }) => score > threshold).length;
console.log(
  `above ${threshold.toFixed(0)} nats: ${((100 * found) / outside.length).toFixed(0)} % of the others`,
);
const missed = outside.filter(({ score }) => score <= threshold).map(({ name }) => name);
console.log(`taken for trousers: ${[...new Set(missed)].join(", ") || "nothing"}`);
if (area < 0.9) throw new Error(`the area must be at least 0.9, got ${area}`);
