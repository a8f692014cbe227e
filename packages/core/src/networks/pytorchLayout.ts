/**
 * @file Weights as PyTorch lays them out. The same layers, other orders of axes: PyTorch's images are `[c, h, w]`, those here `[h, w, c]`,
 * which also orders the values of vectors that come from maps or become them.
 *
 * | layer | PyTorch | here |
 * | --- | --- | --- |
 * | Linear | `[out, in]` | `[in, out]` |
 * | Conv2d | `[out, in, h, w]` | `[h, w, in, out]` |
 * | ConvTranspose2d | `[in, out, h, w]` | `[h, w, out, in]` |
 * | BatchNorm | `[c]` each | the same, but for the order of flattened maps |
 */
import type { NdArray } from "@elbo/jit";
import type * as tfl from "@tensorflow/tfjs-layers";
import { sizeOf } from "../shape.ts";
import type { Networks } from "../step/part.ts";
import { variablesOf } from "./variablesOf.ts";

type Layer = tfl.layers.Layer;
type Shape = readonly number[];

/** What {@link fromPytorchLayout} needs to know besides the weights. */
export interface PytorchLayoutOptions {
  readonly networks: Networks;
  /** `[h, w, c]` of the images that an encoder of vectors gets flattened, if it does. */
  readonly image?: Shape;
}

/**
 * Weights by the names of files (`encoder/conv1/kernel`), laid out as PyTorch has them, in the layout of the networks.
 *
 * Biases and weights of batch normalization only change their order, where they belong to flattened maps; what belongs to other layers stays as it is.
 *
 * @throws RangeError when a kernel has not the shape that PyTorch's would have
 */
export function fromPytorchLayout(
  fn: string,
  weights: Readonly<Record<string, NdArray>>,
  { networks, image }: PytorchLayoutOptions,
): Record<string, NdArray> {
  const converted: Record<string, NdArray> = { ...weights };
  for (const [name, network] of Object.entries(networks)) {
    const { trained, state } = variablesOf(name, network);
    for (const [path, variable] of Object.entries({ ...trained, ...state })) {
      const layer = layerOf(network, variable);
      if (layer === undefined || !Object.hasOwn(weights, path)) continue;
      const given = weights[path];
      const orders = orderOf(layer, { network, image });
      const isKernel = variable.rank > 1;
      if (isKernel)
        converted[path] = kernelFrom(`${fn}: ${path}`, given, { layer, variable, orders });
      else if (orders.out !== undefined) converted[path] = reordered(given, 0, orders.out);
    }
  }
  return converted;
}

/** The layer, perhaps of a network inside, that has a variable. */
function layerOf(network: tfl.LayersModel, variable: unknown): Layer | undefined {
  for (const layer of network.layers) {
    const inner = (layer as unknown as { readonly layers?: unknown }).layers;
    if (inner !== undefined) {
      const found = layerOf(layer as unknown as tfl.LayersModel, variable);
      if (found !== undefined) return found;
    } else if (layer.weights.some((weight) => weight.read() === variable)) return layer;
  }
  return undefined;
}

/** Maps that a vector is made of, on either side of a dense layer; undefined where it is none. */
interface Orders {
  readonly in?: Shape | undefined;
  readonly out?: Shape | undefined;
}

/** Layers that leave a vector's values at their places. */
const transparent = [
  ...["Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "BatchNormalization"],
  ...["Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU"],
];
const flattening = ["Flatten", "Reshape"];

const perExample = (tensor: tfl.SymbolicTensor): Shape => tensor.shape.slice(1) as number[];

function orderOf(
  layer: Layer,
  { network, image }: { readonly network: tfl.LayersModel; readonly image: Shape | undefined },
): Orders {
  if (layer.getClassName() === "BatchNormalization") {
    const isFlat = (layer.output as tfl.SymbolicTensor).rank === 2;
    return isFlat ? { out: mapsAfter(layer) ?? mapsBefore(layer, network, image) } : {};
  }
  if (layer.getClassName() !== "Dense") return {};
  return { in: mapsBefore(layer, network, image), out: mapsAfter(layer) };
}

/** `[h, w, c]` of the maps that a dense layer's input was flattened from. */
function mapsBefore(
  layer: Layer,
  network: tfl.LayersModel,
  image: Shape | undefined,
): Shape | undefined {
  let tensor = layer.inboundNodes[0].inputTensors[0];
  while (transparent.includes(tensor.sourceLayer.getClassName())) tensor = tensor.inputs[0];
  const source = tensor.sourceLayer;
  if (source.getClassName() === "InputLayer") {
    const isFlat = image !== undefined && sizeOf(perExample(network.inputs[0])) >= sizeOf(image);
    return isFlat && network.inputs[0].shape.length === 2 ? image : undefined;
  }
  if (!flattening.includes(source.getClassName())) return undefined;
  const before = perExample(source.inboundNodes[0].inputTensors[0]);
  return before.length === 3 ? before : undefined;
}

/** `[h, w, c]` of the maps that a dense layer's output becomes. */
function mapsAfter(layer: Layer): Shape | undefined {
  let [next] = layer.outboundNodes.map(({ outboundLayer }) => outboundLayer);
  while (next !== undefined && transparent.includes(next.getClassName())) {
    [next] = next.outboundNodes.map(({ outboundLayer }) => outboundLayer);
  }
  if (next?.getClassName() !== "Reshape") return undefined;
  const after = perExample(next.output as tfl.SymbolicTensor);
  return after.length === 3 ? after : undefined;
}

/** Axes of PyTorch's kernels in the order of those here. */
const axes: Readonly<Record<string, readonly number[]>> = {
  Dense: [1, 0],
  Conv1D: [2, 1, 0],
  Conv2D: [2, 3, 1, 0],
  Conv2DTranspose: [2, 3, 1, 0],
};

interface Kernel {
  readonly layer: Layer;
  readonly variable: { readonly shape: Shape };
  readonly orders: Orders;
}

function kernelFrom(what: string, given: NdArray, { layer, variable, orders }: Kernel): NdArray {
  const order = axes[layer.getClassName()];
  if (order === undefined) return given;
  const expected = order.map((_, axis) => variable.shape[order.indexOf(axis)]);
  if (given.shape.length !== expected.length || given.shape.some((n, i) => n !== expected[i])) {
    throw new RangeError(
      `${what} must have PyTorch's shape [${expected.join(", ")}], got [${given.shape.join(", ")}]`,
    );
  }
  let kernel = transposed(given, order);
  if (orders.in !== undefined) kernel = reordered(kernel, 0, orders.in);
  if (orders.out !== undefined) kernel = reordered(kernel, 1, orders.out);
  return kernel;
}

/** The axes in another order: axis i of the result is axis `order[i]` of what is given. */
function transposed({ data, shape }: NdArray, order: readonly number[]): NdArray<Float32Array> {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const to = order.map((axis) => shape[axis]);
  const out = new Float32Array(data.length);
  const index = to.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = data[order.reduce((from, axis, k) => from + index[k] * strides[axis], 0)];
    for (let axis = to.length - 1; axis >= 0 && ++index[axis] === to[axis]; axis--) index[axis] = 0;
  }
  return { data: out, shape: to };
}

/** One axis, whose first values are maps `[c, h, w]`, as maps `[h, w, c]`; values beyond them (a condition) stay. */
function reordered(
  { data, shape }: NdArray,
  axis: number,
  [h, w, c]: Shape,
): NdArray<Float32Array> {
  const inner = sizeOf(shape.slice(axis + 1));
  const length = shape[axis];
  const out = Float32Array.from(data);
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
    for (let i = 0; i < h * w * c; i++) {
      const place = Math.floor(i / c); // of [h, w, c]: y * w + x
      const from = (outer * length + (i % c) * h * w + place) * inner;
      const to = (outer * length + i) * inner;
      for (let k = 0; k < inner; k++) out[to + k] = data[from + k];
    }
  }
  return { data: out, shape };
}
