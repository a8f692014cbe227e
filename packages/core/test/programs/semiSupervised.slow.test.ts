import * as tfl from "@tensorflow/tfjs-layers";
import { mixed, train } from "@elbo/core";
import type { LatentModel, NdArray } from "@elbo/core";
import { expect, test } from "vitest";
import { crosses } from "../support/bars.ts";
import { semiSupervised } from "./semiSupervised.ts";

const classes = 4;

function classifier(seed: number): tfl.LayersModel {
  const start = (n: number): ReturnType<typeof tfl.initializers.heNormal> =>
    tfl.initializers.heNormal({ seed: 10 * seed + n });
  return tfl.sequential({
    layers: [
      tfl.layers.dense({
        units: 32,
        activation: "relu",
        inputShape: [64],
        kernelInitializer: start(1),
      }),
      tfl.layers.dense({ units: classes, kernelInitializer: start(2) }),
    ],
  });
}

const makeModel = (seed: number): LatentModel =>
  semiSupervised({
    image: [8, 8, 1],
    latent: 2,
    classes,
    alpha: 50,
    classifier: { classifier: classifier(seed) },
    seed,
  });

function accuracy(logits: NdArray, labels: ArrayLike<number>): number {
  let right = 0;
  for (let n = 0; n < labels.length; n++) {
    const row = [...logits.data.subarray(n * classes, (n + 1) * classes)];
    if (row.indexOf(Math.max(...row)) === labels[n]) right++;
  }
  return right / labels.length;
}

test("M2 with few labels classifies better than the same classifier on the labels alone", async () => {
  const data = crosses(2000, 5, 0.2);
  const heldOut = crosses(1000, 6, 0.2);
  const known = 20;
  const labels = Int32Array.from(data.labels, (label, i) => (i < known ? label : -1));
  const few = {
    data: data.data.subarray(0, known * 64),
    shape: [known, 8, 8, 1],
    labels: labels.subarray(0, known),
  };
  let gain = 0;
  for (const seed of [1, 2, 3]) {
    const options = { seed, validation: 0, progress: "silent" } as const;
    const alone = makeModel(seed);
    await train(alone, few, {
      ...options,
      steps: 600,
      trains: (name) => name.startsWith("classifier/"),
    });
    const both = makeModel(seed);
    const { report } = await train(
      both,
      { ...data, labels },
      {
        ...options,
        steps: 600,
        plan: mixed([
          { rows: { from: 0, to: known }, count: 20 },
          { rows: { from: known, to: 2000 }, count: 80 },
        ]),
      },
    );
    expect(report?.engine).not.toBe("eager");
    gain +=
      accuracy(await both.run("classifier", heldOut), heldOut.labels) -
      accuracy(await alone.run("classifier", heldOut), heldOut.labels);
  }
  expect(gain / 3).toBeGreaterThan(0.03);
});
