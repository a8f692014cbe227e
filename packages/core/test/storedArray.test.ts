/** Examples in files are read per batch, one batch ahead; results are those of the same examples in memory, byte by byte. */
import { setTimeout } from "node:timers/promises";
import { digest } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import type { Likelihood } from "../src/likelihoods/likelihood.ts";
import {
  createModel,
  evaluate,
  gaussian,
  mlp,
  Random,
  reparameterized,
  train,
} from "../src/index.ts";
import type { LatentModel, StoredArray } from "../src/index.ts";

const shape = [4, 3, 2];
const size = 24;
const count = 90;

function small(likelihood: Likelihood): LatentModel {
  const example = { x: likelihood };
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [8], seed: 1 });
  return createModel({ kind: "small", options: {}, example, latents, networks, seed: 1 });
}

const random = new Random(3);
const data = Uint8Array.from({ length: count * size }, () => random.uint32() >>> 24);
const images = { data, shape: [count, ...shape] };

/** The images as if they lay on a disk; says which rows were read. */
function stored(reads: number[][] = []): StoredArray {
  return {
    shape: images.shape,
    dtype: "uint8",
    async readInto(out, indices) {
      reads.push(Array.from(indices));
      await setTimeout(1);
      for (let i = 0; i < indices.length; i++) {
        out.set(data.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
      }
    },
  };
}

const options = { epochs: 3, batchSize: 16, seed: 5, validation: 0.2, progress: "silent" } as const;

describe.each([
  ["dynamic binarization", () => bernoulliLikelihood(shape, { binarize: "dynamic" })],
  ["static binarization", () => bernoulliLikelihood(shape, { binarize: "static" })],
  ["standardized values", () => gaussianLikelihood(shape, { standardize: true })],
])("%s", (_, make) => {
  test("train to the same bytes, and evaluate to the same figures, in memory and in files", async () => {
    const [a, b] = [small(make()), small(make())];
    const inMemory = await train(a, images, options);
    const inFiles = await train(b, stored(), options);
    expect(inFiles.history).toEqual(inMemory.history);
    expect(digest(await b.readWeights())).toBe(digest(await a.readWeights()));
    expect(await evaluate(b, stored())).toEqual(await evaluate(a, images));
    expect(await b.encode(stored())).toEqual(await a.encode(images));
    a.dispose();
    b.dispose();
  });
});

test("the rows of the next batch are asked for while a batch is worked on, each once", async () => {
  const reads: number[][] = [];
  const model = small(gaussianLikelihood(shape));
  const seen: number[] = [];
  await train(model, stored(reads), {
    epochs: 2,
    batchSize: 30,
    validation: 0,
    progress: "silent",
    seed: 1,
    callbacks: { onStep: () => void seen.push(reads.length) },
  });
  // The first read is the sample; while the first step ran, the second batch was filled and the third asked for.
  expect(seen).toEqual([4, 5, 6, 7, 7, 7]);
  const epochs = [reads.slice(1, 4), reads.slice(4)];
  for (const epoch of epochs) {
    expect(epoch.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  }
  model.dispose();
});

test("a file that cannot be read ends training with its reason, whoever asked first", async () => {
  let calls = 0;
  const broken: StoredArray = {
    ...stored(),
    readInto: (out, indices) =>
      ++calls > 3 ? Promise.reject(new Error("disk: gone")) : stored().readInto(out, indices),
  };
  const model = small(gaussianLikelihood(shape));
  const run = train(model, broken, { epochs: 1, batchSize: 16, validation: 0, progress: "silent" });
  await expect(run).rejects.toThrow("disk: gone");
  // The step that ran meanwhile is whole: as many steps as it says, and their weights.
  const sound = small(gaussianLikelihood(shape));
  const steps = model.step;
  expect(steps).toBe(2);
  await train(sound, stored(), { steps, batchSize: 16, validation: 0, progress: "silent" });
  expect(await model.readWeights()).toEqual(await sound.readWeights());
  sound.dispose();
  model.dispose();
});

test("values that the likelihood does not explain are refused where they are read", async () => {
  const model = small(gaussianLikelihood(shape));
  const notFinite: StoredArray = {
    shape: images.shape,
    dtype: "float32",
    readInto: (out) => Promise.resolve(void out.fill(NaN)),
  };
  await expect(model.encode(notFinite)).rejects.toThrow(
    "encode: values of x must be finite, got NaN at 0",
  );
  const other = { ...stored(), shape: [count, 4, 2, 3] };
  await expect(model.encode(other)).rejects.toThrow("encode: x must have the shape [n, 4, 3, 2]");
  model.dispose();
});

test("labels stand beside, and data are told apart by their rows", async () => {
  const model = small(gaussianLikelihood(shape));
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const rows = await model.rows("test", { ...stored(), labels });
  expect(rows.labels).toEqual(labels);
  const again = await model.rows("test", { ...stored(), labels });
  expect(rows.fingerprint()).toBe(again.fingerprint());
  const changed: StoredArray = {
    ...stored(),
    async readInto(out, indices) {
      await stored().readInto(out, indices);
      out[0] ^= 1;
    },
  };
  expect((await model.rows("test", changed)).fingerprint()).not.toBe(rows.fingerprint());
  model.dispose();
});
