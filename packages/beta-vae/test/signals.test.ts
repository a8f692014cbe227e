/** Signals `[length, channels]` through convolutions of one axis: sines whose factors are known. */
import { principalComponents, Random, train } from "@elbo/core";
import { fromArrays } from "@elbo/datasets";
import { digest, emptyFolder } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { betaVae, loadBetaVae } from "../src/index.ts";

const length = 50; // no power of two
const channels = 2;

/** `amplitude sin(2 pi (frequency t + phase))` and the same a quarter later, with a little noise. */
function sines(count: number, seed: number): { data: Float32Array; shape: number[] } {
  const random = new Random(seed);
  const noise = new Float32Array(count * length * channels);
  random.fork("noise").fillNormalInto(noise);
  const data = new Float32Array(count * length * channels);
  for (let n = 0; n < count; n++) {
    const frequency = 1 + 2 * random.uniform();
    const phase = random.uniform();
    const amplitude = 0.5 + random.uniform();
    for (let i = 0; i < length * channels; i++) {
      const turns = (frequency * Math.floor(i / channels)) / length + phase + (i % channels) / 4;
      const at = n * length * channels + i;
      data[at] = amplitude * Math.sin(2 * Math.PI * turns) + 0.02 * noise[at];
    }
  }
  return { data, shape: [count, length, channels] };
}

test("signals are reconstructed far better than by the best linear code of the same size", async () => {
  const tests = 200;
  const { train: signals, test: held } = fromArrays(sines(2200, 1), {
    layout: "nlc",
    testFraction: tests / 2200,
  });
  const latent = 4; // frequency, amplitude, and two for the circle of phases
  const model = betaVae({
    image: [length, channels],
    latent,
    likelihood: "gaussian",
    network: { kind: "conv", widths: [32, 64], hidden: [64] },
    seed: 1,
  });
  const { report } = await train(model, signals, {
    epochs: 15,
    batchSize: 64,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const { data } = await model.reconstruct(held);
  const error = data.reduce((sum, value, i) => sum + (value - held.data[i]) ** 2, 0) / tests;

  // What principal components of the data leave (Eckart and Young 1936): no linear encoder and decoder of as many numbers leave less.
  const size = length * channels;
  const flat = { data: signals.data, shape: [2000, size] };
  const { variances } = principalComponents(flat, size);
  const left = variances.slice(latent).reduce((sum, variance) => sum + variance, 0);
  expect(error).toBeLessThan(left / 4);

  const directory = await emptyFolder();
  await model.save(directory);
  const again = await loadBetaVae(directory);
  const drawn = { x: await model.sample(3, { seed: 1 }) };
  expect(digest({ x: await again.sample(3, { seed: 1 }) })).toBe(digest(drawn));
  model.dispose();
  again.dispose();
});
