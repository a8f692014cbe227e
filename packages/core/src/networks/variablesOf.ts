import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { NamedVariables } from "../step/part.ts";

/** The variables of a network by the names that files use: `<network>/<layer>/<weight>`. */
export interface NetworkVariables {
  readonly trained: NamedVariables;
  /** Running statistics, such as those of batch normalization, and frozen layers. */
  readonly state: NamedVariables;
}

/** What TF.js keeps for a layer's weight; its `read()` gives the variable too, but throws once that is freed. */
interface LayerWeight {
  readonly originalName: string;
  readonly val: tf.Variable;
}

/**
 * The variables of a network, in the order of its layers.
 *
 * Layers without a name of their own get one from TF.js that counts up through the process (`dense_Dense7`); here they
 * are numbered within the network (`dense1`), so that a network has the same names in every process. Weights that share a
 * name, as in two networks inside of one, are numbered too (`kernel_1`).
 */
export function variablesOf(name: string, network: tfl.LayersModel): NetworkVariables {
  const rename = layerNames();
  const used = new Map<string, number>();
  const named = (weights: unknown): NamedVariables =>
    Object.fromEntries(
      (weights as readonly LayerWeight[]).map((weight) => {
        const plain = `${name}/${rename(weight.originalName)}`;
        const count = used.get(plain) ?? 0;
        used.set(plain, count + 1);
        return [count === 0 ? plain : `${plain}_${count}`, weight.val];
      }),
    );
  // Numbered in the order of the layers, whatever the order of the two lists.
  for (const { originalName } of network.weights as unknown as readonly LayerWeight[]) {
    rename(originalName);
  }
  return {
    trained: named(network.trainableWeights),
    state: named(network.nonTrainableWeights),
  };
}

/** `conv2d_Conv2D12`: the class in small letters, the class, and the count of the process. */
const automatic = /^([a-z0-9_]+)_([A-Z][A-Za-z0-9]*?)(\d+)$/;

/** Renames the parts of a path: automatic names are numbered in the order in which they are first met. */
function layerNames(): (path: string) => string {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();
  const renamed = (part: string): string => {
    const match = automatic.exec(part);
    if (match === null) return part;
    const existing = known.get(part);
    if (existing !== undefined) return existing;
    const [, kind] = match;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    known.set(part, `${kind}${count}`);
    return `${kind}${count}`;
  };
  return (path) => path.split("/").map(renamed).join("/");
}
