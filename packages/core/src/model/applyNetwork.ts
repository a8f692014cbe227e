/** Running a network on tensors with any number of leading axes, with or without the condition. */
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { sizeOf } from "../shape.ts";
import type { StepContext } from "../step/context.ts";

/** A network and its name in messages. */
export interface NamedNetwork {
  readonly name: string;
  readonly network: tfl.LayersModel;
}

/** Shapes per example; `null` where any size serves. */
type OpenShape = readonly (number | null)[];

/** Shape per example of an input or output of a network. */
export const perExample = (shape: tfl.Shape | tfl.Shape[] | undefined): OpenShape =>
  ((shape ?? []) as OpenShape).slice(1);

/**
 * How a value of a shape, with or without the condition, enters a network: as it is, with the condition as maps in further
 * channels or as further values of each position; as a vector followed by the condition; or beside it as a second input.
 */
export type InputForm = "same" | "vector" | "beside";

const fits = (wanted: OpenShape, actual: readonly number[]): boolean =>
  wanted.length === actual.length && wanted.every((size, i) => size === null || size === actual[i]);

const withChannels = (shape: readonly number[], more: number): readonly number[] =>
  shape.length === 0 ? shape : [...shape.slice(0, -1), shape[shape.length - 1] + more];

/**
 * Finds how a value enters a network.
 *
 * @param value shape per example
 * @param condition size of the condition; 0 for none
 * @returns `undefined` when it cannot
 */
export function inputForm(
  network: tfl.LayersModel,
  value: readonly number[],
  condition: number,
): InputForm | undefined {
  const [first, second] = network.inputs;
  const own = perExample(first.shape);
  if (network.inputs.length === 2) {
    const takesBoth = condition > 0 && fits(perExample(second.shape), [condition]);
    return takesBoth && (fits(own, value) || fits(own, [sizeOf(value)])) ? "beside" : undefined;
  }
  if (fits(own, withChannels(value, condition))) return "same";
  return fits(own, [sizeOf(value) + condition]) ? "vector" : undefined;
}

/** The trailing axes of `x` that are one example of the network; the others are leading ones. */
function exampleShape(network: tfl.LayersModel, x: tf.Tensor, condition: number): number[] {
  const own = perExample(network.inputs[0].shape);
  // As many axes as the network has come first: fewer or more could have the same number of values by chance.
  const rest = Array.from({ length: x.rank }, (_, i) => (i + 1) % x.rank);
  for (const axes of [own.length, ...rest].filter((count) => count < x.rank)) {
    const shape = x.shape.slice(x.rank - axes);
    if (inputForm(network, shape, condition) !== undefined) return shape;
  }
  const both = condition === 0 ? "" : `, a condition of ${condition} included`;
  throw new RangeError(
    `the input of the network must end in ${describe(own)} per example${both}, got [${x.shape.join(", ")}]`,
  );
}

/** A shape as text; `n` where any size serves. */
export const describe = (shape: OpenShape): string =>
  `[${shape.map((size) => size ?? "n").join(", ")}]`;

/**
 * Runs a network; leading axes beyond those of one example are folded into the batch. The condition, `[B, E]`, is repeated
 * where there are several draws of each example.
 *
 * @returns `[...leading, ...output]`
 * @throws RangeError naming the network when the input does not fit
 */
export function applyNetwork(
  { name, network }: NamedNetwork,
  x: tf.Tensor,
  { context, condition = false }: { readonly context: StepContext; readonly condition?: boolean },
): tf.Tensor {
  const given = condition ? context.condition : undefined;
  const size = given?.shape[1] ?? 0;
  let example: number[];
  try {
    example = exampleShape(network, x, size);
  } catch (cause) {
    throw new RangeError(`apply: ${name}: ${(cause as Error).message}`, { cause });
  }
  const leading = x.shape.slice(0, x.rank - example.length);
  const rows = sizeOf(leading);
  const form = inputForm(network, example, size) as InputForm;
  const input = inputOf(network, tf.reshape(x, [rows, ...example]), {
    form,
    condition: given && repeated(given, rows),
  });
  const output = network.apply(input, { training: context.training }) as tf.Tensor;
  return tf.reshape(output, [...leading, ...output.shape.slice(1)]);
}

/** Rows of a condition `[B, E]` for `[K * B]` rows, draw after draw. */
const repeated = (condition: tf.Tensor, rows: number): tf.Tensor =>
  condition.shape[0] === rows ? condition : tf.tile(condition, [rows / condition.shape[0], 1]);

function inputOf(
  network: tfl.LayersModel,
  x: tf.Tensor,
  { form, condition }: { readonly form: InputForm; readonly condition: tf.Tensor | undefined },
): tf.Tensor | tf.Tensor[] {
  const [rows, ...example] = x.shape;
  const flat = (): tf.Tensor => (x.rank === 2 ? x : tf.reshape(x, [rows, sizeOf(example)]));
  if (form === "beside") {
    const own = perExample(network.inputs[0].shape);
    return [fits(own, example) ? x : flat(), condition as tf.Tensor];
  }
  if (form === "vector")
    return condition === undefined ? flat() : tf.concat([flat(), condition], 1);
  if (condition === undefined) return x;
  if (x.rank === 2) return tf.concat([x, condition], 1);
  const size = condition.shape[1] as number;
  const ones = example.slice(0, -1);
  const spread = tf.reshape(condition, [rows, ...ones.map(() => 1), size]);
  return tf.concat([x, tf.tile(spread, [1, ...ones, 1])], x.rank - 1); // [N, ..., c + E]
}
