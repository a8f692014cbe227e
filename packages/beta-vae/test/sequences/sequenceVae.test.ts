import * as tf from "@tensorflow/tfjs-core";
import {
  adam,
  evaluate,
  linear,
  loadModel,
  mapExamples,
  posteriorCollapse,
  Random,
  train,
} from "@elbo/core";
import type { NdArray } from "@elbo/core";
import { digest, emptyFolder, expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { loadSequenceVae, sequenceVae } from "../../src/index.ts";
import type { SequenceVae, SequenceVaeOptions } from "../../src/index.ts";

const length = 8;
const vocabulary = ["a", "b", "c", "d"];
const decoders = {
  gru: { kind: "gru", units: 24 },
  conv: { kind: "conv", channels: 16, dilations: [1, 2], kernel: 3 },
} as const;

const made = (
  decoder: keyof typeof decoders,
  more: Partial<SequenceVaeOptions> = {},
): SequenceVae =>
  sequenceVae({
    vocabulary,
    length,
    latent: 2,
    decoder: decoders[decoder],
    encoderUnits: 24,
    seed: 1,
    ...more,
  });

/** Sequences that repeat one of two tokens, of 4 to 8 tokens. */
function sequences(count: number, seed: number): { data: Int32Array; shape: number[] } {
  const random = new Random(seed);
  const data = new Int32Array(count * length);
  for (let n = 0; n < count; n++) {
    const pair = [1 + random.integer(4), 1 + random.integer(4)];
    const end = 4 + random.integer(5);
    for (let t = 0; t < end; t++) data[n * length + t] = pair[t % 2];
  }
  return { data, shape: [count, length] };
}

/** Logits `[n, T, V]` of sequences, given latents that are the same for all. */
async function logitsOf(model: SequenceVae, x: NdArray): Promise<Float32Array> {
  const { logits } = await mapExamples(model, x, {
    name: "logits",
    run(batch, context) {
      const z = tf.tile(tf.tensor3d([[[0.7, -1.2]]]), [1, batch["x"].shape[0], 1]);
      return { logits: tf.squeeze(model.operations.generate({ z }, context, batch), [0]) };
    },
  });
  return logits.data as Float32Array;
}

describe.each(["gru", "conv"] as const)("a decoder of the kind %s", (kind) => {
  test("learns compiled: it beats the entropy of independent tokens, and its latents say something", async () => {
    const model = made(kind, { beta: linear({ from: 0, to: 1, steps: 300 }), wordDropout: 0.5 });
    const { report } = await train(model, sequences(1000, 1), {
      epochs: 12,
      optimizer: adam({ learningRate: 0.004 }),
      seed: 1,
      batchSize: 32,
      validation: 0,
      progress: "silent",
    });
    expect(report?.engine).not.toBe("eager");
    const heldOut = sequences(200, 2);
    const { elbo } = await evaluate(model, heldOut, { samples: 4 });
    // A pair of four tokens each and one of five lengths at best; six independent tokens cost more, even without their end.
    expect(-elbo.mean).toBeGreaterThan(2 * Math.log(4) + Math.log(5) - 0.5);
    expect(-elbo.mean).toBeLessThan(6 * Math.log(4));
    const { isCollapsed, gain, evidence } = await posteriorCollapse(model, heldOut);
    expect(isCollapsed).toBe(false);
    expect(gain.mean).toBeGreaterThan(1);
    expect(evidence).toContain("the latents are used");
    const said = await model.reconstruct(heldOut);
    const right = said.data.filter((token, i) => token === heldOut.data[i]).length;
    expect(right / said.data.length).toBeGreaterThan(0.5);
    model.dispose();
  });

  test("is said to have collapsed where the weight of the divergence is absurd", async () => {
    const model = made(kind, { beta: 200, wordDropout: 0 });
    await train(model, sequences(300, 1), {
      epochs: 4,
      batchSize: 32,
      validation: 0,
      progress: "silent",
    });
    const { isCollapsed, evidence } = await posteriorCollapse(model, sequences(100, 2));
    expect(isCollapsed).toBe(true);
    expect(evidence).toMatch(/^the posterior has collapsed: rate 0\.\d\d nats/);
    model.dispose();
  });

  test("is saved and loaded", async () => {
    const model = made(kind);
    await train(model, sequences(64, 1), { steps: 2, validation: 0, progress: "silent" });
    const directory = await emptyFolder();
    await model.save(directory);
    const again = await loadSequenceVae(directory);
    expect(digest(await again.readWeights())).toBe(digest(await model.readWeights()));
    const x = sequences(5, 3);
    expect(await again.reconstruct(x)).toEqual(await model.reconstruct(x));
    expect(await again.sample(4, { seed: 1, draw: true })).toEqual(
      await model.sample(4, { seed: 1, draw: true }),
    );
    const texts = again.tokenizer.decode(await again.sample(4));
    expect(texts.every((text) => /^[abcd]*$/.test(text))).toBe(true);
    expect((await loadModel(directory)).kind).toBe("sequence-vae");
    model.dispose();
    again.dispose();
  });

  test("says no token by those that come later", async () => {
    const model = made(kind);
    const { data } = sequences(1, 5);
    const rows = Array.from({ length }, (_, t) => {
      const changed = Int32Array.from(data, (token) => token || 1);
      changed[t] = (changed[t] % 4) + 1;
      return [...changed];
    });
    const plain = Array.from(data, (token) => token || 1);
    const x = { data: Int32Array.from([plain, ...rows].flat()), shape: [length + 1, length] };
    const logits = await logitsOf(model, x);
    const size = length * 5;
    for (let t = 0; t < length; t++) {
      const own = logits.subarray((t + 1) * size, (t + 2) * size);
      const upTo = (t + 1) * 5; // position t itself is told tokens before t
      expect(own.subarray(0, upTo)).toEqual(logits.subarray(0, upTo));
      if (t + 1 < length) {
        expect(own.subarray(upTo, upTo + 5)).not.toEqual(logits.subarray(upTo, upTo + 5));
      }
    }
    model.dispose();
  });

  test("does not mind padding: a longer model with the same weights gives the same numbers", async () => {
    const short = made(kind);
    const long = made(kind, { length: length + 5, seed: 2 });
    await long.writeWeights(await short.readWeights());
    const texts = ["ab", "", "abca", "dddddddd", "c"];
    const x = short.tokenizer.encode(texts.filter((text) => text.length < length));
    const y = long.tokenizer.encode(texts.filter((text) => text.length < length));
    const close = { rtol: 1e-5, atol: 1e-5 };
    expectClose((await long.encode(y)).data, (await short.encode(x)).data, close);
    const [a, b] = [await short.score(x, { seed: 1 }), await long.score(y, { seed: 1 })];
    expectClose(a.distortion, b.distortion, close);
    expectClose(a.rate, b.rate, close);
    short.dispose();
    long.dispose();
  });
});

test("training drops tokens, evaluation does not: the loss of a step depends on the noise", async () => {
  const weights: string[] = [];
  for (const wordDropout of [0, 0.5, 0.5]) {
    const model = made("gru", { wordDropout });
    await train(model, sequences(64, 1), { steps: 2, seed: 1, validation: 0, progress: "silent" });
    weights.push(digest(await model.readWeights()));
    model.dispose();
  }
  expect(weights[1]).toBe(weights[2]);
  expect(weights[0]).not.toBe(weights[1]);
  const [all, none] = [made("gru", { wordDropout: 0.9 }), made("gru", { wordDropout: 0 })];
  const x = sequences(20, 4);
  expect((await all.score(x)).distortion).toEqual((await none.score(x)).distortion);
  all.dispose();
  none.dispose();
});

test.each<[object, string]>([
  [{ vocabulary: [] }, "sequenceVae: vocabulary must be a list of tokens"],
  [{ vocabulary: ["a", "a"] }, 'sequenceVae: vocabulary must name every token once, got "a" twice'],
  [{ length: 1 }, "sequenceVae: length must be an integer at least 2, got 1"],
  [{ decoder: "lstm" }, 'kind of the decoder must be one of "gru", "conv", got "lstm"'],
  [{ decoder: { kind: "conv", kernel: 1 } }, "kernel must be an integer at least 2, got 1"],
  [{ wordDropout: 2 }, "sequenceVae: wordDropout must be"],
  [{ network: {} }, "sequenceVae: network must hold decoder, decoderInput"],
])("%j is refused", (wrong, message) => {
  expect(() => sequenceVae({ vocabulary, length, latent: 2, ...wrong })).toThrow(message);
});

test("tokens behind an end are refused", async () => {
  const model = made("gru");
  await expect(
    model.encode({ data: Int32Array.of(1, 2, 0, 3, 0, 0, 0, 0), shape: [1, length] }),
  ).rejects.toThrow("x must hold only 0 behind the 0 that ends a sequence, got 3 at 3");
  model.dispose();
});
