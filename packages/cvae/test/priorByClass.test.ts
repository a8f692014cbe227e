/** A prior fitted for each class: where its codes lie, rows, guidance with it, refusals. */
import { Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cvae, priorByClass, type Cvae } from "../src/index.ts";

const classes = 2;

const makeModel = (): Cvae =>
  cvae({
    image: [4],
    latent: 2,
    classes,
    drop: 0.3,
    likelihood: { kind: "gaussian", scale: 0.5 }, // what is shown is the decoder's output
    network: { kind: "mlp", hidden: [5] },
    seed: 2,
  });

/** Values around 0 (class 0) and around 3 (class 1). */
function examples(count: number): { data: Float32Array; shape: number[]; labels: Int32Array } {
  const data = new Float32Array(4 * count);
  new Random(1).fillNormalInto(data);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  return { data: data.map((v, i) => v + 3 * labels[Math.floor(i / 4)]), shape: [count, 4], labels };
}

const momentsOf = (values: ArrayLike<number>, from: number, step: number) => {
  const own = Array.from(values).filter((_, i) => i % step === from);
  const mean = own.reduce((a, b) => a + b, 0) / own.length;
  return { mean, variance: own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length };
};

test("codes of a class have the mean and spread of the posteriors of its examples", async () => {
  const model = makeModel();
  const given = examples(200);
  const prior = await priorByClass(model, given, { components: 2, draws: 4000, seed: 1 });
  const { mean, logVar } = (await model.posterior(given)) as Record<string, { data: Float32Array }>;
  for (const label of [0, 1]) {
    const drawn = await prior.sample(4000, { label, seed: 3 });
    expect(drawn.shape).toEqual([4000, 2]);
    for (const d of [0, 1]) {
      const means = momentsOf(mean.data, 2 * label + d, 4);
      const own = Array.from(logVar.data).filter((_, i) => i % 4 === 2 * label + d);
      const noise = own.reduce((sum, value) => sum + Math.exp(value), 0) / own.length;
      const found = momentsOf(drawn.data, d, 2);
      const variance = means.variance + noise;
      // Two samples of 4000: their means differ by about 0.02 deviations, their variances by about 3 %.
      expect(Math.abs(found.mean - means.mean)).toBeLessThan(0.1 * Math.sqrt(variance));
      expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.15);
    }
  }
});

test("a row is the same for any count, and a model decodes it with its label", async () => {
  const model = makeModel();
  const prior = await priorByClass(model, examples(40), { components: 1, draws: 50 });
  const labels = [1, 0, 1, 1, 0];
  const five = await prior.sample(5, { labels, seed: 2 });
  const three = await prior.sample(3, { labels: labels.slice(0, 3), seed: 2 });
  expect([...five.data].slice(0, 6)).toEqual([...three.data]);
  const shown = await model.sample(5, { labels, prior, seed: 2 });
  expectClose(shown.data, (await model.decode(five, { labels })).data);
  const told = await model.sample(5, { condition: { label: labels }, prior, seed: 2 });
  expect(told.data).toEqual(shown.data);
});

test("with a prior of another, guidance leads the decoder's output of its codes", async () => {
  const model = makeModel();
  const prior = await priorByClass(model, examples(40), { components: 1, draws: 50 });
  const draw = async (options: object): Promise<number[]> => [
    ...(await model.sample(4, { label: 1, prior, seed: 5, ...options })).data,
  ];
  const codes = await prior.sample(4, { label: 1, seed: 5 });
  const none = [...(await model.decode(codes)).data];
  const told = await draw({});
  const wanted = none.map((value, i) => value + 2.5 * (told[i] - value));
  expectClose(await draw({ guidance: 2.5 }), wanted);
  expect(wanted).not.toEqual(told);
  await expect(draw({ guidance: { strength: 2, space: "latents" } })).rejects.toThrow(
    'sample: guidance must be in the space "logits" with a prior of another, got "latents"',
  );
});

test("examples without a class, and codes without a label, are refused", async () => {
  const model = makeModel();
  const given = examples(10);
  await expect(
    priorByClass(model, { ...given, labels: new Int32Array(10) }, { components: 1 }),
  ).rejects.toThrow("priorByClass: examples must be of every class, got none of class 1");
  const prior = await priorByClass(model, given, { components: 1, draws: 20 });
  await expect(prior.sample(2)).rejects.toThrow(
    "sample: a prior by class must be told label or labels, got neither",
  );
  await expect(prior.sample(2, { label: 2 })).rejects.toThrow(
    "sample: labels must be integers in [0, 2), got 2 at 0",
  );
});
