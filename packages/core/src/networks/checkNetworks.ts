/** @file Networks of one's own: what their layers ask for and training here would not do is refused by name, before any work. */
import { serialization } from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { Networks } from "../step/part.ts";

type Layer = tfl.layers.Layer;
type Config = Readonly<Record<string, unknown>>;

/** A network inside of a network is a layer that has layers. */
const layersOf = (layer: Layer | tfl.LayersModel): readonly Layer[] | undefined =>
  (layer as { readonly layers?: readonly Layer[] }).layers;

const configOf = (layer: Layer): Config => layer.getConfig();

/**
 * Refuses networks with regularizers or constraints, which the objective does not have, and with layers that could not be loaded.
 *
 * @param networks by name
 * @throws Error naming the network, the layer and what to do
 */
export function checkNetworks(fn: string, networks: Networks): void {
  for (const [name, network] of Object.entries(networks)) checkLayers(fn, name, network);
}

function checkLayers(fn: string, name: string, network: tfl.LayersModel): void {
  for (const layer of network.layers) {
    if (layersOf(layer) !== undefined) {
      checkLayers(fn, name, layer as unknown as tfl.LayersModel);
      continue;
    }
    const where = `${fn}: layer ${layer.name} of the ${name}`;
    assertLoadable(where, layer);
    for (const [key, value] of Object.entries(configOf(layer))) {
      if (value === null || value === undefined) continue;
      if (key.endsWith("Regularizer")) {
        throw new Error(
          `${where} must have no ${key}, which training would not apply: use adamW({ weightDecay }), or a term of the objective`,
        );
      }
      if (key.endsWith("Constraint")) {
        throw new Error(`${where} must have no ${key}, which training would not apply`);
      }
    }
  }
}

/** TF.js makes layers of files again by their registered class name. */
function assertLoadable(where: string, layer: Layer): void {
  const name = layer.getClassName();
  const { classNameMap } = serialization.SerializationMap.getMap();
  if (!Object.hasOwn(classNameMap, name)) {
    throw new Error(
      `${where} must be of a class that can be loaded, got ${name}: register it with tf.serialization.registerClass(${name})`,
    );
  }
  try {
    JSON.stringify(configOf(layer));
  } catch (cause) {
    throw new Error(`${where} must have a configuration that JSON can hold, got another`, {
      cause,
    });
  }
}

/** Layers that only move values. */
const transparent = ["Reshape", "Flatten", "Permute", "Cropping2D", "ZeroPadding2D", "Dropout"];

/** Layers that are activations themselves. */
const activationLayers = ["ReLU", "LeakyReLU", "PReLU", "ELU", "ThresholdedReLU", "Softmax"];

/** The last activation of a network, `undefined` for none, and the layer that has it. */
export function lastActivation(
  network: tfl.LayersModel,
): { readonly layer: string; readonly activation: string } | undefined {
  let tensor: tfl.SymbolicTensor | undefined = network.outputs[0];
  while (tensor !== undefined) {
    const layer: Layer = tensor.sourceLayer;
    const kind = layer.getClassName();
    if (layersOf(layer) !== undefined) return lastActivation(layer as unknown as tfl.LayersModel);
    if (activationLayers.includes(kind)) return { layer: layer.name, activation: kind };
    const { activation } = configOf(layer);
    if (typeof activation === "string" && activation !== "linear") {
      return { layer: layer.name, activation };
    }
    if (!transparent.includes(kind) && kind !== "Activation") return undefined;
    tensor = tensor.inputs[0];
  }
  return undefined;
}

/** What {@link assertLinearEnd} says. */
export interface LinearEnd {
  /** Name of the network. */
  readonly name: string;
  /** What the network gives, which an activation would bend: `"logits"`. */
  readonly gives: string;
}

/**
 * Refuses a network that ends in an activation, seen through reshapes and networks inside, where its values must be unbounded: a
 * sigmoid before a Bernoulli's own would leave everything grey.
 *
 * @throws Error naming the layer and what to do
 */
export function assertLinearEnd(
  fn: string,
  { name, gives }: LinearEnd,
  network: tfl.LayersModel,
): void {
  const last = lastActivation(network);
  if (last === undefined) return;
  throw new Error(
    `${fn}: the ${name} must end without an activation, since it gives ${gives}, got ${last.activation} in its layer ${last.layer}: leave it out, the model applies what is needed`,
  );
}
