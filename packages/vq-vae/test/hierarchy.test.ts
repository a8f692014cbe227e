import { readdir } from "node:fs/promises";
import { evaluate, train } from "@elbo/core";
import { load } from "@elbo/datasets";
import { emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { hierarchicalVqVae, loadHierarchicalVqVae } from "../src/index.ts";

const book = (codebookSize: number) => ({ kind: "vector", codebookSize, codeDim: 4 }) as const;

test("two levels of any size of image: trained compiled, saved, loaded, exported, the same model", async () => {
  const image = [22, 13, 3];
  const data = Uint8Array.from({ length: 24 * 858 }, (_, i) => (i * 7) % 256);
  const images = { data, shape: [24, ...image] };
  const model = hierarchicalVqVae({
    image,
    quantizers: [book(8), { kind: "fsq", levels: [3, 3] }],
    width: 6,
    likelihood: "gaussian",
    seed: 1,
  });
  const { report, history } = await train(model, images, {
    steps: 4,
    batchSize: 8,
    validation: images,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const figures = history.epochs.at(-1)?.validation ?? {};
  expect(Object.keys(figures)).toEqual(
    expect.arrayContaining(["top.usage", "bottom.usage", "top.perplexity", "bottom.deadCodes"]),
  );
  const codes = await model.encode(images);
  expect([codes["top"].shape, codes["bottom"].shape]).toEqual([
    [24, 3, 2],
    [24, 6, 4],
  ]);
  const shown = await model.reconstruct(images);
  expect((await model.decode(codes)).data).toEqual(shown.data);
  const directory = await emptyFolder();
  await model.save(directory);
  const loaded = await loadHierarchicalVqVae(directory);
  expect(loaded.options).toEqual(model.options);
  expect(await loaded.encode(images)).toEqual(codes);
  expect((await loaded.reconstruct(images)).data).toEqual(shown.data);
  await model.exportOnnx(directory);
  expect(await readdir(directory)).toEqual(
    expect.arrayContaining(["encoder.onnx", "decoder.onnx"]),
  );
});

test("convolutions of given widths are those of the image's; levels above have the last, once", async () => {
  const model = hierarchicalVqVae({
    image: [21, 18, 1],
    quantizers: [book(8), book(8), book(8)],
    width: 4,
    likelihood: "gaussian",
    network: { kind: "conv", widths: [6, 10] },
    seed: 1,
  });
  const codes = await model.encode({ data: new Uint8Array(2 * 378), shape: [2, 21, 18, 1] });
  expect(Object.entries(codes).map(([level, { shape }]) => [level, shape])).toEqual([
    ["top", [2, 2, 2]],
    ["middle1", [2, 3, 3]],
    ["bottom", [2, 6, 5]],
  ]);
  const filters = (network: string): unknown[] =>
    (
      model.networks[network] as {
        layers: { name: string; getConfig(): Record<string, unknown> }[];
      }
    ).layers
      .filter(({ name }) => name.startsWith("conv"))
      .map((layer) => layer.getConfig()["filters"]);
  expect(filters("encoder_bottom")).toEqual([6, 10]);
  expect(filters("encoder_top")).toEqual([10]);
});

test("the coarse level holds what is coarse: zeroing it changes low frequencies more than high ones, on three levels", async () => {
  const { train: images, test: heldOut } = await load("fashion-mini");
  // Committed less than by default, so that the coarse levels have a part in the picture after three epochs.
  const model = hierarchicalVqVae({
    image: [28, 28, 1],
    quantizers: [32, 16, 8].map((size) => ({ ...book(size), decay: 0.99 })),
    weights: { commitment: 0.25 },
    width: 8,
    likelihood: "gaussian",
    network: "conv",
    seed: 1,
  });
  const some = { data: images.data.subarray(0, 2000 * 784), shape: [2000, 28, 28, 1] };
  await train(model, some, { epochs: 3, batchSize: 32, seed: 1, progress: "silent" });
  const few = { data: heldOut.data.subarray(0, 100 * 784), shape: [100, 28, 28, 1] };
  const codes = await model.encode(few);
  expect(Object.keys(codes)).toEqual(["top", "middle1", "bottom"]);
  const shown = (await model.decode(codes)).data;
  const zeroed = { ...codes, top: { ...codes["top"], data: codes["top"].data.map(() => 0) } };
  const without = (await model.decode(zeroed)).data;
  // Means over blocks of 7x7 are low frequencies, one in 49 of all dimensions; what changes evenly changes them by that share.
  let low = 0;
  let all = 0;
  for (let block = 0; block < 100 * 16; block++) {
    const [image, row, column] = [block >> 4, (block >> 2) & 3, block & 3];
    let sum = 0;
    for (let i = 0; i < 49; i++) {
      const at = image * 784 + (row * 7 + Math.floor(i / 7)) * 28 + column * 7 + (i % 7);
      const difference = shown[at] - without[at];
      sum += difference;
      all += difference ** 2;
    }
    low += sum ** 2 / 49;
  }
  expect(all).toBeGreaterThan(0);
  expect(low / all).toBeGreaterThan(4 / 49);
  const { rate, ...figures } = await evaluate(model, few);
  expect(rate.mean).toBeCloseTo(4 * Math.log(32) + 16 * Math.log(16) + 49 * Math.log(8), 2);
  expect(figures).toHaveProperty(["middle1.usage"]);
});

test.each([
  [{ quantizers: ["vector"] }, "hierarchicalVqVae: quantizers must be a list of at least 2"],
  [{ quantizers: ["vector", "gumbel"] }, "quantizers must choose codes for certain, got gumbel"],
  [{ image: [28, 1] }, "hierarchicalVqVae: image must be [height, width, channels], got [28, 1]"],
  [{ weights: { entropy: 1 } }, 'weights must be of rate, commitment, got "entropy"'],
])("a hierarchy refuses %j", (bad, message) => {
  const options = { image: [28, 28, 1], ...bad } as never;
  expect(() => hierarchicalVqVae(options)).toThrow(message);
});
