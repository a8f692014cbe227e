import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";

/** A variable of a network and the name that it has in every process: `layer/weight`. */
export interface NetworkVariable {
  readonly name: string;
  readonly variable: tf.Variable;
}

/** The variables of a network, split by whether gradients move them. */
export interface NetworkVariables {
  readonly trainable: readonly tf.Variable[];
  /** Running statistics, such as those of batch normalization, and frozen layers. */
  readonly nonTrainable: readonly tf.Variable[];
  /** All of them, trainable first, by name. TF.js's own `variable.name` counts up through a process and so does not serve. */
  readonly named: readonly NetworkVariable[];
}

/** What TF.js keeps for a layer's weight; `read()` gives the variable itself. */
interface LayerWeight {
  readonly originalName: string;
  read(): tf.Tensor;
}

/** The variables of a network in the order of its layers. */
export function variablesOf(network: tfl.LayersModel): NetworkVariables {
  const trainable = network.trainableWeights as unknown as readonly LayerWeight[];
  const nonTrainable = network.nonTrainableWeights as unknown as readonly LayerWeight[];
  const used = new Map<string, number>();
  const named = [...trainable, ...nonTrainable].map((weight) => {
    const count = used.get(weight.originalName) ?? 0;
    used.set(weight.originalName, count + 1);
    const name = count === 0 ? weight.originalName : `${weight.originalName}_${count}`;
    return { name, variable: weight.read() as tf.Variable };
  });
  return {
    trainable: trainable.map((weight) => weight.read() as tf.Variable),
    nonTrainable: nonTrainable.map((weight) => weight.read() as tf.Variable),
    named,
  };
}
