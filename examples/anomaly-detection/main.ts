import { filterByLabel, load, take } from "@elbo/datasets";
import { anomalyDetector, auroc, train } from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";

// Normal are trousers; the model never sees anything else. A fifth of them is kept back for the threshold.
const trouser = 1;
const { train: all, test, classNames = [] } = await load("fashion-mini");
const trousers = filterByLabel(all, [trouser]);
const indices = [...Array(trousers.shape[0]).keys()];
const known = take(
  trousers,
  indices.filter((i) => i % 5 > 0),
);
const held = take(
  trousers,
  indices.filter((i) => i % 5 === 0),
);

// A Gaussian likelihood takes grey values as they are, so that an image has one score.
const likelihood = { kind: "gaussian", scale: 0.2 } as const;
const model = betaVae({ image: [28, 28, 1], latent: 8, likelihood, seed: 1 });
await train(model, known, { epochs: 60, batchSize: 50, seed: 1, validation: 0 });

// One normal image in twenty may be taken for an anomaly; the held ones say above which score.
const detector = await anomalyDetector(model, held, { falseAlarms: 0.05, seed: 1 });
const { scores, anomalous } = await detector.detect(test);
const labels = test.labels ?? new Uint8Array();
const isOther = Array.from(labels, (label) => label !== trouser);
const area = auroc(scores, isOther);
const [low, high] = area.interval;
console.log(
  `area under ROC ${area.mean.toFixed(3)} (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})`,
);

const shareOf = (of: (i: number) => boolean): number => {
  const chosen = Array.from(anomalous).filter((_, i) => of(i));
  return (100 * chosen.reduce((sum, mark) => sum + mark, 0)) / chosen.length;
};
console.log(
  `above ${detector.threshold.toFixed(0)} nats: ${shareOf((i) => !isOther[i]).toFixed(0)} % of the trousers, ${shareOf((i) => isOther[i] === true).toFixed(0)} % of the others`,
);
const missed = [...isOther.keys()].filter((i) => isOther[i] && anomalous[i] === 0);
const names = new Set(missed.map((i) => classNames[labels[i] ?? 0] ?? ""));
console.log(`taken for trousers: ${[...names].join(", ") || "nothing"}`);

// Where is it odd? A white square on trousers is where the map of -log p(x_i | z) is high.
const spotted = { data: Uint8Array.from(held.data.subarray(0, 784)), shape: [1, 28, 28, 1] };
for (let y = 2; y < 6; y++) for (let x = 22; x < 26; x++) spotted.data[28 * y + x] = 255;
const { data: map } = await detector.map(spotted);
const worst = map.indexOf(Math.max(...map));
console.log(
  `the oddest pixel of spotted trousers: row ${Math.floor(worst / 28)}, column ${worst % 28}`,
);

// What likelihoods miss: a blank grey image is easy to explain, whatever the model was trained on.
const blank = { data: new Uint8Array(784).fill(20), shape: [1, 28, 28, 1] };
const { anomalous: seen } = await detector.detect(blank);
console.log(`a blank dark image is ${seen[0] === 1 ? "found" : "missed"}`);
if (area.mean < 0.9) throw new Error(`the area must be at least 0.9, got ${area.mean}`);
