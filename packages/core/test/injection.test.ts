/** How a condition enters networks: by concatenation, as maps, by FiLM. */
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { bernoulliLikelihood, conv, gaussian, mlp, reparameterized, resnet } from "../src/index.ts";
import type { InjectionChoice, Networks } from "../src/index.ts";

const shapes = {
  example: { x: bernoulliLikelihood([6, 5, 1]) },
  latents: reparameterized({ size: 2, posterior: gaussian }),
  condition: { size: 3 },
  seed: 1,
};
const makers = {
  mlp: (inject: InjectionChoice): Networks => mlp({ ...shapes, inject, hidden: [4, 3] }),
  conv: (inject: InjectionChoice): Networks =>
    conv({ ...shapes, inject, widths: [4], hidden: [5] }),
  resnet: (inject: InjectionChoice): Networks =>
    resnet({ ...shapes, inject, width: 4, blocks: 1, residualWidth: 2 }),
};

const inputs = (network: tfl.LayersModel): unknown =>
  network.inputs.map(({ shape }) => shape.slice(1));
const weights = (network: tfl.LayersModel): string[] =>
  network.weights.map(({ originalName }) => originalName);

test.each([
  ["mlp", "concatenate", [[33]], [[5]]],
  ["mlp", "film", [[30], [3]], [[2], [3]]],
  ["conv", "concatenate", [[6, 5, 1], [3]], [[5]]],
  ["conv", "maps", [[6, 5, 4]], [[2], [3]]],
  ["conv", "film", [[6, 5, 1], [3]], [[2], [3]]],
  ["conv", { encoder: "film" }, [[6, 5, 1], [3]], [[5]]],
  ["conv", {}, [[6, 5, 4]], [[5]]],
  ["resnet", "maps", [[6, 5, 4]], [[2], [3]]],
  ["resnet", "film", [[6, 5, 1], [3]], [[2], [3]]],
] as const)("%s with %j takes what it says", (name, inject, encoder, decoder) => {
  const networks = makers[name](inject);
  expect(inputs(networks["encoder"])).toEqual(encoder);
  expect(inputs(networks["decoder"])).toEqual(decoder);
});

test.each(["concatenate", "maps"] as const)(
  "with %s every value of the condition is seen",
  (inject) => {
    const { encoder, decoder } = makers.conv(inject);
    const told = (i: number): tf.Tensor =>
      tf.cast(tf.oneHot(tf.tensor1d([i], "int32"), 3), "float32");
    const none = tf.zeros([1, 3]);
    const run = (network: tfl.LayersModel, x: tf.Tensor, c: tf.Tensor): number[] => {
      const both = network.inputs.length === 2;
      const maps = x.rank === 4 ? tf.tile(tf.reshape(c, [1, 1, 1, 3]), [1, 6, 5, 1]) : c;
      const input = both ? [x, c] : tf.concat([x, maps], x.rank - 1);
      return [...(network.predict(input) as tf.Tensor).dataSync()];
    };
    for (const [network, x] of [
      [encoder, tf.ones([1, 6, 5, 1])],
      [decoder, tf.ones([1, 2])],
    ] as const) {
      const without = run(network, x, none);
      for (const i of [0, 1, 2]) expect(run(network, x, told(i))).not.toEqual(without);
    }
  },
);

test("FiLM is x + scale(c) x + shift(c) before the ReLU, by hand", () => {
  const { encoder } = mlp({ ...shapes, inject: "film", hidden: [4] });
  const weight = (name: string): tf.Variable =>
    encoder.weights.find(({ originalName }) => originalName === name)?.read() as tf.Variable;
  const [scale, shift] = ["scale", "shift"].map((role) => weight(`dense1_${role}/kernel`));
  scale.assign(tf.reshape(tf.linspace(-1, 1, 12), [3, 4]));
  shift.assign(tf.reshape(tf.linspace(0.5, -0.5, 12), [3, 4]));
  const x = tf.reshape(tf.linspace(-1, 1, 60), [2, 30]);
  const c = tf.tensor2d([1, 0, 0, 0.5, -1, 2], [2, 3]);
  const hidden = tf.add(
    tf.matMul(x, weight("dense1/kernel") as unknown as tf.Tensor2D),
    weight("dense1/bias"),
  );
  const moved = tf.add(
    tf.add(hidden, tf.mul(hidden, tf.matMul(c, scale as unknown as tf.Tensor2D))),
    tf.matMul(c, shift as unknown as tf.Tensor2D),
  );
  const wanted = tf.add(
    tf.matMul(tf.relu(moved), weight("features/kernel") as unknown as tf.Tensor2D),
    weight("features/bias"),
  );
  expectClose((encoder.predict([x, c]) as tf.Tensor).dataSync(), wanted.dataSync());
});

test("FiLM changes nothing at the start, and its networks start as those without a condition", () => {
  const plain = conv({ ...shapes, condition: { size: 0 }, widths: [4], hidden: [5] });
  const film = makers.conv("film");
  const z = tf.tensor2d([0.3, -1], [1, 2]);
  expectClose(
    (film["decoder"].predict([z, tf.ones([1, 3])]) as tf.Tensor).dataSync(),
    (plain["decoder"].predict(z) as tf.Tensor).dataSync(),
  );
  expect(weights(film["decoder"]).filter((name) => /scale|shift/.test(name))).toEqual([
    "dense1_scale/kernel",
    "dense1_shift/kernel",
    "maps_scale/kernel",
    "maps_shift/kernel",
  ]);
});

test("maps are refused where there are none, and vectors where all is maps", () => {
  expect(() => makers.mlp("maps")).toThrow(
    'mlp: inject of the encoder must be "concatenate" or "film" in networks without maps, got "maps"',
  );
  const latents = { features: [3, 3, 4], latent: [3, 3, 2] };
  expect(() => conv({ ...shapes, latents, inject: "concatenate" })).toThrow(
    'conv: inject of the encoder must be "maps" or "film" where it is all maps, got "concatenate" for [3, 3, 4]',
  );
  expect(() => conv({ ...shapes, inject: "FiLM" as never })).toThrow("conv: inject must be one of");
});
