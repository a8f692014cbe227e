import { assertKnownOptions, describeValue } from "@elbo/common";
import type { JsonObject, JsonValue } from "../json.ts";
import { createRegistry } from "../step/registry.ts";
import type { Schedule } from "../step/schedule.ts";
import { product, sequence, sum } from "./combinations.ts";
import type { SequencePart } from "./combinations.ts";
import { cosine, cyclical, linear } from "./ramps.ts";
import type { CyclicalOptions, RampOptions } from "./ramps.ts";
import { constant } from "./schedule.ts";

/** Makes a schedule of its kind from its options, which come from a file. */
export type ScheduleMaker = (options: JsonObject) => Schedule;

const makers = createRegistry<ScheduleMaker>("schedule", {
  linear: (options) => linear(options as unknown as RampOptions),
  cosine: (options) => cosine(options as unknown as RampOptions),
  cyclical: (options) => cyclical(options as unknown as CyclicalOptions),
  sequence: (options) => sequence(listIn(options, "parts").map(partFromJson)),
  product: (options) => product(listIn(options, "factors").map(scheduleFromJson)),
  sum: (options) => sum(listIn(options, "factors").map(scheduleFromJson)),
});

/** Says how a schedule of a kind is made again from its options. */
export function registerSchedule(kind: string, make: ScheduleMaker): void {
  makers.register(kind, make);
}

/**
 * Restores a schedule from its `toJSON()`.
 *
 * @throws TypeError or RangeError when the JSON is not that of a schedule, Error when its kind is not registered
 */
export function scheduleFromJson(json: unknown): Schedule {
  if (typeof json === "number") return constant(json);
  if (typeof json === "object" && json !== null && "kind" in json) {
    const { kind, ...options } = json;
    return makers.find("scheduleFromJson", kind)(options);
  }
  throw new TypeError(
    `scheduleFromJson: json must be a number or an object with the kind of a schedule, got ${describeValue(json)}`,
  );
}

function listIn(options: JsonObject, key: string): readonly JsonValue[] {
  const list = options[key];
  if (!Array.isArray(list)) {
    throw new TypeError(`scheduleFromJson: ${key} must be a list, got ${describeValue(list)}`);
  }
  return list as readonly JsonValue[];
}

function partFromJson(json: JsonValue): SequencePart {
  if (typeof json !== "object" || json === null) {
    throw new TypeError(`scheduleFromJson: a part must be an object, got ${describeValue(json)}`);
  }
  assertKnownOptions("scheduleFromJson: part", json, ["schedule", "steps"]);
  const { schedule, steps } = json as {
    readonly schedule?: unknown;
    readonly steps?: number | null;
  };
  const resolved = scheduleFromJson(schedule);
  return steps === null || steps === undefined
    ? { schedule: resolved }
    : { schedule: resolved, steps };
}
