import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { autoencoder, betaVae } from "@elbo/beta-vae";
import { train } from "@elbo/core";
import type { LatentModel } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { jit } from "@elbo/jit";
import { expectClose } from "@elbo/test-utils";
import { vqVae } from "@elbo/vq-vae";
import { expect, test } from "vitest";
import { batches } from "../src/perf/cases/work.ts";
import { fillArrays, uniformStream } from "../src/perf/cases/fill.ts";
import { workNamed } from "../src/perf/cases/index.ts";
import { batchOf } from "../src/perf/engines/competitor.ts";
import { tfjsCompetitor } from "../src/perf/engines/tfjsCompetitor.ts";
import { loadTfjsNode } from "../src/perf/engines/tfjsNode.ts";
import { differenceOf } from "../src/perf/statistics.ts";
import type { Checked } from "../src/perf/statistics.ts";

const loading = await loadTfjsNode().then(
  (versions) => ({ versions }),
  (error: unknown) => ({ reason: error instanceof Error ? error.message.split("\n")[0] : "?" }),
);
const absent = "reason" in loading ? loading.reason : undefined;
if (absent !== undefined) {
  process.stderr.write(`SKIPPED: tests on tfjs-node (${absent}); pnpm setup:tfjs-node gets it\n`);
}
const node = test.skipIf(absent !== undefined);

node("tfjs-node is a backend of the one TF.js that everything here uses", async () => {
  expect(await tf.setBackend("tensorflow")).toBe(true);
  expect(tf.engine().registryFactory).toHaveProperty("tensorflow");
  const sum = tf.tidy(() => tf.sum(tf.ones([2, 3])));
  expect(sum.dataSync()[0]).toBe(6);
  sum.dispose();
});

node("what Node 23 took out of util is there again", () => {
  const put = util as unknown as Record<string, (value: unknown) => boolean>;
  expect(put.isNullOrUndefined(undefined)).toBe(true);
  expect(put.isNullOrUndefined(0)).toBe(false);
  expect(put.isArray([])).toBe(true);
});

async function checkedOn(name: string, engine: "native" | "eager", backend: string) {
  const work = workNamed(name);
  const competitor = tfjsCompetitor({ engine, backend: backend as "cpu" | "tensorflow" });
  await competitor.load(1);
  const instance = await competitor.prepare(work, {
    weights: fillArrays(work.weights, 1),
    inputs: fillArrays(work.inputs, 1, batches),
  });
  const checked = await instance.check(3, 256);
  instance.dispose();
  return checked;
}

async function nativeOrNothing(name: string): Promise<Checked | undefined> {
  try {
    return await checkedOn(name, "native", "cpu");
  } catch (error) {
    process.stderr.write(`SKIPPED: ${name} on elbo's native engine (${String(error)})\n`);
    return undefined;
  }
}

node.each(["mlp/32", "conv/64", "vq/32"])(
  "three training steps of %s on tfjs-node are those of the compiled engine",
  async (name) => {
    const eager = await checkedOn(name, "eager", "tensorflow");
    expect(eager.losses).toHaveLength(3);
    expect(eager.losses[2]).toBeLessThan(eager.losses[0]);
    const compiled = await nativeOrNothing(name);
    if (compiled === undefined) return;
    const difference = differenceOf(compiled, eager);
    expect(difference.loss).toBeLessThan(workNamed(name).tolerance.loss);
    expect(difference.values).toBeLessThan(workNamed(name).tolerance.values);
  },
);

node("the eager engine runs the same function on tfjs-node and on the cpu backend", async () => {
  const work = workNamed("mlp/32");
  const inputs = batchOf(work, fillArrays(work.inputs, 1, batches), 0);
  const losses: number[][] = [];
  for (const backend of ["cpu", "tensorflow"]) {
    await tf.setBackend(backend);
    const w = tf.variable(tf.fill([784, 8], 0.01));
    const step = jit(
      ({ x }) => {
        const loss = () =>
          tf.mean(tf.square(tf.sub(tf.matMul(tf.matMul(x, w), w, false, true), x)));
        const { value, grads } = tf.variableGrads(loss as () => tf.Scalar, [w]);
        w.assign(tf.sub(w, tf.mul(grads[w.name], 0.1)));
        return { loss: value };
      },
      { feeds: { x: { shape: [null, 784] } }, state: [w], engine: "eager" },
    );
    const found: number[] = [];
    for (let i = 0; i < 5; i++) found.push((await step({ x: inputs.x })).loss.data[0]);
    expect(step.report?.engine).toBe("eager");
    losses.push(found);
    step.dispose();
    w.dispose();
  }
  expectClose(losses[1], losses[0], { rtol: 1e-5 }); // sums in another order
  expect(losses[0][4]).toBeLessThan(losses[0][0]);
});

const examples = (() => {
  const uniform = uniformStream(3);
  const data = Uint8Array.from({ length: 64 * 8 * 8 }, () => (uniform() < 0.3 ? 255 : 0));
  const labels = Uint8Array.from({ length: 64 }, (_, i) => i % 3);
  return { data, shape: [64, 8, 8, 1], labels };
})();
const image = [8, 8, 1] as const;

const models: [string, () => LatentModel][] = [
  ["an autoencoder", () => autoencoder({ image, latent: 4, network: "mlp", seed: 1 })],
  ["a β-VAE with convolutions", () => betaVae({ image, latent: 4, network: "conv", seed: 1 })],
  ["a CVAE", () => cvae({ image, latent: 4, classes: 3, network: "mlp", seed: 1 })],
  // Revived codes lie exactly on tokens, equal ones where patches are equal: which of those is nearest is then up to rounding.
  [
    "a VQ-VAE",
    () =>
      vqVae({
        image,
        quantizer: { kind: "vector", codebookSize: 16, codeDim: 4, reviveBelow: 0 },
        seed: 1,
      }),
  ],
];

async function lossesOf(create: () => LatentModel, engine: "eager" | "auto"): Promise<number[]> {
  const model = create();
  const { history } = await train(model, examples, {
    steps: 6,
    batchSize: 16,
    seed: 1,
    validation: 0,
    logEvery: 1,
    progress: "silent",
    engine,
  });
  model.dispose();
  return history.steps.map(({ loss }) => loss);
}

node.each(models)("%s trains on tfjs-node as it does on the compiled engine", async (_, create) => {
  await tf.setBackend("tensorflow");
  const eager = await lossesOf(create, "eager");
  await tf.setBackend("cpu");
  const compiled = await lossesOf(create, "auto");
  expect(eager).toHaveLength(6);
  expectClose(eager, compiled, { rtol: 1e-3 }); // six steps of Adam amplify rounding
});
