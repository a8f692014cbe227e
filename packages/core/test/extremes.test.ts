import { expect, test } from "vitest";
import { gaussian } from "../src/distributions/gaussian.ts";
import { createModel } from "../src/latentModel/createModel.ts";
import { reparameterized } from "../src/latents/reparameterized.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import { mlp } from "../src/networks/mlp.ts";
import { Random } from "../src/random/random.ts";
import { train } from "../src/training/train.ts";

test.each([-90, 90, -1e4, 1e4])(
  "with log variances of %d from the encoder, ELBO and importance-weighted likelihood are finite",
  async (logVar) => {
    const example = { x: gaussianLikelihood([3]) };
    const latents = reparameterized({ size: 2, posterior: gaussian });
    const networks = mlp({ example, latents, hidden: [4], seed: 1 });
    const model = createModel({ kind: "extreme", options: {}, example, latents, networks });
    const weights = await model.readWeights();
    await model.writeWeights({
      ...weights,
      "encoder/features/bias": { data: Float32Array.of(0.3, -0.2, logVar, logVar), shape: [4] },
    });
    const x = { data: Float32Array.of(0.1, 0.5, -0.3, 1, 0, 0.2), shape: [2, 3] };
    const scores = await model.score(x, { samples: 20, seed: 1 });
    const { terms, ...others } = scores;
    const lists = Object.entries({ ...terms, ...others }).filter(
      ([, values]) => values instanceof Float64Array,
    );
    expect(lists.map(([name]) => name)).toContain("logLikelihood");
    for (const [name, values] of lists) {
      expect([name, values.every(Number.isFinite)]).toEqual([name, true]);
    }
    model.dispose();
  },
);

test("columns with deviations of hundreds train without a number that is not finite, and are warned of", async () => {
  const random = new Random(1);
  const data = new Float32Array(200 * 5);
  random.fillNormalInto(data);
  for (let i = 0; i < data.length; i++) data[i] = 300 * (1 + (i % 5)) * data[i] + 1000 * (i % 5);
  const run = async (
    standardize: boolean,
  ): Promise<{ readonly losses: number[]; readonly said: string }> => {
    const example = { x: gaussianLikelihood([5], { standardize }) };
    const latents = reparameterized({ size: 2, posterior: gaussian });
    const networks = mlp({ example, latents, hidden: [16], seed: 1 });
    const model = createModel({ kind: "columns", options: {}, example, latents, networks });
    let said = "";
    const progress = { write: (text: string) => void (said += text) };
    const options = { epochs: 40, batchSize: 50, validation: 0, logEvery: 1, progress };
    const { history } = await train(model, { data, shape: [200, 5] }, options);
    model.dispose();
    return { losses: history.steps.map(({ loss }) => loss), said };
  };
  const raw = await run(false);
  expect(raw.losses.every(Number.isFinite)).toBe(true);
  expect(raw.said).toMatch(/^x has values as large as \d+(\.\d+)?: standardize them/m);
  const { losses, said } = await run(true);
  expect(said).not.toContain("standardize");
  // Five values of deviations 300 to 1500 cost at most the entropy of their marginals: 5 (ln(2 pi e) / 2 + mean ln deviation).
  const marginals =
    5 * 1.4189 + [300, 600, 900, 1200, 1500].reduce((sum, s) => sum + Math.log(s), 0);
  expect(losses[0]).toBeGreaterThan(marginals);
  expect(losses.at(-1)).toBeLessThan(marginals + 30);
  expect(raw.losses.at(-1)).toBeGreaterThan(1000 * marginals);
});
