import { assertOneOf, describeValue } from "../arguments.ts";
import { conv } from "./conv.ts";
import type { ConvOptions } from "./conv.ts";
import { mlp } from "./mlp.ts";
import type { MlpOptions } from "./mlp.ts";
import type { NetworkOptions, Networks } from "./network.ts";
import { resnet } from "./resnet.ts";
import type { ResnetOptions } from "./resnet.ts";

/** The builders by name. */
export type NetworkKind = "mlp" | "conv" | "resnet";

/** Which networks a model gets: a builder with its defaults, a builder with sizes, or networks of one's own. */
export type NetworkChoice =
  | NetworkKind
  | ({ readonly kind: "mlp" } & Omit<MlpOptions, keyof NetworkOptions>)
  | ({ readonly kind: "conv" } & Omit<ConvOptions, keyof NetworkOptions>)
  | ({ readonly kind: "resnet" } & Omit<ResnetOptions, keyof NetworkOptions>)
  | Networks;

const builders = { mlp, conv, resnet };

/**
 * Builds the networks of a choice; networks of one's own are passed through (`createModel` checks their shapes).
 *
 * @param choice such as `"mlp"`, `{ kind: "mlp", hidden: [400, 200] }` or `{ encoder, decoder }`
 * @param shapes what the networks take and give
 * @throws TypeError or RangeError when the choice or one of its options is unknown, or a builder cannot serve the shapes
 */
export function createNetworks(choice: NetworkChoice, shapes: NetworkOptions): Networks {
  const fn = "createNetworks";
  const given: unknown = typeof choice === "string" ? { kind: choice } : choice;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `${fn}: network must be a name, an object with a kind, or { encoder, decoder }, got ${describeValue(given)}`,
    );
  }
  if ("encoder" in given && "decoder" in given) return given as Networks;
  const { kind, ...sizes } = given as { kind?: unknown };
  assertOneOf({ fn, name: "network" }, kind, ["mlp", "conv", "resnet"]);
  return builders[kind]({ ...shapes, ...sizes });
}
