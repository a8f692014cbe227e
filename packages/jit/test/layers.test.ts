import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { drawing } from "./support/randomGraphs.ts";

type Layer = tfl.layers.Layer;

interface LayerCase {
  readonly layer: () => Layer;
  /** Shape of the input with its batch. */
  readonly input: readonly number[];
  /** Inputs are whole numbers from 0 up to this, as an embedding takes them. */
  readonly integers?: number;
}

const activations = [
  "elu",
  "hardSigmoid",
  "linear",
  "relu",
  "relu6",
  "selu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
  "tanh",
  "swish",
  "mish",
  "gelu",
  "gelu_new",
] as const;

const flat = [3, 5];
const images = [2, 6, 6, 4];
const sequence = [2, 5, 3];

const cases: Record<string, LayerCase> = {
  ...Object.fromEntries(
    activations.map((activation): [string, LayerCase] => [
      `activation ${activation}`,
      { layer: () => tfl.layers.activation({ activation }), input: flat },
    ]),
  ),
  averagePooling2d: { layer: () => tfl.layers.averagePooling2d({}), input: images },
  averagePooling1d: { layer: () => tfl.layers.averagePooling1d({}), input: sequence },
  batchNormalization: { layer: () => tfl.layers.batchNormalization(), input: images },
  conv1d: { layer: () => tfl.layers.conv1d({ filters: 2, kernelSize: 3 }), input: sequence },
  conv2d: {
    layer: () => tfl.layers.conv2d({ filters: 3, kernelSize: 4, strides: 2, padding: "same", activation: "relu" }), // prettier-ignore
    input: images,
  },
  "conv2d, channels first": {
    layer: () => tfl.layers.conv2d({ filters: 3, kernelSize: 3, dataFormat: "channelsFirst" }),
    input: images,
  },
  conv2dTranspose: {
    layer: () => tfl.layers.conv2dTranspose({ filters: 3, kernelSize: 4, strides: 2, padding: "same" }), // prettier-ignore
    input: images,
  },
  conv3d: { layer: () => tfl.layers.conv3d({ filters: 2, kernelSize: 2 }), input: [1, 3, 4, 4, 2] },
  cropping2d: {
    layer: () => tfl.layers.cropping2D({ cropping: [[1, 0], [2, 1]] }), // prettier-ignore
    input: images,
  },
  dense: { layer: () => tfl.layers.dense({ units: 4, activation: "tanh" }), input: flat },
  "dense over a sequence": { layer: () => tfl.layers.dense({ units: 4 }), input: sequence },
  depthwiseConv2d: {
    layer: () => tfl.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
    input: images,
  },
  embedding: {
    layer: () => tfl.layers.embedding({ inputDim: 4, outputDim: 3 }),
    input: [3, 7],
    integers: 4,
  },
  flatten: { layer: () => tfl.layers.flatten(), input: images },
  globalAveragePooling2d: { layer: () => tfl.layers.globalAveragePooling2d({}), input: images },
  globalMaxPooling2d: { layer: () => tfl.layers.globalMaxPooling2d({}), input: images },
  gru: { layer: () => tfl.layers.gru({ units: 3 }), input: sequence },
  layerNormalization: { layer: () => tfl.layers.layerNormalization(), input: flat },
  leakyReLU: { layer: () => tfl.layers.leakyReLU({ alpha: 0.2 }), input: flat },
  lstm: { layer: () => tfl.layers.lstm({ units: 3, returnSequences: true }), input: sequence },
  maxPooling2d: { layer: () => tfl.layers.maxPooling2d({}), input: images },
  permute: { layer: () => tfl.layers.permute({ dims: [2, 1] }), input: sequence },
  prelu: { layer: () => tfl.layers.prelu(), input: flat },
  repeatVector: { layer: () => tfl.layers.repeatVector({ n: 3 }), input: flat },
  reshape: { layer: () => tfl.layers.reshape({ targetShape: [5, 1] }), input: flat },
  separableConv2d: {
    layer: () => tfl.layers.separableConv2d({ filters: 3, kernelSize: 3 }),
    input: images,
  },
  simpleRNN: { layer: () => tfl.layers.simpleRNN({ units: 3 }), input: sequence },
  softmax: { layer: () => tfl.layers.softmax(), input: flat },
  "upSampling2d of one image": { layer: () => tfl.layers.upSampling2d({}), input: [1, 4, 4, 2] },
  zeroPadding2d: { layer: () => tfl.layers.zeroPadding2d({ padding: 1 }), input: images },
};

/** Every weight gets a value that depends on its place only. */
function fill(weights: readonly tf.Variable[]): void {
  const draw = drawing(7);
  for (const weight of weights) {
    const values = Float32Array.from({ length: weight.size }, () => (draw(33) - 16) / 32);
    weight.assign(tf.tensor(values, weight.shape));
  }
}

test.each(Object.entries(cases))(
  "%s: output and gradients of the compiled layer equal the eager ones",
  async (_, { layer: make, input, integers }) => {
    const layer = make();
    const inputType = { shape: input.slice(1) };
    // Called on a symbolic input first, so that its weights exist.
    layer.apply(tfl.input(inputType));
    const variables = layer.trainableWeights.map((w) => w.read() as tf.Variable);
    const state = layer.weights.map((w) => w.read() as tf.Variable);
    fill(variables);
    const apply = (x: tf.Tensor): tf.Tensor => layer.apply(x, { training: true }) as tf.Tensor;
    const loss = (x: tf.Tensor): tf.Scalar => {
      const y = apply(x);
      return tf.sum(tf.mul(y, tf.reshape(tf.sin(tf.range(1, y.size + 1)), y.shape)));
    };
    const fn = ({ x }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
      const outputs: Record<string, tf.Tensor> = { y: apply(x) };
      if (variables.length > 0) {
        const { grads } = tf.variableGrads(() => loss(x), variables);
        variables.forEach((v, i) => (outputs[`dw${i}`] = grads[v.name]));
      }
      if (!integers) outputs.dx = tf.grad(loss)(x);
      return outputs;
    };
    const draw = drawing(3);
    const length = input.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length }, () =>
      integers ? draw(integers) : draw(41) / 16 - 1.2,
    );
    const feeds = { x: { shape: input } };
    const [eager, compiled] = (["eager", "native"] as const).map((engine) =>
      jit(fn, { feeds, state, engine, threads: 1 }),
    );
    const expected = await eager({ x: { data, shape: input } });
    const actual = await compiled({ x: { data, shape: input } });
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, { data: values, shape }] of Object.entries(expected)) {
      expect(actual[name].shape, name).toEqual(shape);
      expectClose(actual[name].data, values, { rtol: 1e-4, atol: 1e-4 });
    }
    eager.dispose();
    compiled.dispose();
  },
);
