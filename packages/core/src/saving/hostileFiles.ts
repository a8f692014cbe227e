/**
 * Files of models may come from anybody, and a few bytes of a description can ask for any number of weights, and for
 * initializers that take hours. Whatever is made while a model is loaded is therefore held to the number of values that the
 * file of weights has, before it is allocated, and starts at zero: the values come from the file.
 *
 * This needs two things that nothing else in core may do, and so they stand here together: a limit that lasts while a
 * synchronous function runs, and a replaced `Layer.addWeight` of TF.js, the one place where the shape of a layer's weight is
 * known and nothing is allocated yet, whatever the layer.
 */
import * as tfl from "@tensorflow/tfjs-layers";
import { sizeOf } from "../shape.ts";
import { watchVariables } from "../step/createVariable.ts";

/** How many values may still be made. */
export interface Allowance {
  left: number;
}

/** The part of TF.js's layers that makes weights, which its types keep to subclasses. */
interface WeightMaker {
  name: string;
  /** Of a name, a shape, a dtype, an initializer, and more. */
  addWeight: (this: WeightMaker, ...given: [string, number[], ...unknown[]]) => unknown;
}

/**
 * Runs something synchronous that makes networks and variables of sizes that a file declares.
 *
 * @param allowance what is left of the values in the file of weights; it is used up
 * @throws RangeError for a weight that goes beyond it, before it is allocated
 */
export function withinAllowance<T>(allowance: Allowance, run: () => T): T {
  const spend = (name: string, shape: readonly number[]): void => {
    const size = sizeOf(shape);
    if (!(size >= 0 && size <= allowance.left)) {
      throw new RangeError(
        `${name} of the shape [${shape.join(", ")}], more values than the file of weights holds`,
      );
    }
    allowance.left -= size;
  };
  const layers = tfl.layers.Layer.prototype as unknown as WeightMaker;
  const { addWeight } = layers;
  const zeros = tfl.initializers.zeros();
  layers.addWeight = function (...given) {
    const [name, shape] = given;
    spend(`weights ${this.name}/${name}`, shape);
    given[3] = zeros;
    return addWeight.apply(this, given);
  };
  try {
    return watchVariables(spend, run);
  } finally {
    layers.addWeight = addWeight;
  }
}
