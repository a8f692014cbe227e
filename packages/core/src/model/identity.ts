import type * as tfl from "@tensorflow/tfjs-layers";
import type { JsonObject, JsonValue } from "../json.ts";
import type { Networks, Part } from "../step/part.ts";

/** What decides about the numbers of a model, as JSON; checkpoints are compared by it, key by key. */
export function modelIdentity(model: {
  readonly options: JsonObject;
  readonly parts: Readonly<Record<string, Part>>;
  readonly networks: Networks;
}): JsonObject {
  const { options, parts, networks } = model;
  return {
    options,
    ...mapped(parts, ({ kind, options: own }) => ({ kind, ...(own && { options: own }) })),
    networks: mapped(networks, topology),
  };
}

const mapped = <T>(
  record: Readonly<Record<string, T>>,
  apply: (value: T) => JsonValue,
): Record<string, JsonValue> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, apply(value)]));

const topology = (network: tfl.LayersModel): JsonValue =>
  withoutNames(JSON.parse(JSON.stringify(network.toJSON(null, false))) as JsonValue);

/** Names of layers count up through a process, so they say nothing about the network. */
const naming = new Set(["name", "inbound_nodes", "input_layers", "output_layers"]);

function withoutNames(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => withoutNames(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).filter(([key]) => !naming.has(key));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNames(item)]));
}
