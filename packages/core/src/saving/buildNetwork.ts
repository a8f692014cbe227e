/**
 * Networks of saved topologies, which may come from anybody.
 *
 * A few bytes of a topology can ask for any number of weights, and for initializers that take hours. TF.js makes every
 * weight of every layer in `Layer.addWeight`: the one place where the shape is known, whatever the layer, and nothing is
 * allocated yet. So that is where a network that is being built is held to what the file of weights has, and where all
 * weights start at zero: their values come from the file.
 */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { spendBudget } from "../createVariable.ts";
import { sizeOf } from "../data/ndArray.ts";
import type { JsonObject, JsonValue } from "../json.ts";

/** The most values that a layer may give per example: 1024x1024 maps of 64 channels, as float32 256 MiB. */
const maximalOutput = 2 ** 26;

/** The part of TF.js's layers that makes weights, which its types keep to subclasses. */
interface WeightMaker {
  name: string;
  /** Of a name, a shape, a dtype, an initializer, and more. */
  addWeight: (this: WeightMaker, ...given: [string, number[], ...unknown[]]) => unknown;
}

/**
 * The network of a topology, with all weights zero.
 *
 * Call it within a budget, and await the result outside.
 *
 * @throws Error with TF.js's reason when it is none, RangeError when it would hold more weights than the budget or give
 *   too large an output
 */
export function buildNetwork(topology: JsonObject): Promise<tfl.LayersModel> {
  refuseStates(topology);
  // TF.js changes the object that it is given.
  const modelTopology = structuredClone(topology);
  // It builds before it returns its promise.
  const network = withCheckedWeights(() =>
    tfl.models.modelFromJSON({ modelTopology } as unknown as tf.io.ModelJSON),
  );
  return network.then(checkOutputs);
}

function withCheckedWeights<T>(build: () => T): T {
  const layers = tfl.layers.Layer.prototype as unknown as WeightMaker;
  const { addWeight } = layers;
  const zeros = tfl.initializers.zeros();
  layers.addWeight = function (...given) {
    const [name, shape] = given;
    spendBudget(`weights ${this.name}/${name}`, shape);
    given[3] = zeros;
    return addWeight.apply(this, given);
  };
  try {
    return build();
  } finally {
    layers.addWeight = addWeight;
  }
}

/** Recurrent layers that keep their state allocate it for a batch of the declared size, past `addWeight`. */
function refuseStates(value: JsonValue): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value as JsonObject)) {
    if (key === "stateful" && item !== false && item !== null) {
      throw new RangeError("a layer that keeps its state between batches");
    }
    refuseStates(item);
  }
}

/** Layers without weights, such as `UpSampling2D`, allocate as much as they declare when the network runs. */
function checkOutputs(network: tfl.LayersModel): tfl.LayersModel {
  const large = largeLayer(network);
  if (large === undefined) return network;
  network.dispose();
  throw new RangeError(`a layer ${large} of more than ${maximalOutput} values per example`);
}

/** The name of a layer, perhaps of a network inside of the network, whose output is too large. */
function largeLayer({ layers }: tfl.LayersModel): string | undefined {
  for (const layer of layers) {
    const inner = layer instanceof tfl.LayersModel ? largeLayer(layer) : undefined;
    if (inner !== undefined) return inner;
    for (const { shape } of layer.inboundNodes.flatMap(({ outputTensors }) => outputTensors)) {
      const size = sizeOf(shape.slice(1).map((length) => length ?? 1));
      if (!(size <= maximalOutput)) return layer.name;
    }
  }
  return undefined;
}
