import { writeFileSync } from "node:fs";
import { load, take } from "@elbo/datasets";
import {
  embed,
  latentDirection,
  linearProbe,
  manifold,
  moveAlong,
  nearestNeighbourProbe,
  nearestNeighbours,
  principalComponents,
  Random,
  train,
} from "@elbo/core";
import { betaVae } from "@elbo/beta-vae";
import { encode as encodePng } from "fast-png";
import { UMAP } from "umap-js";

const { train: images, test, classNames = [] } = await load("fashion-mini");
const likelihood = { kind: "gaussian", scale: 0.2 } as const;
const model = betaVae({ image: [28, 28, 1], latent: 8, likelihood, seed: 1 });
await train(model, images, { epochs: 15, batchSize: 100, seed: 1, validation: 0 });

// Codes for other tools, and what simple classifiers read out of them.
const codes = await embed(model, images, { file: "codes.npy" });
const testCodes = await embed(model, test, { file: "codes.csv" });
const [labels, testLabels] = [images.labels as Uint8Array, test.labels as Uint8Array];
const data = {
  train: { features: codes, labels },
  test: { features: testCodes, labels: testLabels },
};
for (const [name, { mean, standardError }] of Object.entries({
  linear: linearProbe(data),
  "5 nearest": nearestNeighbourProbe(data),
})) {
  console.log(`${name}: ${(100 * mean).toFixed(1)} ± ${(100 * standardError).toFixed(1)} % right`);
}

// What is like the first test image?
const first = { data: testCodes.data.subarray(0, 8), shape: [1, 8] };
const { indices } = nearestNeighbours(first, codes, 5);
const names = Array.from(indices.data, (i) => classNames[labels[i] ?? 0]);
console.log(
  `nearest to a test image of class "${classNames[testLabels[0] ?? 0]}": ${names.join(", ")}`,
);

// Longer sleeves: from T-shirts (0) to pullovers (2).
const tops = [...labels.keys()].filter((i) => labels[i] === 0 || labels[i] === 2);
const direction = latentDirection(
  {
    data: Float32Array.from(tops.flatMap((i) => [...codes.data.subarray(8 * i, 8 * i + 8)])),
    shape: [tops.length, 8],
  },
  tops.map((i) => labels[i] === 2),
);
const shirts = take(test, [...testLabels.keys()].filter((i) => testLabels[i] === 0).slice(0, 6));
const moved = await moveAlong(model, { x: shirts, direction }, { strengths: [0, 0.5, 1, 1.5] });

/** Images `[rows, columns, 28, 28, 1]` as one PNG. */
function write(
  file: string,
  { data: values, shape }: { data: Float32Array; shape: readonly number[] },
) {
  const [rows = 1, columns = 1] = shape;
  const width = 28 * columns;
  const out = new Uint8Array(width * 28 * rows);
  values.forEach((value, i) => {
    const [cell, at] = [Math.floor(i / 784), i % 784];
    const y = 28 * Math.floor(cell / columns) + Math.floor(at / 28);
    out[y * width + 28 * (cell % columns) + (at % 28)] = Math.round(
      255 * Math.min(1, Math.max(0, value)),
    );
  });
  writeFileSync(file, encodePng({ width, height: 28 * rows, channels: 1, depth: 8, data: out }));
}
write("sleeves.png", moved);
write("plane.png", await manifold(model, { plane: principalComponents(codes), side: 12 }));

// The latents of the test split on a page, by UMAP: a grey level per class.
const rows = Array.from({ length: 1000 }, (_, i) => [...testCodes.data.subarray(8 * i, 8 * i + 8)]);
const random = new Random(1);
const points = new UMAP({ nComponents: 2, random: () => random.uniform() }).fit(rows);
const side = 400;
const [xs, ys] = [points.map(([x = 0]) => x), points.map(([, y = 0]) => y)];
const place = (value: number, all: readonly number[]): number => {
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return Math.round(3 + ((side - 7) * (value - low)) / (high - low));
};
const page = new Uint8Array(side * side).fill(255);
points.forEach(([x = 0, y = 0], i) => {
  const [column, row] = [place(x, xs), place(y, ys)];
  for (let dy = -1; dy <= 1; dy++)
    for (let dx = -1; dx <= 1; dx++)
      page[(row + dy) * side + column + dx] = 22 * (testLabels[i] ?? 0);
});
writeFileSync(
  "umap.png",
  encodePng({ width: side, height: side, channels: 1, depth: 8, data: page }),
);
console.log("codes.npy, codes.csv, sleeves.png, plane.png and umap.png are written");
