import { join } from "node:path";
import { adamW, evaluate, train } from "@elbo/core";
import { checkScheme } from "@elbo/core/conformance";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { crosses } from "../../core/test/support/bars.ts";
import { latentQuantization, loadQlae, qlae, type Qlae } from "../src/index.ts";

const context = {
  training: true,
  batchSize: 2,
  draws: 1,
  dataSize: 2,
  noise: {},
  scalars: {},
} as const;

test("latent quantization conforms", async () => {
  await expect(
    checkScheme({ make: () => latentQuantization({ size: 3, values: 4 }), isSmooth: false }),
  ).resolves.toBeUndefined();
});

test("every dimension takes the nearest of its own values, and the losses are squared distances", () => {
  const scheme = latentQuantization({ size: 2, values: 3 }); // -0.5, 0, 0.5
  scheme.variables?.["values"].assign(
    tf.tensor2d([
      [-1, 0, 1],
      [10, 20, 40],
    ]),
  );
  const z = tf.tensor2d([
    [0.4, 29],
    [-3, 31],
  ]);
  const posterior = scheme.posterior(z, context);
  expectClose(posterior.chosen.dataSync(), [0, 20, -1, 40]);
  expect([...posterior.indices.dataSync()]).toEqual([1, 1, 0, 2]);
  const draws = scheme.draw(posterior, context);
  expect([...draws.dataSync()]).toEqual([...posterior.chosen.dataSync()]);
  const { rate, quantization, commitment } = scheme.terms(posterior, draws, context) as Record<
    string,
    tf.Tensor
  >;
  expectClose(quantization.dataSync(), [0.16 + 81, 4 + 81]);
  expectClose(commitment.dataSync(), [0.16 + 81, 4 + 81]);
  expectClose(rate.dataSync(), [2 * Math.log(3), 2 * Math.log(3)]);
});

test("gradients: the decoder's goes straight through, commitment moves latents only, quantization values only", () => {
  const scheme = latentQuantization({ size: 2, values: 3 });
  const values = scheme.variables?.["values"] as tf.Variable;
  const of = (loss: (z: tf.Tensor2D) => tf.Tensor) => {
    const { grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(loss(z)), [z, values]);
    return {
      toLatents: [...grads[z.name].dataSync()],
      toValues: [...grads[values.name].dataSync()],
    };
  };
  const z = tf.variable(
    tf.tensor2d([
      [0.3, -0.1],
      [0.6, 0.1],
    ]),
  );
  const terms = (at: tf.Tensor2D): Record<string, tf.Tensor> => {
    const posterior = scheme.posterior(at, context);
    return {
      drawn: tf.mul(scheme.draw(posterior, context), tf.tensor1d([3, 5])),
      ...(scheme.terms(posterior, posterior.chosen, context) as Record<string, tf.Tensor>),
      zero: tf.add(tf.mul(at, 0), tf.mul(tf.sum(values), 0)),
    };
  };
  const part = (name: string) =>
    of((at) => {
      const all = terms(at);
      return tf.add(tf.sum(all[name]), tf.sum(all["zero"]));
    });
  expectClose(part("drawn").toLatents, [3, 5, 3, 5]);
  expectClose(part("drawn").toValues, [0, 0, 0, 0, 0, 0]);
  // Nearest values: 0.5, 0; 0.5, 0.
  expectClose(part("commitment").toLatents, [-0.4, -0.2, 0.2, 0.2], { rtol: 1e-5 });
  expectClose(part("commitment").toValues, [0, 0, 0, 0, 0, 0]);
  expectClose(part("quantization").toLatents, [0, 0, 0, 0]);
  expectClose(part("quantization").toValues, [0, 0, 0.2, 0, 0, 0], { rtol: 1e-4, atol: 1e-6 });
});

const small = (): Qlae =>
  qlae({ image: [8, 8, 1], latent: 4, values: 5, network: { kind: "mlp", hidden: [32] }, seed: 1 });

test("a quantized autoencoder trains, measures, samples from its values, and comes back from a file", async () => {
  const data = crosses(400);
  const model = small();
  const optimizer = adamW({ learningRate: 3e-3, weightDecay: 0.1 });
  const { report, history } = await train(model, data, {
    epochs: 8,
    batchSize: 50,
    optimizer,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  const losses = history.epochs.map(({ training }) => training["distortion"]);
  expect(losses[7]).toBeLessThan(0.9 * losses[0]);
  const { rate, elbo, nll } = await evaluate(model, data, { samples: 2 });
  expectClose([rate.mean], [4 * Math.log(5)], { rtol: 1e-6 });
  // A posterior of one point: the importance-weighted bound is the ELBO, whatever k.
  expectClose([nll.mean], [-elbo.mean], { rtol: 1e-5 });
  const codes = await model.encode(data);
  expect(new Set(codes.data).size).toBeLessThanOrEqual(4 * 5);
  const values = (await model.readWeights())["latents/z/values"].data;
  expect([...codes.data].every((code) => values.includes(code as never))).toBe(true);
  const folder = join(await emptyFolder(), "model");
  await model.save(folder);
  const loaded = await loadQlae(folder);
  expect((await loaded.sample(5, { seed: 2 })).data).toEqual(
    (await model.sample(5, { seed: 2 })).data,
  );
});

test("one value per dimension is refused", () => {
  expect(() => latentQuantization({ size: 2, values: 1 })).toThrow(
    "latentQuantization: values must be",
  );
});
