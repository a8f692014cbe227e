import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { quietTensorflow } from "@elbo/jit";
import { Random } from "../random/random.ts";

/** How a layer starts: for a ReLU after it (He et al. 2015, arXiv:1502.01852, equation 10), or without one (Glorot and Bengio 2010, equation 16). */
type Start = "relu" | "linear";

interface Kernel {
  readonly layer: tfl.layers.Layer;
  readonly start: Start;
  /** Inputs that one output sums over, and outputs that one input reaches. */
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Options of one layer. */
export interface LayerOptions {
  readonly name: string;
  /** Units or filters. */
  readonly size: number;
  /** ReLU unless `"linear"`. */
  readonly activation?: Start;
  /** What the kernel is drawn for, when a ReLU follows only later: the activation unless given. */
  readonly start?: Start;
}

/** Options of one convolution. */
export interface ConvolutionOptions extends LayerOptions {
  readonly kernel: number;
  readonly stride?: number;
}

/** Images of `[height, width, channels]` on their way through a network. */
interface Output {
  readonly tensor: tfl.SymbolicTensor;
  /** Shape per example. */
  readonly shape: readonly number[];
}

/**
 * Stacks layers and gives them seeded weights at the end.
 *
 * Every layer has an explicit name under the network's, so weights have the same names in every process; TF.js starts them
 * at zero, and {@link NetworkBuilder.finish} draws each kernel from a generator forked by the layer's name, so the weights of a
 * layer depend on the seed and its name alone. Biases stay zero.
 */
export class NetworkBuilder {
  private readonly name: string;
  private readonly input: tfl.SymbolicTensor;
  private readonly kernels: Kernel[] = [];
  private output: Output;

  /** @param name prefix of all layer names; `shape` per example */
  constructor(name: string, shape: readonly number[]) {
    quietTensorflow();
    this.name = name;
    this.input = tfl.input({ shape: [...shape], name: `${name}_input` });
    this.output = { tensor: this.input, shape };
  }

  /** Shape per example of what the last layer gives. */
  get shape(): readonly number[] {
    return this.output.shape;
  }

  dense({ name, size, activation = "relu", start = activation }: LayerOptions): this {
    const layer = tfl.layers.dense({
      name: this.layerName(name),
      units: size,
      activation,
      kernelInitializer: "zeros",
    });
    this.kernels.push({ layer, start, fanIn: this.channels, fanOut: size });
    return this.apply(layer);
  }

  /** A dense layer whose values take a shape. */
  denseTo(shape: readonly number[], options: Omit<LayerOptions, "size">): this {
    const size = tf.util.sizeFromShape([...shape]);
    return this.dense({ ...options, size }).reshape("shape", shape);
  }

  /** A convolution that keeps the size, or divides it by the stride. */
  conv(options: ConvolutionOptions): this {
    const { size, kernel, activation = "relu", start = activation, stride = 1 } = options;
    const layer = tfl.layers.conv2d(this.convolutionConfig(options));
    const taps = kernel * kernel;
    this.kernels.push({
      layer,
      start,
      fanIn: taps * this.channels,
      fanOut: (taps / (stride * stride)) * size,
    });
    return this.apply(layer);
  }

  /** A transposed convolution that multiplies the size by the stride. */
  transposedConv(options: ConvolutionOptions): this {
    const { size, kernel, activation = "relu", start = activation, stride = 1 } = options;
    const layer = tfl.layers.conv2dTranspose(this.convolutionConfig(options));
    const taps = kernel * kernel;
    this.kernels.push({
      layer,
      start,
      fanIn: (taps / (stride * stride)) * this.channels,
      fanOut: taps * size,
    });
    return this.apply(layer);
  }

  /** The last convolution of a decoder: twice the size, and whatever the likelihood needs for each pixel. */
  pixels(size: number): this {
    return this.transposedConv({
      name: "pixels",
      size,
      kernel: 4,
      stride: 2,
      activation: "linear",
    });
  }

  /** `x + conv1x1(relu(conv3x3(relu(x))))`; `width` is that of the convolution inside. */
  residual({ name, width }: { readonly name: string; readonly width: number }): this {
    const skipped = this.output.tensor;
    const size = this.channels;
    this.relu(`${name}_relu`);
    this.conv({ name: `${name}_conv3`, size: width, kernel: 3 });
    this.conv({ name: `${name}_conv1`, size, kernel: 1, activation: "linear" });
    const layer = tfl.layers.add({ name: this.layerName(`${name}_add`) });
    const tensor = layer.apply([skipped, this.output.tensor]) as tfl.SymbolicTensor;
    this.output = { tensor, shape: this.shape };
    return this;
  }

  relu(name: string): this {
    return this.apply(tfl.layers.reLU({ name: this.layerName(name) }));
  }

  /** Gives every example another shape of the same size; nothing when it has that shape already. */
  reshape(name: string, shape: readonly number[]): this {
    if (tf.util.arraysEqual([...shape], [...this.shape])) return this;
    return this.apply(tfl.layers.reshape({ name: this.layerName(name), targetShape: [...shape] }));
  }

  /** Turns maps into vectors. */
  flatten(): this {
    return this.reshape("flat", [tf.util.sizeFromShape([...this.shape])]);
  }

  /** The network, with weights drawn for a seed. */
  finish(seed: number): tfl.LayersModel {
    const random = new Random(seed).fork("networks", this.name);
    for (const { layer, start, fanIn, fanOut } of this.kernels) {
      const [kernel] = layer.weights;
      const values = new Float32Array(tf.util.sizeFromShape(kernel.shape as number[]));
      const stream = random.fork(layer.name);
      if (start === "relu") {
        stream.fillNormalInto(values);
        scaleInto(values, { scale: Math.sqrt(2 / fanIn), shift: 0 });
      } else {
        stream.fillUniformInto(values);
        scaleInto(values, { scale: 2 * Math.sqrt(6 / (fanIn + fanOut)), shift: -0.5 });
      }
      tf.tidy(() => {
        kernel.write(tf.tensor(values, kernel.shape as number[]));
      });
    }
    return tfl.model({ inputs: this.input, outputs: this.output.tensor, name: this.name });
  }

  private get channels(): number {
    return this.shape[this.shape.length - 1];
  }

  private layerName(name: string): string {
    return `${this.name}_${name}`;
  }

  private convolutionConfig({
    name,
    size,
    kernel,
    activation = "relu",
    stride = 1,
  }: ConvolutionOptions): Parameters<typeof tfl.layers.conv2d>[0] & { filters: number } {
    return {
      name: this.layerName(name),
      filters: size,
      kernelSize: kernel,
      strides: stride,
      padding: "same",
      activation,
      kernelInitializer: "zeros",
    };
  }

  private apply(layer: tfl.layers.Layer): this {
    const tensor = layer.apply(this.output.tensor) as tfl.SymbolicTensor;
    this.output = { tensor, shape: tensor.shape.slice(1) as number[] };
    return this;
  }
}

/** `scale * (value + shift)` of every value. */
function scaleInto(
  values: Float32Array,
  { scale, shift }: { readonly scale: number; readonly shift: number },
): void {
  for (let i = 0; i < values.length; i++) values[i] = scale * (values[i] + shift);
}
