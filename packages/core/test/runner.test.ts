import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { createVariable, linear, Random } from "../src/index.ts";
import type { NoiseSpecs, Trainable } from "../src/index.ts";
import { arrayRows } from "../src/data/arrayRows.ts";
import { scalarValues } from "../src/runner/feeds.ts";
import { noiseBuffers, rowNoise } from "../src/runner/noise.ts";
import { programOver, programsOf } from "../src/runner/program.ts";
import { forEachChunk, runRows } from "../src/runner/rows.ts";
import type { Chunk, RowsRequest } from "../src/runner/rows.ts";

const columns = { x: { shape: [2], dtype: "float32" as const } };
const compute = { engine: "eager" as const };

/** Adds its noise and a bias to its column, and says how many rows there are. */
function adder(noise: NoiseSpecs = {}): Trainable {
  return {
    kind: "adder",
    columns,
    variables: { bias: createVariable([], (values) => values.fill(10)) },
    noise,
    phases: [],
    pass: () => undefined,
  };
}

async function request(trainable: Trainable, count: number): Promise<RowsRequest> {
  const data = Float32Array.from({ length: 2 * count }, (_, i) => i);
  const rows = await arrayRows("test", columns, { data, shape: [count, 2] });
  return {
    name: "add",
    program: () =>
      programOver(trainable, {}, ({ x }, { noise, batchSize }) => ({
        sum: tf.add(tf.add(x, trainable.variables["bias"]), noise["z"] ?? 0),
        rows: tf.fill([batchSize], batchSize),
      })),
    compute,
    count,
    sources: [{ rows, columns }],
    noise: trainable.noise ?? {},
    random: new Random(1),
  };
}

test.each([1, 5, 16, 17, 130, 300])(
  "%d rows are computed in chunks of few sizes and joined in their order",
  async (count) => {
    const trainable = adder();
    const { sum, rows } = await runRows(trainable, await request(trainable, count));
    expect(sum.shape).toEqual([count, 2]);
    expectClose(
      sum.data,
      Float32Array.from({ length: 2 * count }, (_, i) => i + 10),
    );
    expect([1, 16, 128]).toContain(rows.data[0]);
  },
);

test("a row's noise does not depend on its neighbours, nor on the number of rows", async () => {
  const trainable = adder({ z: { kind: "normal", shape: [2] } });
  const all = await runRows(trainable, await request(trainable, 40));
  const few = await runRows(trainable, await request(trainable, 3));
  expect(few["sum"].data).toEqual(all["sum"].data.subarray(0, 6));
  const some = { ...(await request(trainable, 40)), count: 2, indices: [7, 3] };
  const chosen = await runRows(trainable, some);
  expect([...chosen["sum"].data]).toEqual([
    ...all["sum"].data.subarray(14, 16),
    ...all["sum"].data.subarray(6, 8),
  ]);
});

test("rounds go on with the noise, and only whole chunks are whole", async () => {
  const trainable = adder({ z: { kind: "normal", shape: [2] } });
  const seen: [Chunk, number, Float32Array][] = [];
  const asked = { ...(await request(trainable, 7)), rounds: 2, batchSize: 5 };
  await forEachChunk(trainable, asked, (chunk, { sum }, round) => {
    seen.push([chunk, round, sum.data as Float32Array]);
  });
  expect(
    seen.map(([{ start, count, size, isWhole }, round]) => [start, count, size, isWhole, round]),
  ).toEqual([
    [0, 5, 5, true, 0],
    [0, 5, 5, true, 1],
    [5, 2, 5, false, 0],
    [5, 2, 5, false, 1],
  ]);
  expect(seen[0][2]).not.toEqual(seen[1][2]);
});

test("for figures of the batch a set smaller than a batch is the batch", async () => {
  const trainable = adder();
  const sizes: number[] = [];
  const asked = { ...(await request(trainable, 7)), batchSize: 64, ofBatch: true };
  await forEachChunk(trainable, asked, ({ size, isWhole }) => {
    if (isWhole) sizes.push(size);
  });
  expect(sizes).toEqual([7]);
});

test("noise comes in the shapes that it was asked for: per draw, of the batch, as permutations", () => {
  const noise: NoiseSpecs = {
    draws: { kind: "normal", shape: [3], draws: true },
    batch: { kind: "uniform", shape: [4], per: "batch" },
    shuffle: { kind: "permutation", count: 2 },
  };
  const trainable = { ...adder(noise), columns };
  const program = programOver(trainable, { draws: 5 }, (_, { noise: given }) => ({ ...given }));
  expect(program.feeds).toMatchObject({
    noise_draws: { shape: [null, 5, 3] },
    noise_batch: { shape: [4] },
    noise_shuffle: { shape: [null, 2], dtype: "int32" },
  });
  const buffers = noiseBuffers(noise, { rows: 6, draws: 5 });
  rowNoise(noise, { random: new Random(1), indices: [0, 1, 2, 3, 4, 5], draws: 5 })(buffers);
  const feeds = {
    x: tf.zeros([6, 2]),
    noise_draws: tf.tensor(buffers["noise_draws"], [6, 5, 3]),
    noise_batch: tf.tensor(buffers["noise_batch"], [4]),
    noise_shuffle: tf.tensor(buffers["noise_shuffle"], [6, 2], "int32"),
  };
  const given = program.run(feeds);
  expect(given["draws"].shape).toEqual([5, 6, 3]);
  expect(given["batch"].shape).toEqual([4]);
  expect(given["shuffle"].shape).toEqual([2, 6]);
  for (const row of given["shuffle"].arraySync() as number[][]) {
    expect([...row].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  }
  // Draw k of example b is value k of the example's own stream.
  const [b, k] = [4, 2];
  const own = buffers["noise_draws"].subarray((b * 5 + k) * 3, (b * 5 + k + 1) * 3);
  const slice = tf.slice(given["draws"], [k, b, 0], [1, 1, 3]);
  expectClose(slice.dataSync(), own);
});

test("schedules that change are fed, the others are constants", () => {
  const schedules = { tau: linear({ from: 0, to: 1, steps: 10 }), scale: 3 };
  expect(scalarValues(schedules, 5)).toEqual({ scalar_tau: 0.5 });
  const program = programOver({ ...adder(), schedules }, {}, (_, { scalars }) => ({ ...scalars }));
  expect(Object.keys(program.feeds).sort()).toEqual(["scalar_tau", "x"]);
  const given = program.run({ x: tf.zeros([1, 2]), scalar_tau: tf.scalar(0.25) });
  expectClose([given["tau"].dataSync()[0], given["scale"].dataSync()[0]], [0.25, 3]);
});

test("compiled functions live with their trainable, one per name and way of computing", async () => {
  const trainable = adder();
  await runRows(trainable, await request(trainable, 3));
  const cache = programsOf(trainable);
  const fail = (): never => {
    throw new Error("made again");
  };
  expect(cache.get("add", fail, compute)).toBeDefined();
  expect(() => cache.get("add", fail, { engine: "native" })).toThrow("made again");
  expect(() => programsOf(adder()).get("add", fail, compute)).toThrow("made again");
});
