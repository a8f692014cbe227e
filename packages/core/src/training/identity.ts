import type * as tfl from "@tensorflow/tfjs-layers";
import type { Examples } from "../data/examples.ts";
import { fingerprint } from "../data/fingerprint.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { LatentModel } from "../model/latentModel.ts";
import type { CheckedOptions } from "./options.ts";

const asJson = (value: unknown): JsonValue =>
  JSON.parse(JSON.stringify(value ?? null)) as JsonValue;

/** Names of layers count up through a process, so they say nothing about the network. */
const naming = new Set(["name", "inbound_nodes", "input_layers", "output_layers"]);

function withoutNames(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => withoutNames(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).filter(([key]) => !naming.has(key));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNames(item)]));
}

const topology = (network: tfl.LayersModel): JsonValue =>
  withoutNames(asJson(network.toJSON(null, false)));

/** Everything that a run's result depends on besides its length, as JSON; what a checkpoint is compared by. */
export function runIdentity(
  model: LatentModel,
  options: CheckedOptions,
  data: {
    readonly examples: Examples;
    readonly validation: Examples | number;
    readonly batchSize: number;
  },
): Record<string, JsonValue> {
  const { examples, validation, batchSize } = data;
  return {
    model: model.kind,
    "model options": asJson(model.options),
    image: asJson(model.image),
    likelihood: asJson(model.likelihood.options),
    condition: asJson(model.condition?.options),
    objective: asJson(model.objective),
    encoder: topology(model.encoder),
    decoder: topology(model.decoder),
    data: fingerprint(examples),
    validation: typeof validation === "number" ? validation : fingerprint(validation),
    batchSize,
    optimizer: asJson(options.optimizer.config),
    seed: options.seed,
    clipNorm: options.clipNorm ?? null,
    ema: options.ema ?? null,
    earlyStopping: asJson(options.earlyStopping),
    logEvery: options.logEvery,
  };
}
