import { load, take } from "@elbo/datasets";
import { train } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { accuracy, type Labelled } from "./nearestNeighbour.ts";

// One class is rare: 200 labelled images of every other, 8 of this one. A conditional VAE of them all draws more of it,
// with what it learned from the others about clothes, and a classifier gets those too.
const [classes, common, few, rare] = [10, 200, 8, 9];
const { train: all, test, classNames = [] } = await load("fashion-mini");
const labels = all.labels as Uint8Array;
const chosen = Array.from({ length: classes }, (_, label) =>
  [...labels.keys()].filter((i) => labels[i] === label).slice(0, label === rare ? few : common),
).flat();
const known = take(all, chosen);

const model = cvae({ image: [28, 28, 1], latent: 8, classes, likelihood: "gaussian", seed: 1 });
await train(model, known, { epochs: 40, batchSize: 64, seed: 1, validation: 0 });

const drawn = common - few;
const { data } = await model.sample(drawn, { label: rare, seed: 2 });
const real: Labelled = { data: known.data as Uint8Array, labels: known.labels as Uint8Array };
const bytes = Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
const balanced: Labelled = {
  data: Uint8Array.from([...real.data, ...bytes]),
  labels: Uint8Array.from([...real.labels, ...new Array<number>(drawn).fill(rare)]),
};

const questions: Labelled = { data: test.data as Uint8Array, labels: test.labels as Uint8Array };
console.log("nearest neighbour on 1,000 test images:");
for (const [name, images] of Object.entries({ "as it was": real, balanced })) {
  const { found, right } = accuracy(images, questions, rare);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  console.log(
    `  ${name.padEnd(10)} ${percent(found)} of class "${classNames[rare]}", ${percent(right)} of all`,
  );
}
