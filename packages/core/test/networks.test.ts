import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { bernoulliLikelihood } from "../src/likelihoods/bernoulli.ts";
import { categoricalLikelihood } from "../src/likelihoods/categorical.ts";
import { gaussianLikelihood } from "../src/likelihoods/gaussian.ts";
import type { ExampleSpec } from "../src/likelihoods/likelihood.ts";
import { conv } from "../src/networks/conv.ts";
import { mlp } from "../src/networks/mlp.ts";
import type { NetworkShapes } from "../src/networks/network.ts";
import { resnet } from "../src/networks/resnet.ts";
import { variablesOf } from "../src/networks/variablesOf.ts";
import type { NamedVariables, Networks } from "../src/step/part.ts";
import { normals, toTensor } from "./support/tensors.ts";

const image = (shape: readonly number[]): ExampleSpec => ({ x: bernoulliLikelihood(shape) });
const vectors = { features: [10], latent: [5] };
const base: NetworkShapes = { example: image([28, 28, 1]), latents: vectors, seed: 1 };
/** Two parameters for each of two channels. */
const small: NetworkShapes = {
  ...base,
  example: { x: gaussianLikelihood([8, 8, 2], { scale: "pixel" }) },
};
const maps: NetworkShapes = { ...small, latents: { features: [4, 4, 3], latent: [4, 4, 3] } };
const odd: NetworkShapes = {
  ...base,
  example: { x: gaussianLikelihood([11, 7, 3], { scale: "pixel" }) },
};
const signal: NetworkShapes = { ...base, example: { x: gaussianLikelihood([21, 2]) } };

const shapes = ({ encoder, decoder }: Networks): unknown => ({
  encoder: [encoder.inputs[0].shape, encoder.outputs[0].shape],
  decoder: [decoder.inputs[0].shape, decoder.outputs[0].shape],
});
const namedOf = (networks: Networks): NamedVariables =>
  Object.assign(
    {},
    ...Object.entries(networks).map(([name, network]) => variablesOf(name, network).trained),
  ) as NamedVariables;
const weightsOf = (networks: Networks): [string, Float32Array][] =>
  Object.entries(namedOf(networks)).map(([name, variable]) => [
    name,
    variable.dataSync<"float32">(),
  ]);

describe.each([
  {
    name: "mlp",
    make: (seed: number) => mlp({ ...small, hidden: [7, 6], seed }),
    input: [128],
    features: [10],
    latent: [5],
    output: [8, 8, 4],
  },
  {
    name: "mlp with a condition and maps of latents",
    make: (seed: number) => mlp({ ...maps, hidden: [7], condition: { size: 3 }, seed }),
    input: [131],
    features: [4, 4, 3],
    latent: [51],
    output: [8, 8, 4],
  },
  {
    name: "mlp of a table",
    make: (seed: number) =>
      mlp({
        ...base,
        example: {
          age: gaussianLikelihood([], { scale: "pixel" }),
          city: categoricalLikelihood([], { classes: 4 }),
          adult: bernoulliLikelihood([]),
        },
        hidden: [7],
        seed,
      }),
    input: [1 + 4 + 1],
    features: [10],
    latent: [5],
    output: [2 + 4 + 1],
  },
  {
    name: "conv",
    make: (seed: number) =>
      conv({ ...small, widths: [3, 4], hidden: [6], condition: { size: 2 }, seed }),
    input: [8, 8, 4],
    features: [10],
    latent: [7],
    output: [8, 8, 4],
  },
  {
    name: "conv with maps of latents",
    make: (seed: number) => conv({ ...maps, widths: [3], condition: { size: 2 }, seed }),
    input: [8, 8, 4],
    features: [4, 4, 3],
    latent: [4, 4, 5],
    output: [8, 8, 4],
  },
  {
    name: "conv of odd sides",
    make: (seed: number) => conv({ ...odd, widths: [3, 4], hidden: [6], seed }),
    input: [11, 7, 3],
    features: [10],
    latent: [5],
    output: [11, 7, 6],
  },
  {
    name: "conv of signals",
    make: (seed: number) =>
      conv({ ...signal, widths: [3, 4], hidden: [6], condition: { size: 1 }, seed }),
    input: [21, 3],
    features: [10],
    latent: [6],
    output: [21, 2],
  },
  {
    name: "resnet",
    make: (seed: number) =>
      resnet({ ...maps, width: 6, residualWidth: 4, condition: { size: 1 }, seed }),
    input: [8, 8, 3],
    features: [4, 4, 3],
    latent: [4, 4, 4],
    output: [8, 8, 4],
  },
  {
    name: "resnet with vectors of latents, odd sides",
    make: (seed: number) => resnet({ ...odd, width: 6, blocks: 1, seed }),
    input: [11, 7, 3],
    features: [10],
    latent: [5],
    output: [11, 7, 6],
  },
  {
    name: "resnet of signals with maps of latents",
    make: (seed: number) =>
      resnet({
        ...signal,
        latents: { features: [6, 4], latent: [6, 2] },
        width: 4,
        residualWidth: 3,
        seed,
      }),
    input: [21, 2],
    features: [6, 4],
    latent: [6, 2],
    output: [21, 2],
  },
])("$name", ({ make, input, features, latent, output }) => {
  const networks = make(1);

  test("takes and gives the shapes that were asked for", () => {
    expect(shapes(networks)).toEqual({
      encoder: [
        [null, ...input],
        [null, ...features],
      ],
      decoder: [
        [null, ...latent],
        [null, ...output],
      ],
    });
  });

  test("two of the same seed have the same names and bytes, another seed has other kernels", () => {
    expect(weightsOf(make(1))).toEqual(weightsOf(networks));
    const others = weightsOf(make(2));
    weightsOf(networks).forEach(([name, values], i) => {
      expect(others[i][0]).toBe(name);
      if (name.endsWith("kernel")) expect(others[i][1]).not.toEqual(values);
    });
  });

  test("names are those of network, layer and weight", () => {
    const names = weightsOf(networks).map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /^(encoder|decoder)\/\w+\/(kernel|bias)$/.test(name))).toBe(true);
  });

  test("every variable has a finite gradient, and no kernel's is zero", () => {
    for (const [name, shape] of [
      ["encoder", input],
      ["decoder", latent],
    ] as const) {
      const { trained } = variablesOf(name, networks[name]);
      const x = toTensor(normals(3, [4, ...shape]));
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(networks[name].apply(x, { training: true }) as tf.Tensor)),
        Object.values(trained),
      );
      for (const [path, variable] of Object.entries(trained)) {
        const gradient = grads[variable.name].dataSync();
        expect(gradient.every(Number.isFinite)).toBe(true);
        if (path.endsWith("kernel")) expect(gradient.some((g) => g !== 0)).toBe(true);
      }
    }
  });

  test("its topology survives JSON, and its weights move over by order", async () => {
    const { encoder } = networks;
    const modelTopology = JSON.parse(JSON.stringify(encoder.toJSON(null, false))) as object;
    const copy = await tfl.models.modelFromJSON({ modelTopology } as never);
    copy.setWeights(encoder.getWeights());
    const x = toTensor(normals(4, [2, ...input]));
    expect((copy.apply(x) as tf.Tensor).dataSync()).toEqual(
      (encoder.apply(x) as tf.Tensor).dataSync(),
    );
    expect(Object.keys(variablesOf("encoder", copy).trained)).toEqual(
      Object.keys(variablesOf("encoder", encoder).trained),
    );
  });
});

const parameterCount = ({ encoder, decoder }: Networks): number =>
  encoder.countParams() + decoder.countParams();

test("the mlp has 784-400-L parameters by default", () => {
  const latents = { features: [40], latent: [20] };
  expect(parameterCount(mlp({ ...base, latents }))).toBe(
    784 * 400 + 400 + 400 * 40 + 40 + 20 * 400 + 400 + 400 * 784 + 784,
  );
});

/** Shapes of what layers with weights give, without the batch. */
const sizes = (network: tfl.LayersModel): unknown[] =>
  network.layers
    .filter(({ weights }) => weights.length > 0)
    .map(({ outputShape }) => (outputShape as number[]).slice(1).join("x"));

test.each([
  [[28, 28, 1], "7x7x64"],
  [[27, 27, 1], "7x7x64"],
  [[32, 32, 3], "4x4x64"],
  [[64, 64, 4], "4x4x64"],
  [[16, 32, 1], "4x8x64"],
  [[100, 100, 3], "7x7x64"],
  [[5, 300, 1], "1x38x64"],
  [[2, 2, 1], "1x1x32"],
])("conv halves %j, rounding up, to %s", (shape, expected) => {
  const { encoder, decoder } = conv({ ...base, example: image(shape), hidden: [4] });
  expect(sizes(encoder).findLast((size) => String(size).includes("x"))).toBe(expected);
  expect(decoder.outputs[0].shape.slice(1)).toEqual(shape);
});

test("for 64x64, conv is the 32-32-64-64, dense 256 network of the disentanglement studies", () => {
  const { encoder, decoder } = conv({
    ...base,
    example: image([64, 64, 1]),
    latents: { features: [20], latent: [10] },
  });
  expect(sizes(encoder)).toEqual(["32x32x32", "16x16x32", "8x8x64", "4x4x64", "256", "20"]);
  expect(sizes(decoder)).toEqual(["256", "1024", "8x8x64", "16x16x32", "32x32x32", "64x64x1"]);
});

test.each([
  ["conv", [100, 100, 3], 2.2e6, conv],
  ["conv", [256, 256, 3], 1.2e6, conv],
  ["resnet", [256, 256, 3], 3e6, resnet],
  ["resnet", [28, 28, 1], 1.6e6, resnet],
] as const)("%s scales with the image: few parameters for %j", (_, shape, most, make) => {
  const networks = make({
    ...base,
    example: image(shape),
    latents: { features: [40], latent: [20] },
  });
  expect(parameterCount(networks)).toBeLessThan(most);
});

test("the default resnet for 32x32 images has the layers of the VQ-VAE paper", () => {
  const { encoder, decoder } = resnet({
    ...base,
    example: image([32, 32, 3]),
    latents: { features: [8, 8, 64], latent: [8, 8, 64] },
  });
  const kernels = (network: tfl.LayersModel): unknown[] =>
    network.layers
      .filter(({ weights }) => weights.length > 0)
      .map(({ weights }) => weights[0].shape.join(" "));
  const residual = ["3 3 128 32", "1 1 32 128"];
  expect(kernels(encoder)).toEqual([
    "4 4 3 64",
    "4 4 64 128",
    "3 3 128 128",
    ...residual,
    ...residual,
    "1 1 128 64",
  ]);
  expect(kernels(decoder)).toEqual([
    "3 3 64 128",
    ...residual,
    ...residual,
    "4 4 64 128",
    "4 4 3 64",
  ]);
});

test("a residual block whose last convolution is zero passes its input on", () => {
  const [plain, blocks] = [0, 2].map((count) =>
    resnet({ ...maps, width: 4, residualWidth: 3, blocks: count }),
  );
  for (const [name, variable] of Object.entries(namedOf(blocks))) {
    if (/residual\d_conv1/.test(name)) variable.assign(tf.zerosLike(variable));
  }
  const x = toTensor(normals(5, [2, 8, 8, 2]));
  expectClose(
    (blocks["encoder"].apply(x) as tf.Tensor).dataSync(),
    (plain["encoder"].apply(x) as tf.Tensor).dataSync(),
  );
});

test("a cropped decoder gives the first rows and columns of the uncropped one", () => {
  const even = conv({ ...base, example: image([12, 8, 1]), widths: [3], hidden: [4] });
  const cropped = conv({ ...base, example: image([11, 7, 1]), widths: [3], hidden: [4] });
  const z = toTensor(normals(6, [2, 5]));
  const whole = even["decoder"].apply(z) as tf.Tensor4D;
  expectClose(
    (cropped["decoder"].apply(z) as tf.Tensor).dataSync(),
    tf.slice(whole, [0, 0, 0, 0], [2, 11, 7, 1]).dataSync(),
  );
});

const bad = (value: unknown): never => value as never;

test.each([
  [() => mlp({ ...base, hidden: [0] }), "mlp: hidden[0] must be an integer at least 1, got 0"],
  [
    () => mlp({ ...base, hidden: [] }),
    "mlp: hidden must be a list of at least 1: an integer at least 1, got []",
  ],
  [
    () => mlp({ ...base, hidden: bad(400) }),
    "mlp: hidden must be a list of at least 1: an integer at least 1, got 400",
  ],
  [
    () => mlp({ ...base, latents: bad({}) }),
    "mlp: latents must be a scheme with features and latent, one level, got",
  ],
  [() => mlp({ ...base, example: {} }), "mlp: example must have at least one column, got none"],
  [
    () => mlp({ ...base, condition: { size: -1 } }),
    "mlp: condition.size must be an integer at least 0, got -1",
  ],
  [() => mlp({ ...base, seed: 0.5 }), "mlp: seed must be an integer, got 0.5"],
  [
    () => mlp({ ...base, initializer: bad("lecun") }),
    'mlp: initializer must be one of "he", "glorot", "fan-in", got "lecun"',
  ],
  [() => mlp(bad({ ...base, widths: [3] })), 'got "widths"'],
  [
    () => conv({ ...base, example: image([13]) }),
    "conv: the example must be one image [height, width, channels] or one signal [length, channels], got [13]; mlp takes anything",
  ],
  [
    () => conv({ ...base, latents: { features: [5, 5, 2], latent: [5] } }),
    "conv: features must be [n], or [h, w, n] with h and w those of the example (28x28) halved once or more, rounded up, got [5, 5, 2]",
  ],
  [
    () => conv({ ...signal, latents: { features: [10, 10, 2], latent: [5] } }),
    "conv: features must be [n], or [l, n] with l that of the example (21) halved once or more, rounded up, got [10, 10, 2]",
  ],
  [
    () => conv({ ...maps, widths: [4, 4] }),
    "conv: widths must have 1 values to give maps of that size, got 2",
  ],
  [
    () => conv({ ...maps, latents: { features: [4, 4, 3], latent: [2, 2, 3] } }),
    "conv: features and latent must have the same height and width, got [4, 4, 3] and [2, 2, 3]",
  ],
  [() => resnet({ ...maps, width: 5 }), "resnet: width must be even, got 5"],
  [() => resnet({ ...maps, blocks: -1 }), "resnet: blocks must be an integer at least 0, got -1"],
])("%s is refused in a sentence", (make, sentence) => {
  expect(make).toThrow(sentence);
});
