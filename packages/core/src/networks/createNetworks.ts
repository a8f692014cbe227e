import type * as tfl from "@tensorflow/tfjs-layers";
import { describeValue } from "@elbo/common";
import type { Networks } from "../step/part.ts";
import { createRegistry } from "../step/registry.ts";
import { conv, convEncoder } from "./conv.ts";
import type { ConvOptions } from "./conv.ts";
import { mlp, mlpEncoder } from "./mlp.ts";
import type { MlpOptions } from "./mlp.ts";
import type { NetworkShapes } from "./network.ts";
import { resnet, resnetEncoder } from "./resnet.ts";
import type { ResnetOptions } from "./resnet.ts";

/** Makes the networks of a model from its shapes. */
export type NetworkMaker = (shapes: NetworkShapes) => Networks;

/** Which networks a model gets: a maker by name, with sizes, a maker of one's own, or networks that are made already. */
export type NetworkChoice =
  | "mlp"
  | "conv"
  | "resnet"
  | ({ readonly kind: "mlp" } & MlpOptions)
  | ({ readonly kind: "conv" } & ConvOptions)
  | ({ readonly kind: "resnet" } & ResnetOptions)
  | NetworkMaker
  | Networks;

/** The makers that have a name; one of your own is passed as a function, and a saved model holds its networks. */
const makers = createRegistry<{
  readonly networks: NetworkMaker;
  readonly encoder: (shapes: NetworkShapes) => tfl.LayersModel;
}>("network", {
  mlp: { networks: mlp, encoder: mlpEncoder },
  conv: { networks: conv, encoder: convEncoder },
  resnet: { networks: resnet, encoder: resnetEncoder },
});

/**
 * Makes the networks of a choice; networks of one's own are passed through (`createModel` checks that they fit).
 *
 * @param choice such as `"mlp"`, `{ kind: "mlp", hidden: [400, 200] }`, `{ encoder, decoder }` or a function of the shapes
 * @throws TypeError or RangeError when the choice or one of its options is unknown, or a maker cannot serve the shapes
 */
export function createNetworks(choice: NetworkChoice, shapes: NetworkShapes): Networks {
  const fn = "createNetworks";
  if (typeof choice === "function") return ownNetworks(fn, choice(shapes));
  const given = choiceOf(fn, choice);
  const { kind, ...sizes } = given;
  if (kind === undefined) return ownNetworks(fn, given);
  return makers.find(fn, kind).networks({ ...shapes, ...sizes });
}

/** What {@link createEncoder} makes an encoder for. */
export interface EncoderShapes {
  /** What goes in. */
  readonly example: NetworkShapes["example"];
  /** Shape per example of what comes out. */
  readonly features: readonly number[];
  /** Seed of the initial weights; default 0. */
  readonly seed?: number;
}

/**
 * Makes one more encoder as a choice makes them, without a decoder: a classifier of examples, features of a part of them.
 *
 * A maker of one's own makes a decoder too, which is disposed of.
 *
 * @param choice a name, a name with sizes or a function of the shapes
 * @throws TypeError or RangeError when the choice is of networks that are made already, is unknown, or cannot serve the shapes
 */
export function createEncoder(
  choice: NetworkChoice,
  { example, features, seed = 0 }: EncoderShapes,
): tfl.LayersModel {
  const fn = "createEncoder";
  const shapes = { example, latents: { features, latent: features }, seed };
  if (typeof choice === "function") {
    const { encoder, ...others } = ownNetworks(fn, choice(shapes));
    for (const network of Object.values(others)) network.dispose();
    return encoder;
  }
  const { kind, ...sizes } = choiceOf(fn, choice);
  if (kind === undefined) {
    throw new TypeError(
      `${fn}: network must be a name, an object with a kind or a function, got ${Object.keys(choice).join(", ")}`,
    );
  }
  return makers.find(fn, kind).encoder({ ...shapes, ...sizes });
}

/** A choice that is no function as an object, perhaps with a kind. */
function choiceOf(fn: string, choice: NetworkChoice): { readonly kind?: unknown } {
  const given: unknown = typeof choice === "string" ? { kind: choice } : choice;
  if (typeof given === "object" && given !== null) return given;
  throw new TypeError(
    `${fn}: network must be a name, an object with a kind, a record of networks or a function that makes one, got ${describeValue(given)}`,
  );
}

/** Networks may come from another copy of TF.js, so they are known by what they have. */
const isNetwork = (value: unknown): value is tfl.LayersModel =>
  typeof value === "object" &&
  value !== null &&
  "inputs" in value &&
  "outputs" in value &&
  "layers" in value;

function ownNetworks(fn: string, given: unknown): Networks {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `${fn}: network must be a record of layers models, { encoder, decoder }, got ${describeValue(given)}`,
    );
  }
  const entries = isNetwork(given) ? [] : Object.entries(given);
  const wrong = entries.find(([, network]) => !isNetwork(network));
  if (isNetwork(given) || wrong !== undefined) {
    const got = wrong === undefined ? "one network" : `${wrong[0]} ${describeValue(wrong[1])}`;
    throw new TypeError(
      `${fn}: network must be a record of layers models, { encoder, decoder }, got ${got}`,
    );
  }
  const missing = ["encoder", "decoder"].filter((name) => !(name in given));
  if (missing.length === 1 || entries.length === 0) {
    throw new RangeError(
      `${fn}: network must hold an encoder and a decoder, got ${entries.map(([name]) => name).join(", ") || "none"}`,
    );
  }
  return given as Networks;
}
