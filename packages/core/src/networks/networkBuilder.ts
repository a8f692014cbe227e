import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { quietTensorflow } from "@elbo/jit";
import { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import { initializeInto } from "./initializers.ts";
import type { Fans, Initializer } from "./initializers.ts";
import type { Injection } from "./injection.ts";
import { withCondition } from "./network.ts";

/** Options of one layer. */
export interface LayerOptions {
  readonly name: string;
  /** Units or filters. */
  readonly size: number;
  /** ReLU unless `"linear"`. */
  readonly activation?: "relu" | "linear";
  /** Whether a ReLU follows, perhaps only later: what the kernel is drawn for; default: the activation. */
  readonly isReluNext?: boolean;
}

/** Options of one convolution. */
export interface ConvolutionOptions extends LayerOptions {
  /** Length of the kernel's sides. */
  readonly kernel: number;
  readonly stride?: 1 | 2;
}

/** Options of one transposed convolution of stride 2. */
export interface UpOptions extends LayerOptions {
  /** Height and width that it gives: twice those that it gets, or one less. */
  readonly to: readonly [number, number];
}

/** What a builder knows besides the shape of its input. */
export interface InputOptions {
  /** Size of the condition, default 0. */
  readonly condition?: number;
  /** Default: further channels of the input; otherwise a second input. */
  readonly inject?: Injection | undefined;
  /** Signals `[length, c]` go through as maps of width 1. */
  readonly isSignal?: boolean;
}

interface Weighted {
  readonly layer: tfl.layers.Layer;
  readonly fans: Fans;
}

/**
 * Stacks layers and gives them seeded weights at the end.
 *
 * Every layer has an explicit name, so weights have the same names in every process; TF.js starts them at zero, and
 * {@link NetworkBuilder.finish} draws them from generators forked by the names of network and layer, so that the weights of a
 * layer depend on the seed and its name alone.
 */
export class NetworkBuilder {
  private readonly name: string;
  private readonly input: tfl.SymbolicTensor;
  /** `[E]`, where the condition is an input of its own. */
  private readonly condition: tfl.SymbolicTensor | undefined;
  private readonly isFilm: boolean;
  private readonly isSignal: boolean;
  private readonly weighted: Weighted[] = [];
  private tensor: tfl.SymbolicTensor;
  /** Shape per example of what the last layer gives. */
  shape: readonly number[];

  /** @param shape per example, without the condition */
  constructor(name: string, shape: readonly number[], options: InputOptions = {}) {
    quietTensorflow();
    const { condition = 0, inject, isSignal = false } = options;
    const isBeside = condition > 0 && inject !== undefined;
    this.name = name;
    this.isSignal = isSignal;
    this.isFilm = isBeside && inject === "film";
    this.condition = isBeside ? tfl.input({ shape: [condition], name: "condition" }) : undefined;
    this.shape = withCondition(shape, isBeside ? 0 : condition);
    this.tensor = tfl.input({ shape: [...this.shape], name: "input" });
    this.input = this.tensor;
    if (isSignal && this.shape.length === 2)
      this.reshape("maps_of_width_1", [this.shape[0], 1, this.channels]);
  }

  dense({ name, size, activation = "relu", isReluNext }: LayerOptions): this {
    const layer = tfl.layers.dense({
      name,
      units: size,
      activation: this.inLayer(activation),
      kernelInitializer: "zeros",
    });
    const isRelu = isReluNext ?? activation === "relu";
    this.weighted.push({ layer, fans: { fanIn: this.channels, fanOut: size, isRelu } });
    return this.apply(layer).film(name, activation);
  }

  /** A dense layer whose values take a shape. */
  denseTo(shape: readonly number[], options: Omit<LayerOptions, "size">): this {
    return this.dense({ ...options, size: sizeOf(shape) }).reshape(`${options.name}_shape`, shape);
  }

  /** A convolution that keeps the size, or halves it, rounded up. */
  conv(options: ConvolutionOptions): this {
    const { size, kernel, stride = 1, activation = "relu", isReluNext } = options;
    const layer = tfl.layers.conv2d(this.convolution({ ...options, stride }));
    const taps = this.taps(kernel);
    const fanOut = (taps / this.places(stride)) * size;
    const isRelu = isReluNext ?? activation === "relu";
    this.weighted.push({ layer, fans: { fanIn: taps * this.channels, fanOut, isRelu } });
    return this.apply(layer).film(options.name, activation);
  }

  /** A transposed convolution that doubles the size, 4x4, and crops the last row or column where that is one too many. */
  up({ to, ...options }: UpOptions): this {
    const { name, size, activation = "relu", isReluNext } = options;
    const layer = tfl.layers.conv2dTranspose(
      this.convolution({ ...options, kernel: 4, stride: 2 }),
    );
    const taps = this.taps(4);
    const fanIn = (taps / this.places(2)) * this.channels;
    const isRelu = isReluNext ?? activation === "relu";
    this.weighted.push({ layer, fans: { fanIn, fanOut: taps * size, isRelu } });
    this.apply(layer).film(name, activation);
    const [height, width] = this.shape;
    if (height === to[0] && width === to[1]) return this;
    const cropping: [[number, number], [number, number]] = [
      [0, height - to[0]],
      [0, width - to[1]],
    ];
    return this.apply(tfl.layers.cropping2D({ name: `${name}_crop`, cropping }));
  }

  /** `x + conv1x1(relu(conv3x3(relu(x))))`; `width` is that of the convolution inside. */
  residual({ name, width }: { readonly name: string; readonly width: number }): this {
    const skipped = this.tensor;
    const size = this.channels;
    this.relu(`${name}_relu`);
    this.conv({ name: `${name}_conv3`, size: width, kernel: 3 });
    this.conv({ name: `${name}_conv1`, size, kernel: 1, activation: "linear" });
    const sum = tfl.layers.add({ name: `${name}_add` });
    this.tensor = sum.apply([skipped, this.tensor]) as tfl.SymbolicTensor;
    return this;
  }

  relu(name: string): this {
    return this.apply(tfl.layers.reLU({ name }));
  }

  /** Gives every example another shape of the same size; nothing when it has that shape already. */
  reshape(name: string, shape: readonly number[]): this {
    if (tf.util.arraysEqual([...shape], [...this.shape])) return this;
    return this.apply(tfl.layers.reshape({ name, targetShape: [...shape] }));
  }

  /** The condition as further values of a vector, or as constant maps beside maps, where it is a second input and no FiLM. */
  join(name: string): this {
    if (this.condition === undefined || this.isFilm) return this;
    const [size] = this.condition.shape.slice(1) as number[];
    const places = this.shape.slice(0, -1);
    let told = this.condition;
    if (places.length > 0) {
      const repeat = tfl.layers.repeatVector({ name: `${name}_repeat`, n: sizeOf(places) });
      const shape = tfl.layers.reshape({ name: `${name}_maps`, targetShape: [...places, size] });
      told = shape.apply(repeat.apply(told)) as tfl.SymbolicTensor; // [h, w, E]
    }
    const joined = tfl.layers.concatenate({ name }).apply([this.tensor, told]);
    this.tensor = joined as tfl.SymbolicTensor;
    this.shape = this.tensor.shape.slice(1) as number[];
    return this;
  }

  /** Turns maps into vectors. */
  flatten(): this {
    return this.reshape("flat", [sizeOf(this.shape)]);
  }

  /** The network, with weights drawn for a seed. */
  finish(start: { readonly seed: number; readonly initializer: Initializer }): tfl.LayersModel {
    const random = new Random(start.seed).fork("networks", this.name);
    for (const { layer, fans } of this.weighted) {
      const [kernel, bias] = layer.weights;
      const values = {
        kernel: new Float32Array(sizeOf(kernel.shape as number[])),
        bias: new Float32Array(sizeOf(bias.shape as number[])),
      };
      const { initializer } = start;
      initializeInto(values, { initializer, fans }, random.fork(layer.name));
      tf.tidy(() => {
        kernel.write(tf.tensor(values.kernel, kernel.shape as number[]));
        bias.write(tf.tensor(values.bias, bias.shape as number[]));
      });
    }
    const inputs = this.condition === undefined ? this.input : [this.input, this.condition];
    return tfl.model({ inputs, outputs: this.tensor, name: this.name });
  }

  /** FiLM stands between a layer and its ReLU, which then is a layer of its own. */
  private inLayer(activation: "relu" | "linear"): "relu" | "linear" {
    return this.isFilm ? "linear" : activation;
  }

  /**
   * Before the ReLU of a hidden layer: `x + scale(c) x + shift(c)` per channel, both linear in the condition and 0 at the start
   * (Perez et al. 2018, arXiv:1709.07871, equation 2, section 2.1 for the 1).
   */
  private film(name: string, activation: "relu" | "linear"): this {
    if (!this.isFilm || activation === "linear") return this;
    const channels = this.channels;
    const ones = this.shape.slice(0, -1).map(() => 1);
    const told = (role: string): tfl.SymbolicTensor => {
      const dense = tfl.layers.dense({
        name: `${name}_${role}`,
        units: channels,
        useBias: false, // the layer has one
        kernelInitializer: "zeros",
      });
      const values = dense.apply(this.condition as tfl.SymbolicTensor) as tfl.SymbolicTensor;
      if (ones.length === 0) return values;
      const targetShape = [...ones, channels];
      const spread = tfl.layers.reshape({ name: `${name}_${role}_maps`, targetShape });
      return spread.apply(values) as tfl.SymbolicTensor; // [1, 1, C]
    };
    const scaled = tfl.layers.multiply({ name: `${name}_scaled` });
    const moved = tfl.layers.add({ name: `${name}_film` });
    const product = scaled.apply([this.tensor, told("scale")]) as tfl.SymbolicTensor;
    this.tensor = moved.apply([this.tensor, product, told("shift")]) as tfl.SymbolicTensor;
    return this.relu(`${name}_relu`);
  }

  private get channels(): number {
    return this.shape[this.shape.length - 1];
  }

  /** Places that a kernel looks at. */
  private taps(kernel: number): number {
    return this.isSignal ? kernel : kernel * kernel;
  }

  /** Places for each one that a stride leaves. */
  private places(stride: number): number {
    return this.isSignal ? stride : stride * stride;
  }

  private convolution(
    options: ConvolutionOptions & { readonly stride: number },
  ): Parameters<typeof tfl.layers.conv2dTranspose>[0] {
    const { name, size, kernel, stride, activation = "relu" } = options;
    const across = this.isSignal ? 1 : undefined;
    return {
      name,
      filters: size,
      kernelSize: [kernel, across ?? kernel],
      strides: [stride, across ?? stride],
      padding: "same",
      activation: this.inLayer(activation),
      kernelInitializer: "zeros",
    };
  }

  private apply(layer: tfl.layers.Layer): this {
    this.tensor = layer.apply(this.tensor) as tfl.SymbolicTensor;
    this.shape = this.tensor.shape.slice(1) as number[];
    return this;
  }
}
