import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import { assertLinearEnd, checkNetworks, lastActivation } from "../src/networks/checkNetworks.ts";
import { createEncoder, createNetworks } from "../src/networks/createNetworks.ts";
import type { NetworkShapes } from "../src/networks/network.ts";
import { mlp } from "../src/networks/mlp.ts";
import type { Networks } from "../src/step/part.ts";

const shapes: NetworkShapes = {
  example: { x: bernoulliLikelihood([4, 4, 1]) },
  latents: { features: [4], latent: [2] },
  seed: 1,
};
const bad = (value: unknown): never => value as never;
const sizesOf = ({ encoder }: Networks): unknown =>
  encoder.layers.map(({ outputShape }) => outputShape);

describe("createNetworks", () => {
  test("takes names, names with sizes, functions of the shapes, and networks", () => {
    const expected = sizesOf(mlp({ ...shapes, hidden: [5] }));
    expect(sizesOf(createNetworks({ kind: "mlp", hidden: [5] }, shapes))).toEqual(expected);
    expect(sizesOf(createNetworks((given) => mlp({ ...given, hidden: [5] }), shapes))).toEqual(
      expected,
    );
    const own = mlp(shapes);
    expect(createNetworks(own, shapes)).toBe(own);
    expect(sizesOf(createNetworks("mlp", shapes))).toEqual(sizesOf(own));
  });

  test.each([
    [
      undefined,
      "createNetworks: network must be a name, an object with a kind, a record of networks or a function that makes one, got undefined",
    ],
    ["vgg", "createNetworks: the kind of a network must be registered (mlp, conv, resnet)"],
    [{ kind: "mlp", width: 3 }, 'got "width"'],
    [
      { encoder: 3, decoder: 4 },
      "createNetworks: network must be a record of layers models, { encoder, decoder }, got encoder 3",
    ],
    [{}, "createNetworks: network must hold an encoder and a decoder, got none"],
  ])("refuses %j in a sentence", (choice, sentence) => {
    expect(() => createNetworks(bad(choice), shapes)).toThrow(sentence);
  });

  test("an encoder without a decoder, and one network alone, are refused by name", () => {
    const { encoder } = mlp(shapes);
    expect(() => createNetworks({ encoder }, shapes)).toThrow(
      "createNetworks: network must hold an encoder and a decoder, got encoder",
    );
    expect(() => createNetworks(bad(encoder), shapes)).toThrow(
      "createNetworks: network must be a record of layers models, { encoder, decoder }, got one network",
    );
  });
});

describe("createEncoder", () => {
  const example = { x: bernoulliLikelihood([8, 8, 1]) };
  const wanted = { example, features: [3], seed: 2 };
  const both = { example, latents: { features: [3], latent: [3] }, seed: 2 };
  const valuesOf = (network: tfl.LayersModel): number[][] =>
    network.getWeights().map((weight) => [...weight.dataSync()]);

  test.each(["mlp", "conv", "resnet"] as const)(
    "gives the encoder of %s without a decoder",
    (kind) => {
      const before = tf.memory().numTensors;
      const encoder = createEncoder(kind, wanted);
      const made = tf.memory().numTensors - before;
      expect(made).toBe(encoder.weights.length);
      expect(valuesOf(encoder)).toEqual(valuesOf(createNetworks(kind, both)["encoder"]));
    },
  );

  test("takes that of a function of the shapes, and refuses networks", () => {
    const own = createEncoder((shapes) => mlp({ ...shapes, hidden: [5] }), wanted);
    expect(valuesOf(own)).toEqual(valuesOf(createEncoder({ kind: "mlp", hidden: [5] }, wanted)));
    expect(() => createEncoder(mlp(both), wanted)).toThrow(
      "createEncoder: network must be a name, an object with a kind or a function, got encoder, decoder",
    );
  });
});

const sequential = (...layers: tfl.layers.Layer[]): tfl.LayersModel => tfl.sequential({ layers });
const dense = (config: object = {}): tfl.layers.Layer =>
  tfl.layers.dense({ units: 16, inputShape: [2], name: "last", ...config });

describe("a network that must end without an activation", () => {
  const ends: [string, () => tfl.LayersModel, string][] = [
    ["a sigmoid", () => sequential(dense({ activation: "sigmoid" })), "sigmoid"],
    [
      "a sigmoid before reshape and flatten",
      () =>
        sequential(
          dense({ activation: "sigmoid" }),
          tfl.layers.reshape({ targetShape: [4, 4, 1] }),
          tfl.layers.flatten(),
        ),
      "sigmoid",
    ],
    [
      "an activation layer",
      () => sequential(dense(), tfl.layers.activation({ activation: "tanh", name: "last" })),
      "tanh",
    ],
    ["a ReLU layer", () => sequential(dense(), tfl.layers.reLU({ name: "last" })), "ReLU"],
    [
      "a network inside that ends in one",
      () =>
        sequential(
          tfl.layers.dense({ units: 2, inputShape: [2] }),
          sequential(dense({ activation: "relu" })),
        ),
      "relu",
    ],
  ];
  test.each(ends)("is refused when it ends in %s", (_, make, activation) => {
    const network = make();
    expect(lastActivation(network)).toEqual({ layer: "last", activation });
    expect(() => {
      assertLinearEnd("createModel", { name: "decoder", gives: "logits" }, network);
    }).toThrow(
      `createModel: the decoder must end without an activation, since it gives logits, got ${activation} in its layer last: leave it out, the model applies what is needed`,
    );
  });

  test("is accepted when it does, whatever stands before", () => {
    const network = sequential(
      tfl.layers.dense({ units: 3, inputShape: [2], activation: "sigmoid" }),
      dense({ inputShape: undefined, activation: "linear" }),
      tfl.layers.reshape({ targetShape: [4, 4, 1] }),
    );
    expect(lastActivation(network)).toBeUndefined();
  });
});

/** A layer that nobody registered. */
class Doubling extends tfl.layers.Layer {
  static readonly className = "Doubling";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, 2);
  }
}

describe("checkNetworks refuses by name", () => {
  const check =
    (...layers: tfl.layers.Layer[]) =>
    (): void => {
      checkNetworks("createModel", { decoder: sequential(...layers) });
    };

  test("regularizers and constraints, also inside of a network", () => {
    expect(check(dense({ kernelRegularizer: "l1l2" }))).toThrow(
      "createModel: layer last of the decoder must have no kernelRegularizer, which training would not apply: use adamW({ weightDecay }), or a term of the objective",
    );
    expect(check(dense({ biasConstraint: "nonNeg" }))).toThrow(
      "createModel: layer last of the decoder must have no biasConstraint, which training would not apply",
    );
    const inner = sequential(dense({ kernelRegularizer: "l1l2" }));
    expect(
      check(tfl.layers.dense({ units: 2, inputShape: [2] }), inner as unknown as tfl.layers.Layer),
    ).toThrow("layer last of the decoder must have no kernelRegularizer");
    expect(check(dense())).not.toThrow();
  });

  test("layers of a class that could not be loaded, until it is registered", () => {
    const layers = (): [tfl.layers.Layer, tfl.layers.Layer] => [
      dense(),
      new Doubling({ name: "twice" }),
    ];
    expect(check(...layers())).toThrow(
      "createModel: layer twice of the decoder must be of a class that can be loaded, got Doubling: register it with tf.serialization.registerClass(Doubling)",
    );
    tf.serialization.registerClass(Doubling);
    expect(check(...layers())).not.toThrow();
  });
});
