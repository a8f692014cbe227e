/** Ways of decoding against brute force over all sequences of a tiny vocabulary. */
import * as tf from "@tensorflow/tfjs-core";
import { mapExamples, Random } from "@elbo/core";
import { describe, expect, test } from "vitest";
import { beamSearch, sampleSequences, sequenceVae } from "../../src/index.ts";
import type { SequenceVae } from "../../src/index.ts";

const length = 3;
const z = [0.7, -1.2];
const code = { data: Float32Array.from(z), shape: [1, 2] };

/** All sequences of up to 3 of two tokens: 1 + 2 + 4 + 8. */
const all = [0, 1, 2, 3].flatMap((size) =>
  Array.from({ length: 2 ** size }, (_, bits) =>
    Array.from({ length }, (__, t) => (t < size ? 1 + ((bits >> t) & 1) : 0)),
  ),
);

async function modelOf(kind: "gru" | "conv"): Promise<SequenceVae> {
  const decoder =
    kind === "gru"
      ? { kind, units: 6 }
      : ({ kind, channels: 6, dilations: [1, 2], kernel: 2 } as const);
  const model = sequenceVae({
    vocabulary: ["a", "b"],
    length,
    latent: 2,
    decoder,
    encoderUnits: 4,
  });
  const scale = kind === "gru" ? 0.5 : 0.35;
  const weights = await model.readWeights();
  const random = new Random(3);
  for (const [name, { data }] of Object.entries(weights)) {
    random.fork(name).fillNormalInto(data as Float32Array);
    data.forEach((value, i) => (data[i] = scale * value)); // far from a uniform distribution, and from a certain one
  }
  await model.writeWeights(weights);
  return model;
}

/** `log p(x | z)` of all sequences by teacher forcing. */
async function taught(model: SequenceVae): Promise<number[]> {
  const x = { data: Int32Array.from(all.flat()), shape: [all.length, length] };
  const { logLikelihood } = await mapExamples(model, x, {
    name: "taught",
    run(batch, context) {
      const latents = tf.tile(tf.tensor3d([[z]]), [1, batch["x"].shape[0], 1]);
      const decoded = model.operations.generate({ z: latents }, context, batch);
      const pass = { batch, context, levels: {}, decoded };
      return { logLikelihood: tf.squeeze(model.operations.logLikelihood(pass), [0]) };
    },
  });
  return Array.from(logLikelihood.data);
}

const nameOf = (tokens: ArrayLike<number>): string => Array.from(tokens).join("");

/** Frequencies of sequences lie within five standard errors of their probabilities. */
function expectFrequencies(
  tokens: {
    readonly data: ArrayLike<number> & { subarray(a: number, b: number): ArrayLike<number> };
  },
  { count, probabilities }: { readonly count: number; readonly probabilities: readonly number[] },
): void {
  const counts = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const name = nameOf(tokens.data.subarray(n * length, (n + 1) * length));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  all.forEach((sequence, i) => {
    const p = probabilities[i];
    const error = Math.sqrt((p * (1 - p)) / count);
    expect(Math.abs((counts.get(nameOf(sequence)) ?? 0) / count - p)).toBeLessThan(
      5 * error + 1 / count,
    );
  });
}

describe.each(["gru", "conv"] as const)("a decoder of the kind %s", (kind) => {
  test("gives all sequences together the probability 1, whether told or step by step", async () => {
    const model = await modelOf(kind);
    const logProbs = await taught(model);
    expect(Math.max(...logProbs)).toBeLessThan(Math.log(0.9));
    expect(Math.min(...logProbs)).toBeGreaterThan(-12);
    expect(logProbs.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5);
    // A beam of full width keeps every sequence, with the product of its conditionals.
    const { tokens, logProb } = await beamSearch(model, code, { beams: 27 });
    expect(tokens.shape).toEqual([1, 27, length]);
    const stepwise = new Map(
      Array.from({ length: 15 }, (_, i) => [
        nameOf(tokens.data.subarray(i * length, (i + 1) * length)),
        logProb.data[i],
      ]),
    );
    expect(stepwise.size).toBe(15);
    all.forEach((sequence, i) => {
      expect(stepwise.get(nameOf(sequence))).toBeCloseTo(logProbs[i], 4);
    });
    expect(logProb.data[15]).toBe(-Infinity);
    const best = logProbs.indexOf(Math.max(...logProbs));
    expect(Array.from(tokens.data.subarray(0, length))).toEqual(all[best]);
    model.dispose();
  });

  test("greedy decoding is a beam of one, and what draws of a low temperature give", async () => {
    const model = await modelOf(kind);
    const codes = new Float32Array(20 * 2);
    new Random(1).fillNormalInto(codes);
    const many = { data: codes, shape: [20, 2] };
    const greedy = await model.decode(many);
    const { tokens } = await beamSearch(model, many, { beams: 1 });
    expect(Array.from(greedy.data)).toEqual(Array.from(tokens.data));
    const cold = await sampleSequences(model, many, { temperature: 1e-4 });
    expect(Array.from(cold.data)).toEqual(Array.from(greedy.data));
    model.dispose();
  });

  test("draws sequences as often as they are likely", async () => {
    const model = await modelOf(kind);
    const logProbs = await taught(model);
    const count = 2000;
    const codes = {
      data: Float32Array.from({ length: 2 * count }, (_, i) => z[i % 2]),
      shape: [count, 2],
    };
    const probabilities = logProbs.map(Math.exp);
    expectFrequencies(await sampleSequences(model, codes, { seed: 1 }), { count, probabilities });
    expectFrequencies(await model.decode(codes, { draw: true, seed: 2 }), { count, probabilities });
    model.dispose();
  });

  test("a wide beam finds nothing less likely than a narrow one", async () => {
    const model = await modelOf(kind);
    const codes = new Float32Array(10 * 2);
    new Random(2).fillNormalInto(codes);
    const many = { data: codes, shape: [10, 2] };
    const [narrow, wide] = [
      await beamSearch(model, many, { beams: 1 }),
      await beamSearch(model, many, { beams: 27 }),
    ];
    for (let n = 0; n < 10; n++) {
      expect(wide.logProb.data[27 * n]).toBeGreaterThanOrEqual(narrow.logProb.data[n] - 1e-5);
    }
    model.dispose();
  });
});

test("a sequence that is drawn does not depend on the others, and codes of another size are refused", async () => {
  const model = await modelOf("gru");
  const codes = { data: Float32Array.from({ length: 140 }, (_, i) => Math.sin(i)), shape: [70, 2] };
  const all70 = await sampleSequences(model, codes, { seed: 4 });
  const first = await sampleSequences(
    model,
    { data: codes.data.subarray(0, 6), shape: [3, 2] },
    { seed: 4 },
  );
  expect(Array.from(all70.data.subarray(0, 9))).toEqual(Array.from(first.data));
  const wrong = { data: new Float32Array(3), shape: [1, 3] };
  await expect(beamSearch(model, wrong)).rejects.toThrow("beamSearch: code must have the shape");
  await expect(sampleSequences(model, code, { temperature: 0 })).rejects.toThrow(
    "sampleSequences: temperature must be",
  );
  model.dispose();
});
