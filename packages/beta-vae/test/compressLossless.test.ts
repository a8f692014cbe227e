import { bitsPerDimension, compressLossless, decompressLossless, Random, train } from "@elbo/core";
import { expect, test } from "vitest";
import { betaVae, type BetaVaeOptions } from "../src/index.ts";

const make = (options: Partial<BetaVaeOptions> = {}): ReturnType<typeof betaVae> =>
  betaVae({
    image: [4, 4, 1],
    latent: 3,
    likelihood: { kind: "discretized-logistic" },
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
    ...options,
  });

const random = new Random(1);
const images = {
  data: Uint8Array.from({ length: 37 * 16 }, () => random.integer(256)),
  shape: [37, 4, 4, 1],
};

test("images come back bit for bit, whatever their number, before and after training", async () => {
  const model = make();
  for (const count of [1, 16, 37]) {
    const part = { data: images.data.subarray(0, count * 16), shape: [count, 4, 4, 1] };
    const back = await decompressLossless(model, await compressLossless(model, part));
    expect([back.shape, back.data]).toEqual([part.shape, part.data.slice()]);
  }
  await train(model, images, { steps: 20, validation: 0, progress: "silent" });
  const bytes = await compressLossless(model, images);
  expect((await decompressLossless(model, bytes)).data).toEqual(images.data);
  expect(await compressLossless(model, images, { threads: 1 })).toEqual(bytes);
  await expect(decompressLossless(make({ seed: 2 }), bytes)).rejects.toThrow(
    "compressed with this model",
  );
  const damaged = bytes.slice();
  damaged[60] ^= 1;
  await expect(decompressLossless(model, damaged)).rejects.toThrow("got damaged ones");
});

test("levels of another number come back as the values that they were", async () => {
  const model = make({ likelihood: { kind: "discretized-logistic", levels: 5 } });
  const data = Float32Array.from({ length: 48 }, (_, i) => (i % 5) / 4);
  const back = await decompressLossless(
    model,
    await compressLossless(model, { data, shape: [3, 4, 4, 1] }),
  );
  expect(back.data).toEqual(data);
  const between = { data: new Float32Array(16).fill(0.3), shape: [1, 4, 4, 1] };
  await expect(compressLossless(model, between)).rejects.toThrow(
    "compressLossless: values must lie on the 5 levels of the likelihood, got 0.3",
  );
});

test.each([
  [{ likelihood: "bernoulli" }, "model must have the likelihood"],
  [{ likelihood: "gaussian" }, "model must have the likelihood"],
])("models without probabilities of grey levels are refused: %j", async (options, message) => {
  await expect(compressLossless(make(options as never), images)).rejects.toThrow(message);
});

test("bits per dimension are refused under a density", async () => {
  const model = make({ likelihood: "gaussian" });
  await expect(bitsPerDimension(model, images)).rejects.toThrow(
    "bitsPerDimension: likelihood must be one of probabilities, not a density",
  );
});
