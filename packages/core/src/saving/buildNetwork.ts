/** Networks of saved topologies, which may come from anybody; see `hostileFiles.ts`. */
import * as tfl from "@tensorflow/tfjs-layers";
import type { io } from "@tensorflow/tfjs-core";
import type { JsonObject, JsonValue } from "../json.ts";
import { sizeOf } from "../shape.ts";
import { withinAllowance } from "./hostileFiles.ts";
import type { Allowance } from "./hostileFiles.ts";

/** The most values that a layer may give per example: 1024x1024 maps of 64 channels, as float32 256 MiB. */
const maximalOutput = 2 ** 26;

/**
 * The network of a topology, with all weights zero.
 *
 * @throws Error with TF.js's reason when it is none, RangeError when it would hold more weights than allowed or give too
 *   large an output
 */
export function buildNetwork(topology: JsonObject, allowance: Allowance): Promise<tfl.LayersModel> {
  refuseStates(topology);
  // TF.js changes the object that it is given.
  const modelTopology = structuredClone(topology);
  // It builds before it returns its promise.
  const network = withinAllowance(allowance, () =>
    tfl.models.modelFromJSON({ modelTopology } as unknown as io.ModelJSON),
  );
  return network.then(checkOutputs);
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
