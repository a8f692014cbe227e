import type * as tfl from "@tensorflow/tfjs-layers";
import type { Latents } from "../latents/latents.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";
import { assertLinearEnd } from "../networks/checkNetworks.ts";
import { sizeOf } from "../shape.ts";
import { describe, inputForm, perExample } from "./applyNetwork.ts";
import type { NamedNetwork } from "./applyNetwork.ts";
import { decoderShape } from "./decodedColumns.ts";

const fn = "createModel";

/** What a network is to take and give, per example. */
interface NetworkRule {
  readonly input: readonly number[];
  /** Size of the condition that joins the input; 0 for none. */
  readonly condition: number;
  /** Any shape with as many values serves. */
  readonly output: readonly number[];
}

/** Shape per example of the default encoder's input, without the condition. */
export function encoderShape(example: ExampleSpec): readonly number[] {
  const shapes = Object.values(example).map(({ input, column }) => input?.shape ?? column.shape);
  if (shapes.length === 1) return shapes[0];
  return [shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)];
}

/** What {@link checkEncoder} and {@link checkDecoder} go by. */
export interface ShapesOfModel {
  readonly example: ExampleSpec;
  readonly latents: Latents<unknown>;
  readonly condition: number;
}

/** Refuses an encoder that does not fit examples and latents. */
export function checkEncoder(
  network: tfl.LayersModel | undefined,
  { example, latents, condition }: ShapesOfModel,
): void {
  const rule = { input: encoderShape(example), condition, output: latents.features };
  const encoder = present("encoder", network);
  checkNetwork({ name: "encoder", network: encoder }, rule);
  const { unbounded } = latents;
  if (unbounded !== undefined) assertLinearEnd(fn, { name: "encoder", gives: unbounded }, encoder);
}

/** Refuses a decoder that does not fit latents and examples. */
export function checkDecoder(
  network: tfl.LayersModel | undefined,
  { example, latents, condition }: ShapesOfModel,
): void {
  const rule = { input: latents.latent, condition, output: decoderShape(example) };
  const decoder = present("decoder", network);
  checkNetwork({ name: "decoder", network: decoder }, rule);
  for (const { unbounded } of Object.values(example)) {
    if (unbounded !== undefined)
      assertLinearEnd(fn, { name: "decoder", gives: unbounded }, decoder);
  }
}

function present(name: string, network: tfl.LayersModel | undefined): tfl.LayersModel {
  if (network !== undefined) return network;
  throw new TypeError(
    `${fn}: networks must have an encoder and a decoder unless the definition infers and generates by itself, got no ${name}`,
  );
}

/**
 * Checks that a network fits a model.
 *
 * @throws RangeError naming the network, the shapes that would fit, and the one it has
 */
function checkNetwork({ name, network }: NamedNetwork, rule: NetworkRule): void {
  const { input, condition, output } = rule;
  if (network.outputs.length !== 1) {
    throw new RangeError(
      `${fn}: the ${name} must have one output, got ${network.outputs.length}; join heads with tfl.layers.concatenate, in the order in which the latents take them`,
    );
  }
  if (inputForm(network, input, condition) === undefined) {
    const given = network.inputs.map(({ shape }) => describe(perExample(shape))).join(" and ");
    throw new RangeError(
      `${fn}: the ${name}'s input per example must be ${wantedInput(rule)}, got ${given}`,
    );
  }
  const produced = perExample(network.outputs[0].shape);
  if (produced.includes(null) || sizeOf(produced as number[]) !== sizeOf(output)) {
    throw new RangeError(
      `${fn}: the ${name}'s output per example must have the ${sizeOf(output)} values of ${describe(output)}, got ${describe(produced)}`,
    );
  }
}

function wantedInput({ input, condition }: NetworkRule): string {
  const flat = describe([sizeOf(input) + condition]);
  const joined = input.length === 0 ? flat : describe(withLast(input, condition));
  const forms = joined === flat ? [flat] : [joined, flat];
  const beside = condition === 0 ? [] : [`two inputs ${describe(input)} and [${condition}]`];
  return [...forms, ...beside].join(" or ");
}

const withLast = (shape: readonly number[], more: number): readonly number[] => [
  ...shape.slice(0, -1),
  shape[shape.length - 1] + more,
];
