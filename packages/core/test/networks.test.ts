import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { conv } from "../src/networks/conv.ts";
import type { ConvOptions } from "../src/networks/conv.ts";
import { mlp } from "../src/networks/mlp.ts";
import type { Networks } from "../src/networks/network.ts";
import { resnet } from "../src/networks/resnet.ts";
import { variablesOf } from "../src/networks/variablesOf.ts";
import { meanOf, normals, toTensor } from "./support/tensors.ts";

const base = { image: [28, 28, 1], features: [10], latent: [5], outputChannels: 1, seed: 1 };
const small = { ...base, image: [8, 8, 2], outputChannels: 4 };
const maps = { ...small, features: [4, 4, 3], latent: [4, 4, 3] };

const shapes = ({ encoder, decoder }: Networks): unknown => ({
  encoder: [encoder.inputs[0].shape, encoder.outputs[0].shape],
  decoder: [decoder.inputs[0].shape, decoder.outputs[0].shape],
});
const weightsOf = ({ encoder, decoder }: Networks): [string, Float32Array][] =>
  [encoder, decoder].flatMap((network) =>
    variablesOf(network).named.map(({ name, variable }): [string, Float32Array] => [
      name,
      variable.dataSync<"float32">(),
    ]),
  );

describe.each([
  {
    name: "mlp",
    make: (seed: number) => mlp({ ...small, hidden: [7, 6], seed }),
    input: [128],
    features: [10],
    latent: [5],
  },
  {
    name: "mlp with a condition and maps of latents",
    make: (seed: number) => mlp({ ...maps, hidden: [7], condition: 3, seed }),
    input: [131],
    features: [4, 4, 3],
    latent: [51],
  },
  {
    name: "conv",
    make: (seed: number) => conv({ ...small, widths: [3, 4], hidden: [6], condition: 2, seed }),
    input: [8, 8, 4],
    features: [10],
    latent: [7],
  },
  {
    name: "conv with maps of latents",
    make: (seed: number) => conv({ ...maps, widths: [3], condition: 2, seed }),
    input: [8, 8, 4],
    features: [4, 4, 3],
    latent: [4, 4, 5],
  },
  {
    name: "resnet",
    make: (seed: number) => resnet({ ...maps, width: 6, residualWidth: 4, condition: 1, seed }),
    input: [8, 8, 3],
    features: [4, 4, 3],
    latent: [4, 4, 4],
  },
  {
    name: "resnet with vectors of latents",
    make: (seed: number) => resnet({ ...small, width: 6, blocks: 1, seed }),
    input: [8, 8, 2],
    features: [10],
    latent: [5],
  },
])("$name", ({ make, input, features, latent }) => {
  const networks = make(1);

  test("takes and gives the shapes that were asked for", () => {
    expect(shapes(networks)).toEqual({
      encoder: [
        [null, ...input],
        [null, ...features],
      ],
      decoder: [
        [null, ...latent],
        [null, 8, 8, 4],
      ],
    });
  });

  test("two of the same seed have the same names and bytes, another seed has other kernels", () => {
    expect(weightsOf(make(1))).toEqual(weightsOf(networks));
    const others = weightsOf(make(2));
    weightsOf(networks).forEach(([name, values], i) => {
      expect(others[i][0]).toBe(name);
      if (name.endsWith("kernel")) expect(others[i][1]).not.toEqual(values);
      else expect(values.every((x) => x === 0)).toBe(true);
    });
  });

  test("names are unique over both networks", () => {
    const names = weightsOf(networks).map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /^(encoder|decoder)_\w+\/(kernel|bias)$/.test(name))).toBe(true);
  });

  test("every variable has a gradient, and no kernel's is zero", () => {
    for (const [network, shape] of [
      [networks.encoder, input],
      [networks.decoder, latent],
    ] as const) {
      const { trainable, named } = variablesOf(network);
      const x = toTensor(normals(3, [4, ...shape]));
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(network.apply(x, { training: true }) as tf.Tensor)),
        [...trainable],
      );
      for (const { name, variable } of named) {
        const gradient = grads[variable.name].dataSync();
        expect(gradient.every(Number.isFinite)).toBe(true);
        if (name.endsWith("kernel")) expect(gradient.some((g) => g !== 0)).toBe(true);
      }
    }
  });

  test("its topology survives JSON, and its weights move over by order", async () => {
    const { encoder } = networks;
    const topology = JSON.parse(
      JSON.stringify(encoder.toJSON(null, false)),
    ) as tf.io.ModelJSON["modelTopology"];
    const copy = await tfl.models.modelFromJSON(topology);
    copy.setWeights(encoder.getWeights());
    const x = toTensor(normals(4, [2, ...input]));
    expect((copy.apply(x) as tf.Tensor).dataSync()).toEqual(
      (encoder.apply(x) as tf.Tensor).dataSync(),
    );
    expect(variablesOf(copy).named.map(({ name }) => name)).toEqual(
      variablesOf(encoder).named.map(({ name }) => name),
    );
  });
});

test("the mlp has 784-400-L parameters by default", () => {
  const { encoder, decoder } = mlp({ ...base, features: [40], latent: [20] });
  expect(encoder.countParams() + decoder.countParams()).toBe(
    784 * 400 + 400 + 400 * 40 + 40 + 20 * 400 + 400 + 400 * 784 + 784,
  );
});

describe("conv chooses its strides by the size of the image", () => {
  const smallestOf = (image: readonly number[], widths?: readonly number[]): unknown => {
    const options: ConvOptions = { ...base, image, hidden: [4] };
    const { encoder } = conv(widths === undefined ? options : { ...options, widths });
    const last = encoder.layers.findLast((layer) => layer.getClassName() === "Conv2D");
    return last?.outputShape;
  };
  test.each([
    [
      [28, 28, 1],
      [null, 7, 7, 64],
    ],
    [
      [32, 32, 3],
      [null, 4, 4, 64],
    ],
    [
      [64, 64, 1],
      [null, 4, 4, 64],
    ],
    [
      [16, 32, 1],
      [null, 4, 8, 64],
    ],
  ])("%j ends in %j", (image, expected) => {
    expect(smallestOf(image)).toEqual(expected);
  });

  test("for 64x64 they are the 32-32-64-64, dense 256 network of the disentanglement studies", () => {
    const { encoder, decoder } = conv({
      ...base,
      image: [64, 64, 1],
      features: [20],
      latent: [10],
    });
    const sizes = (network: tfl.LayersModel): unknown[] =>
      network.layers.filter(({ weights }) => weights.length > 0).map((layer) => layer.outputShape);
    expect(sizes(encoder)).toEqual([
      [null, 32, 32, 32],
      [null, 16, 16, 32],
      [null, 8, 8, 64],
      [null, 4, 4, 64],
      [null, 256],
      [null, 20],
    ]);
    expect(sizes(decoder)).toEqual([
      [null, 256],
      [null, 1024],
      [null, 8, 8, 64],
      [null, 16, 16, 32],
      [null, 32, 32, 32],
      [null, 64, 64, 1],
    ]);
  });
});

test("the default resnet for 32x32 images has the layers of the VQ-VAE paper", () => {
  const { encoder, decoder } = resnet({
    ...base,
    image: [32, 32, 3],
    features: [8, 8, 64],
    latent: [8, 8, 64],
    outputChannels: 3,
  });
  const sizes = (network: tfl.LayersModel): unknown[] =>
    network.layers
      .filter(({ weights }) => weights.length > 0)
      .map(({ weights }) => weights[0].shape.join(" "));
  const residual = ["3 3 128 32", "1 1 32 128"];
  expect(sizes(encoder)).toEqual([
    "4 4 3 64",
    "4 4 64 128",
    "3 3 128 128",
    ...residual,
    ...residual,
    "1 1 128 64",
  ]);
  expect(sizes(decoder)).toEqual([
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
  for (const { name, variable } of variablesOf(blocks.encoder).named) {
    if (/residual\d_conv1/.test(name)) variable.assign(tf.zerosLike(variable));
  }
  const x = toTensor(normals(5, [2, 8, 8, 2]));
  expectClose(
    (blocks.encoder.apply(x) as tf.Tensor).dataSync(),
    (plain.encoder.apply(x) as tf.Tensor).dataSync(),
  );
});

test("kernels are drawn for the layer's fan: activations neither vanish nor explode through ten layers", () => {
  const { encoder } = mlp({
    ...base,
    image: [16, 16, 1],
    features: [100],
    hidden: Array<number>(10).fill(256),
  });
  const y = encoder.apply(toTensor(normals(6, [64, 256]))) as tf.Tensor;
  const { mean: square } = meanOf(tf.square(y).dataSync());
  expect(square).toBeGreaterThan(0.5);
  expect(square).toBeLessThan(4);
});

test("kernels of strided convolutions count the taps that one output sums over", () => {
  const { decoder } = conv({ ...base, image: [64, 64, 1], widths: [16, 32], hidden: [64] });
  const kernelOf = (name: string): Float32Array | undefined =>
    variablesOf(decoder)
      .named.find((v) => v.name === `decoder_${name}/kernel`)
      ?.variable.dataSync<"float32">();
  const { mean: square } = meanOf((kernelOf("up1") ?? new Float32Array(2)).map((w) => w * w));
  expectClose([square], [2 / (4 * 32)], { rtol: 0.1 }); // 8192 draws: 5 standard errors are 0.08
  const limit = Math.sqrt(6 / (4 * 16 + 16));
  const pixels = kernelOf("pixels") ?? new Float32Array(1);
  expect(Math.max(...pixels)).toBeLessThanOrEqual(limit);
  expect(Math.max(...pixels)).toBeGreaterThan(0.9 * limit);
});

describe("variablesOf", () => {
  test("splits running statistics and frozen layers from what gradients move", () => {
    const network = tfl.sequential({
      layers: [
        tfl.layers.dense({ units: 2, inputShape: [3], name: "first", kernelInitializer: "zeros" }),
        tfl.layers.batchNormalization({ name: "norm" }),
        tfl.layers.dense({
          units: 1,
          name: "frozen",
          kernelInitializer: "zeros",
          trainable: false,
        }),
      ],
    });
    const { trainable, nonTrainable, named } = variablesOf(network);
    expect(named.map(({ name }) => name)).toEqual([
      "first/kernel",
      "first/bias",
      "norm/gamma",
      "norm/beta",
      "norm/moving_mean",
      "norm/moving_variance",
      "frozen/kernel",
      "frozen/bias",
    ]);
    expect(trainable).toHaveLength(4);
    expect(nonTrainable).toHaveLength(4);
    expect(trainable[0]).toBeInstanceOf(tf.Variable);
    expect(named.map(({ variable }) => variable)).toEqual([...trainable, ...nonTrainable]);
  });
});

const bad = (value: unknown): never => value as never;

test.each([
  [() => mlp({ ...base, hidden: [0] }), "mlp: hidden must be a list of positive integers, got [0]"],
  [() => mlp({ ...base, hidden: [] }), "mlp: hidden must be a list of positive integers, got []"],
  [
    () => mlp({ ...base, hidden: bad(400) }),
    "mlp: hidden must be a list of positive integers, got 400",
  ],
  [() => mlp({ ...base, latent: [0] }), "mlp: latent must be a list of positive integers, got [0]"],
  [
    () => mlp({ ...base, image: [28, 28] }),
    "mlp: image must be [height, width, channels], got [28, 28]",
  ],
  [
    () => mlp({ ...base, outputChannels: 0 }),
    "mlp: outputChannels must be an integer at least 1, got 0",
  ],
  [() => mlp({ ...base, condition: -1 }), "mlp: condition must be an integer at least 0, got -1"],
  [() => mlp({ ...base, seed: 0.5 }), "mlp: seed must be an integer, got 0.5"],
  [() => mlp(bad({ ...base, widths: [3] })), 'got "widths"'],
  [
    () => conv({ ...base, widths: [4, 4, 4] }),
    "conv: image height and width must be divisible by 8 for 3 layers of stride 2, got 28x28",
  ],
  [
    () => conv({ ...base, image: [27, 28, 1] }),
    "conv: image height and width must be divisible by 2 for 1 layers of stride 2, got 27x28",
  ],
  [
    () => conv({ ...base, features: [5, 5, 2] }),
    "conv: features must be [n], or [h, w, n] with h and w those of the image (28x28) divided by 2, 4, 8, ..., got [5, 5, 2]",
  ],
  [
    () => conv({ ...maps, widths: [4, 4] }),
    "conv: widths must have 1 values to give maps of that size, got 2",
  ],
  [
    () => conv({ ...maps, latent: [2, 2, 3] }),
    "conv: features and latent must have the same height and width, got [4, 4, 3] and [2, 2, 3]",
  ],
  [() => resnet({ ...maps, width: 5 }), "resnet: width must be even, got 5"],
  [() => resnet({ ...maps, blocks: -1 }), "resnet: blocks must be an integer at least 0, got -1"],
  [
    () => resnet({ ...small, image: [6, 6, 1] }),
    "resnet: image height and width must be divisible by 4 for 2 layers of stride 2, got 6x6",
  ],
])("%s is refused in a sentence", (make, sentence) => {
  expect(make).toThrow(sentence);
});
