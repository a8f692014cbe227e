/** Defects of other libraries' VQ-VAEs and priors over codes, seen in their code or their issues: for each a test that would have caught it. */
import { train } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { bars } from "../../core/test/support/bars.ts";
import { autoregressivePrior } from "../../core/test/programs/autoregressivePrior.ts";
import { vqVae, type VqVae } from "../src/index.ts";

const small = (): VqVae =>
  vqVae({
    image: [8, 8, 1],
    codebookSize: 8,
    codeDim: 3,
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
  });

test("pythae: the squared error of a VQ-VAE is summed over the batch, so that commitment grows with its size", async () => {
  const one = bars(20);
  const twice = {
    data: Uint8Array.from([...one.data, ...one.data]),
    shape: [40, 8, 8, 1],
  };
  const model = vqVae({
    image: [8, 8, 1],
    codebookSize: 8,
    codeDim: 3,
    likelihood: { kind: "bernoulli", binarize: "none" },
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
  });
  const [few, many] = [await model.loss(one), await model.loss(twice)];
  expectClose([many.terms["commitment"]], [few.terms["commitment"]], { rtol: 1e-5 });
  const { terms } = await model.score(one);
  const mean = terms["commitment"].reduce((a, b) => a + b, 0) / 20;
  expectClose([few.terms["commitment"]], [mean], { rtol: 1e-5 });
});

test("pythae: smoothed EMA counts that start at 0 blow a code up that the first step does not use, and it fades to the origin", async () => {
  const model = vqVae({
    image: [8, 8, 1],
    quantizer: { kind: "vector", codebookSize: 200, codeDim: 3, reviveBelow: 0 },
    network: { kind: "mlp", hidden: [16] },
    seed: 1,
  });
  const data = bars(16);
  const codes = async (): Promise<Float32Array> => {
    const weights = await model.readWeights();
    const name = Object.keys(weights).find((key) => key.endsWith("codes")) ?? "";
    return weights[name].data as Float32Array;
  };
  const run = { batchSize: 16, validation: 0, progress: "silent" } as const;
  await train(model, data, { ...run, steps: 1 });
  const after = await codes();
  await train(model, data, { ...run, steps: 300 });
  const late = await codes();
  const unused: number[] = [];
  for (let k = 0; k < 200; k++) {
    const row = (all: Float32Array): number[] => [...all.slice(3 * k, 3 * k + 3)];
    if (row(late).every((value, d) => value === after[3 * k + d])) unused.push(k);
    expect(Math.max(...row(after).map(Math.abs))).toBeLessThan(5);
  }
  expect(unused.length).toBeGreaterThan(0); // and those that nothing chose are where they were, bit for bit
});

test("pythae: sampling by a prior fails at the last partial batch when the codebook is moved by averages", async () => {
  const model = small();
  const data = bars(60);
  await train(model, data, { steps: 5, batchSize: 20, validation: 0, progress: "silent" });
  const codes = await model.encode(data);
  const prior = autoregressivePrior({ positions: codes.shape.slice(1), codebookSize: 8, seed: 1 });
  await train(prior, codes, { steps: 5, batchSize: 20, validation: 0, progress: "silent" });
  for (const count of [1, 17, 131]) {
    const drawn = await model.sample(count, { prior, seed: 1 });
    expect(drawn.shape).toEqual([count, 8, 8, 1]);
    expect(drawn.data.every(Number.isFinite)).toBe(true);
  }
});

test("pythae: indices enter the prior as numbers, so that code 200 is larger than code 3", async () => {
  // Renaming the codes, 0 to 7 and so on, must be learnt as well as the codes themselves.
  const rows = 200;
  const plain = Int32Array.from({ length: rows * 4 }, (_, i) =>
    Math.floor(i / 4) % 2 === 0 ? [0, 5, 0, 5][i % 4] : [2, 7, 2, 7][i % 4],
  );
  const renamed = plain.map((code) => (code * 3 + 1) % 8);
  const nats = async (codes: Int32Array): Promise<number> => {
    const prior = autoregressivePrior({ positions: [4], codebookSize: 8, seed: 1 });
    const { history } = await train(
      prior,
      { data: codes, shape: [rows, 4] },
      { epochs: 12, batchSize: 20, seed: 1, validation: 0, progress: "silent" },
    );
    return history.epochs.at(-1)?.training["loss"] ?? NaN;
  };
  const [a, b] = [await nats(plain), await nats(renamed)];
  // Two kinds of rows: ln 2 nats are left, whatever the codes are called.
  expect(Math.abs(a - Math.LN2)).toBeLessThan(0.25);
  expect(Math.abs(b - a)).toBeLessThan(0.25);
});
