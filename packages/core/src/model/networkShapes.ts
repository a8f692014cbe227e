import type * as tfl from "@tensorflow/tfjs-layers";
import { sizeOf } from "../data/ndArray.ts";

/** How a network takes its input: as vectors, or as maps with the condition as further channels. */
export type InputForm = "vector" | "maps";

interface NetworkRule {
  /** `"encoder"` or `"decoder"`. */
  readonly role: string;
  /** Shape per example without the condition. */
  readonly input: readonly number[];
  /** Size of the condition; 0 for none. */
  readonly condition: number;
  /** Shape per example; any shape with as many values serves. */
  readonly output: readonly number[];
}

const perExample = (shape: tfl.Shape | tfl.Shape[]): readonly (number | null)[] =>
  (shape as tfl.Shape).slice(1);

const equals = (a: readonly (number | null)[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/**
 * Checks that a network fits a model, and says how its input is to be laid out.
 *
 * @throws RangeError naming the network, the shapes that would fit, and the one it has
 */
export function checkNetwork(network: tfl.LayersModel, rule: NetworkRule): InputForm {
  const { role, input, condition, output } = rule;
  if (network.inputs.length !== 1 || network.outputs.length !== 1) {
    throw new RangeError(
      `createModel: the ${role} must have one input and one output, got ${network.inputs.length} and ${network.outputs.length}`,
    );
  }
  const actual = perExample(network.inputs[0].shape);
  const flat = [sizeOf(input) + condition];
  const maps = [...input.slice(0, -1), input[input.length - 1] + condition];
  const form = equals(actual, flat) ? "vector" : equals(actual, maps) ? "maps" : undefined;
  if (form === undefined) {
    const wanted =
      input.length === 1 ? `[${flat.join(", ")}]` : `[${maps.join(", ")}] or [${flat.join(", ")}]`;
    throw new RangeError(
      `createModel: the ${role}'s input per example must be ${wanted}, got [${actual.join(", ")}]`,
    );
  }
  const produced = perExample(network.outputs[0].shape);
  if (produced.includes(null) || sizeOf(produced as number[]) !== sizeOf(output)) {
    throw new RangeError(
      `createModel: the ${role}'s output per example must have the ${sizeOf(output)} values of [${output.join(", ")}], got [${produced.join(", ")}]`,
    );
  }
  return form;
}
