import { jit } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import { categoricalLikelihood } from "../src/likelihoods/categorical.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import type { ExampleSpec } from "../src/likelihoods/likelihood.ts";
import { conv } from "../src/networks/conv.ts";
import { mlp } from "../src/networks/mlp.ts";
import { resnet } from "../src/networks/resnet.ts";
import { variablesOf } from "../src/networks/variablesOf.ts";
import type { Networks } from "../src/step/part.ts";
import { normals } from "./support/tensors.ts";

const latents = { features: [3], latent: [3] };
const of = (likelihood: ExampleSpec[string]): ExampleSpec => ({ x: likelihood });
const image = (shape: readonly number[]): ExampleSpec => of(bernoulliLikelihood(shape));

const rows: Record<string, () => Networks> = {
  "mlp, 3x3": () => mlp({ example: image([3, 3, 1]), latents, hidden: [5] }),
  "conv, 27x13, 1 channel": () =>
    conv({ example: image([27, 13, 1]), latents, widths: [3, 4], hidden: [5] }),
  "conv, 9x10, 2 channels": () =>
    conv({ example: image([9, 10, 2]), latents, widths: [3, 4], hidden: [5] }),
  "conv, 11x11, 3 channels, maps": () =>
    conv({
      example: image([11, 11, 3]),
      latents: { features: [3, 3, 2], latent: [3, 3, 2] },
      widths: [3, 4],
    }),
  "conv, 5x6, 4 channels": () =>
    conv({ example: image([5, 6, 4]), latents, widths: [3], hidden: [5] }),
  "conv of a signal of 21": () =>
    conv({ example: of(gaussianLikelihood([21, 2])), latents, widths: [3, 4], hidden: [5] }),
  "conv of tokens": () =>
    conv({
      example: of(categoricalLikelihood([10], { classes: 4 })),
      latents,
      widths: [3],
      hidden: [5],
    }),
  "resnet, 7x9, 3 channels": () =>
    resnet({ example: image([7, 9, 3]), latents, width: 4, residualWidth: 3, blocks: 1 }),
  "resnet of a signal of 13, maps": () =>
    resnet({
      example: of(gaussianLikelihood([13, 1])),
      latents: { features: [4, 2], latent: [4, 2] },
      width: 4,
      residualWidth: 3,
      blocks: 1,
    }),
};

/** Output of `decoder(encoder(x))` and the gradient of its mean square in every variable. */
async function run(
  networks: Networks,
  engine: "native" | "eager",
): Promise<Record<string, NdArray>> {
  const { encoder, decoder } = networks;
  const variables = {
    ...variablesOf("encoder", encoder).trained,
    ...variablesOf("decoder", decoder).trained,
  };
  const list = Object.values(variables);
  const input = encoder.inputs[0].shape.slice(1) as number[];
  const compiled = jit(
    ({ x }) => {
      const y = (given: tf.Tensor): tf.Tensor =>
        decoder.apply(encoder.apply(given, { training: true }), {
          training: true,
        }) as tf.Tensor;
      const { grads } = tf.variableGrads(() => tf.mean(tf.square(y(x))), list);
      const named = Object.entries(variables).map(([name, variable]) => [
        name,
        grads[variable.name],
      ]);
      return { y: y(x), ...(Object.fromEntries(named) as Record<string, tf.Tensor>) };
    },
    { feeds: { x: { shape: [null, ...input] } }, state: list, engine },
  );
  const { data } = normals(1, [3, ...input]);
  const result = await compiled({ x: { data: Float32Array.from(data), shape: [3, ...input] } });
  compiled.dispose();
  return result;
}

test.each(Object.entries(rows))(
  "compiled equals eager, gradients included: %s",
  async (_, make) => {
    const networks = make();
    const [native, eager] = [await run(networks, "native"), await run(networks, "eager")];
    expect(Object.keys(native)).toEqual(Object.keys(eager));
    for (const [name, { data }] of Object.entries(eager)) {
      expectClose(native[name].data, data, { rtol: 1e-3, atol: 1e-5 });
    }
  },
);
