/** Conditions of several kinds: told for all or one by one, dropped, left out, saved. */
import { join } from "node:path";
import { linear, Random, train, type NdArray, type StepContext } from "@elbo/core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { uniformImages } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { conditionRecord, cvae, loadCvae } from "../src/index.ts";

const image = [4, 4, 1];
const columns = {
  label: { kind: "class", classes: 3 },
  shade: { kind: "class", classes: 2, embedding: 2 },
  tags: { kind: "attributes", count: 2 },
  angle: { kind: "real" },
  place: { kind: "real", size: 2 },
} as const;
const network = { kind: "mlp", hidden: [8] } as const;
const model = cvae({ image, latent: 2, condition: columns, drop: 0.5, network, seed: 1 });
const strict = cvae({ image, latent: 2, condition: columns, network, seed: 1 });

const images = (count: number): NdArray<Float32Array> =>
  uniformImages(new Random(1), [count, ...image]);

const one = { label: 1, shade: 0, tags: [1, 0], angle: 0.5, place: [3, -1] };

/** The vectors that a condition makes of rows as they are fed. */
async function vectors(
  condition: ReturnType<typeof conditionRecord>,
  told: Readonly<Record<string, unknown>>,
  { count, context = {} }: { count: number; context?: Partial<StepContext> },
): Promise<number[][]> {
  const readers = condition.readers("sample", { condition: told }, count);
  const batch = Object.fromEntries(
    Object.entries(condition.columns).map(([name, { shape, dtype }]) => {
      const size = shape[0] ?? 1;
      const data =
        dtype === "int32" ? new Int32Array(count * size) : new Float32Array(count * size);
      for (let index = 0; index < count; index++)
        readers[name].fillRow(data, { at: index * size, index });
      return [name, tf.tensor(data, [count, ...shape], dtype)];
    }),
  );
  const full = { training: false, noise: {}, scalars: {}, ...context } as StepContext;
  return (await condition.vector(batch, full).array()) as number[][];
}

const plain = conditionRecord({
  columns: { label: columns.label, tags: columns.tags, place: columns.place },
  drop: 0.25,
});

test("the vector is one-hot labels, attributes and numbers, each with a 1 where it is known", async () => {
  expect(plain.size).toBe(3 + (2 + 1) + (2 + 1));
  const told = { label: [2, null, -1], tags: [[1, 0], null, [1, 1]], place: [5, 6] };
  expect(await vectors(plain, told, { count: 3 })).toEqual([
    [0, 0, 1, 1, 0, 1, 5, 6, 1],
    [0, 0, 0, 0, 0, 0, 5, 6, 1],
    [0, 0, 0, 1, 1, 1, 5, 6, 1],
  ]);
  expect(await vectors(plain, {}, { count: 1 })).toEqual([Array.from({ length: 9 }, () => 0)]);
  expect(await (plain.none?.(1) as tf.Tensor).array()).toEqual([
    Array.from({ length: 9 }, () => 0),
  ]);
});

test("in training each column is dropped where its noise is below its rate", async () => {
  const noise = {
    "drop/label": tf.tensor1d([0.2, 0.3]),
    "drop/tags": tf.tensor1d([0.9, 0.1]),
    "drop/place": tf.tensor1d([0.25, 0.24]),
  };
  const rate = tf.scalar(0.25);
  const scalars = { "drop/label": rate, "drop/tags": rate, "drop/place": rate };
  const told = { label: 1, tags: [1, 1], place: [2, 3] };
  const context = { training: true, noise, scalars };
  expect(await vectors(plain, told, { count: 2, context })).toEqual([
    [0, 0, 0, 1, 1, 1, 2, 3, 1],
    [0, 1, 0, 0, 0, 0, 0, 0, 0],
  ]);
});

test("one condition for all is that condition for each, in every form", async () => {
  const drawn = await model.sample(3, { condition: one, seed: 1 });
  for (const condition of [
    {
      label: [1, 1, 1],
      shade: Uint8Array.of(0, 0, 0),
      tags: [
        [1, 0],
        [true, false],
        [1, 0],
      ],
      angle: Float64Array.of(0.5, 0.5, 0.5),
      place: { data: Float32Array.of(3, -1, 3, -1, 3, -1), shape: [3, 2] },
    },
    {
      ...one,
      label: tf.tensor1d([1, 1, 1], "int32"),
      angle: { data: Float32Array.of(0.5, 0.5, 0.5), shape: [3, 1] },
    },
  ]) {
    expect((await model.sample(3, { condition, seed: 1 })).data).toEqual(drawn.data);
  }
  const { label, ...rest } = one;
  expect((await model.sample(3, { label, condition: rest, seed: 1 })).data).toEqual(drawn.data);
});

test("what may be dropped can be left out, all or in part; what may not is missed by name", async () => {
  const [all, part, none] = await Promise.all(
    [{ condition: one }, { condition: { angle: 0.5 } }, {}].map((told) =>
      model.sample(2, { ...told, seed: 1 }),
    ),
  );
  expect(part.data).not.toEqual(all.data);
  expect(none.data).not.toEqual(part.data);
  const { tags, ...rest } = one;
  expect(tags).toHaveLength(2);
  await expect(strict.sample(2, { condition: rest })).rejects.toThrow(
    "sample: tags of the condition must be given, with the examples or as an option, got undefined",
  );
  await expect(strict.sample(2, { condition: { ...one, tags: null } })).rejects.toThrow(
    "sample: tags must be given for every example of a model that was made without drop, got null",
  );
  await expect(strict.sample(2, { condition: one, guidance: 2 })).rejects.toThrow(
    "sample: guidance must be given to a model that was trained with and without its condition",
  );
});

test.each([
  [{ label: 3 }, "label must be integers in [0, 3) (-1 or null where it is missing), got 3"],
  [{ label: [0, 1.5] }, "got 1.5 at 1"],
  [{ label: NaN }, "got NaN"],
  [
    { label: "cat" },
    'label must be a number for all examples, or a list of 2, one per example (null where it is missing), got "cat"',
  ],
  [{ label: [0, 1, 2] }, "label must be 2, one per example, got 3"],
  [{ tags: [1, 2] }, "tags must be 0 or 1 each, got 2 at 1"],
  [{ tags: [1, 0, 1] }, "tags must have 2 values, got 3"],
  [{ tags: 1 }, "tags must be a list of 2 numbers for all examples"],
  [{ tags: { data: Float32Array.of(1, 0, 1), shape: [1, 3] } }, "got the shape [1, 3]"],
  [
    { angle: NaN },
    "angle must be finite numbers of 32 bits, got NaN at 0; null stands for a missing value",
  ],
  [{ angle: [1, Infinity] }, "got Infinity at 1"],
  [{ place: [[1, 2], [3]] }, "place must have 2 values, got 1 at 1"],
  [
    {
      place: [
        [1, 2],
        ["3", 4],
      ],
    },
    'got "3" at 1',
  ],
  [{ lable: 1 }, 'condition must have at most label, shade, tags, angle, place, got "lable"'],
])("a condition of %j is refused", async (condition, message) => {
  const refusal = model.sample(2, { condition });
  await expect(refusal).rejects.toThrow("sample: ");
  await expect(refusal).rejects.toThrow(message);
});

test.each([
  [{ condition: {} }, "cvae: condition must be a record of at least one column"],
  [
    { condition: { label: { kind: "klass" } } },
    'cvae: column label of the condition must have the kind class, attributes, real, got "klass"',
  ],
  [{ condition: { labels: { kind: "real" } } }, 'got "labels"'],
  [
    { condition: { label: { kind: "class", classes: 0 } } },
    "cvae: label: classes must be an integer at least 1, got 0",
  ],
  [
    { classes: 2, drop: 1.5 },
    "cvae: drop must be a rate in [0, 1], a schedule of rates, or a record of these by column, got 1.5",
  ],
  [
    { classes: 2, drop: [0.1] },
    "cvae: drop must be a rate in [0, 1], a schedule of rates, or a record of these by column, got [0.1]",
  ],
  [
    { classes: 2, drop: -0.5 },
    "cvae: drop must be a finite number or a schedule at least 0 at every step, got -0.5",
  ],
  [{ classes: 2, drop: { lable: 0.5 } }, 'cvae: drop must have at most label, got "lable"'],
  [{ classes: 2, inject: "FiLM" }, 'cvae: inject must be one of "concatenate", "maps", "film"'],
  [{ classes: 2, inject: "maps" }, "mlp: inject of the encoder must be"],
])("cvae refuses %j", (bad, message) => {
  expect(() => cvae({ image, latent: 2, network, ...(bad as object) })).toThrow(message);
});

const data = {
  ...images(6),
  labels: Uint8Array.of(0, 1, 2, 0, 1, 2),
  condition: {
    shade: [0, 1, 0, 1, 0, null],
    tags: [[1, 0], [0, 1], null, [1, 1], [0, 0], [1, 0]],
    angle: [10, 20, 30, null, 40, 50],
    place: { data: Float32Array.of(1, 7, 2, 7, 3, 7, 4, 7, 5, 7, 6, 7), shape: [6, 2] },
  },
};

test("real numbers are standardized by the training rows that have one, once, and saved", async () => {
  const drop = linear({ from: 0, to: 0.4, steps: 2 });
  const trained = cvae({ image, latent: 2, condition: columns, drop, network, seed: 1 });
  await train(trained, data, { steps: 2, batchSize: 3, validation: 0, progress: "silent" });
  const weights = await trained.readWeights();
  expectClose(weights["condition/angle/mean"].data, [30]);
  expectClose(weights["condition/angle/deviation"].data, [Math.sqrt(200)]);
  expectClose(weights["condition/place/mean"].data, [3.5, 7]);
  expectClose(weights["condition/place/deviation"].data, [Math.sqrt(35 / 12), 1]);
  const directory = join(await emptyFolder(), "model");
  await trained.save(directory);
  const loaded = await loadCvae(directory);
  expect(loaded.options).toEqual(trained.options);
  expect(loaded.options["drop"]).toMatchObject({ label: { kind: "linear", to: 0.4 } });
  const told = { condition: one, seed: 3 };
  expect((await loaded.sample(2, told)).data).toEqual((await trained.sample(2, told)).data);
  // Another scale of the same data would give other means: what was learnt stays.
  await train(
    loaded,
    { ...data, condition: { ...data.condition, angle: 5 } },
    {
      steps: 1,
      batchSize: 3,
      validation: 0,
      progress: "silent",
    },
  );
  expectClose((await loaded.readWeights())["condition/angle/mean"].data, [30]);
});

test("training wants to hear of every column, null where it is missing", async () => {
  const { labels, ...unlabelled } = data;
  expect(labels).toHaveLength(6);
  const options = { steps: 1, batchSize: 3, validation: 0, progress: "silent" } as const;
  await expect(train(model, unlabelled, options)).rejects.toThrow(
    "train: label or labels must be given, with the examples or as an option, null where it is missing, got undefined",
  );
});
