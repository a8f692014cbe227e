import {
  adam,
  evaluate,
  gaussianMixture,
  linear,
  posteriorCollapse,
  Random,
  symmetricEigen,
  train,
  type NdArray,
} from "@elbo/core";
import { sequenceVae, vocabularyOf, type SequenceVae } from "@elbo/beta-vae";
import { allMolecules, canonical, logP, parse } from "./molecules.ts";

const latent = 16;
const seeds = Number(process.argv[2] ?? 1);

// 1. A set of molecules as texts, a tenth of it held out.
const all = allMolecules();
const order = new Random(0).permutation(all.length);
const shuffled = Array.from(order, (i) => all[i]);
const held = shuffled.slice(0, Math.floor(all.length / 10));
const known = shuffled.slice(held.length);
const seen = new Set(known);
const vocabulary = vocabularyOf(all, /Br|Cl|./gu);
const length = Math.max(...all.map((text) => text.match(/Br|Cl|./gu)?.length ?? 0));
console.log(
  `${known.length} molecules, ${vocabulary.length} tokens, at most ${length} of them in one`,
);

/** Ridge regression of a property on latents: how much it rises along each. */
function directionOf({ data }: NdArray, targets: readonly number[]): number[] {
  const n = targets.length;
  const mean = targets.reduce((sum, y) => sum + y, 0) / n;
  const products = new Float64Array(latent * latent);
  const slopes = new Float64Array(latent);
  for (let i = 0; i < n; i++) {
    const z = data.subarray(i * latent, (i + 1) * latent);
    for (let a = 0; a < latent; a++) {
      slopes[a] += (z[a] * (targets[i] - mean)) / n;
      for (let b = 0; b < latent; b++) products[a * latent + b] += (z[a] * z[b]) / n;
    }
  }
  const { values, vectors } = symmetricEigen(products);
  return Array.from(slopes, (_, a) =>
    values.reduce((sum, value, k) => {
      const own = vectors.subarray(k * latent, (k + 1) * latent);
      const along = own.reduce((total, v, b) => total + v * slopes[b], 0);
      return sum + (own[a] * along) / (value + 0.01);
    }, 0),
  );
}

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** New molecules: how many texts describe one, how many of these differ, how many of those were not in the training set. */
async function generation(model: SequenceVae, data: NdArray, seed: number): Promise<void> {
  const mixture = gaussianMixture(await model.encode(data), { components: 20, seed });
  for (const [name, prior] of [
    ["N(0, I)", undefined],
    ["a mixture fitted to the latents", mixture],
  ] as const) {
    const tokens = await model.sample(1000, { seed, ...(prior && { prior }) });
    const valid = model.tokenizer
      .decode(tokens)
      .map(parse)
      .filter((molecule) => molecule !== undefined)
      .map(canonical);
    const unique = new Set(valid);
    const novel = [...unique].filter((text) => !seen.has(text));
    console.log(
      `samples of ${name}: ${share(valid.length, 1000)} valid, of these ${share(unique.size, valid.length)} unique, of these ${share(novel.length, unique.size)} novel`,
    );
  }
}

/** Ways between pairs of molecules that were never seen. */
async function ways(model: SequenceVae): Promise<void> {
  const { encode, decode } = model.tokenizer;
  const count = 50;
  const { data, shape } = await model.interpolate(
    encode(held.slice(0, count)),
    encode(held.slice(count, 2 * count)),
    { steps: 9 },
  );
  const texts = decode({ data, shape: [count * 9, shape[2]] });
  console.log(
    `ways: ${share(texts.filter(parse).length, texts.length)} of the texts on them are valid; the first:`,
  );
  console.log(`  ${[...new Set(texts.slice(0, 9))].join(" -> ")}`);
}

/** Molecules with a larger logP: up along the direction that a regression on latents found, the first and last valid text counted. */
async function optimization(model: SequenceVae): Promise<void> {
  const { encode, decode } = model.tokenizer;
  const properties = (texts: readonly string[]): number[] =>
    texts.map((text) => logP(parse(text) as NonNullable<ReturnType<typeof parse>>));
  const w = directionOf(await model.encode(encode(known)), properties(known));
  const norm = Math.hypot(...w);
  const start = held.slice(0, 200);
  const { data, shape } = await model.encode(encode(start));
  for (const strength of [0, 1, 2, 3]) {
    const moved = data.map((value, i) => value + (strength * w[i % latent]) / norm);
    const texts = decode(await model.decode({ data: moved, shape }));
    const valid = texts.flatMap((text, i) => (parse(text) ? [i] : []));
    const after = mean(properties(valid.map((i) => texts[i])));
    const before = mean(properties(valid.map((i) => start[i])));
    console.log(
      `logP, moved by ${strength}: from ${before.toFixed(2)} to ${after.toFixed(2)}, means of the ${share(valid.length, texts.length)} that are valid`,
    );
  }
}

for (let seed = 1; seed <= seeds; seed++) {
  // 2. A model that spells molecules: the weight of the KL divergence warms up, and a part of the tokens is not told, so that it asks the latents.
  const model = sequenceVae({
    vocabulary,
    length,
    latent,
    decoder: { kind: "gru", units: 96 },
    encoderUnits: 96,
    wordDropout: 0.1,
    beta: linear({ from: 0, to: 0.3, steps: 500 }),
    seed,
  });
  const started = performance.now();
  const data = model.tokenizer.encode(known);
  await train(model, data, {
    epochs: 14,
    batchSize: 64,
    optimizer: adam({ learningRate: 0.003 }),
    seed,
    validation: 0,
    progress: "silent",
  });
  console.log(`seed ${seed}: trained in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const test = model.tokenizer.encode(held);
  const { elbo, rate } = await evaluate(model, test, { samples: 1 });
  console.log(`ELBO ${elbo.mean.toFixed(1)} nats, rate ${rate.mean.toFixed(1)}`);
  console.log((await posteriorCollapse(model, test)).evidence);
  const spelled = model.tokenizer.decode(await model.reconstruct(test));
  console.log(
    `held-out molecules spelled exactly: ${share(spelled.filter((text, i) => text === held[i]).length, held.length)}`,
  );

  // 3. Uses.
  await generation(model, data, seed);
  await ways(model);
  await optimization(model);
  model.dispose();
}
