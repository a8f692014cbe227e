import { describeValue } from "../arguments.ts";
import { scheduleFromJson } from "../objective/schedule.ts";
import { adam, adamW } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

/**
 * Restores an optimizer from its `config`.
 *
 * @throws TypeError or RangeError when the JSON is not that of an optimizer
 */
export function optimizerFromJson(json: unknown): Optimizer {
  if (typeof json === "object" && json !== null && "kind" in json) {
    const { kind, ...rest } = json;
    const options: object = {
      ...rest,
      learningRate: scheduleFromJson((rest as { learningRate?: unknown }).learningRate),
    };
    switch (kind) {
      case "sgd":
        return sgd(options);
      case "adam":
        return adam(options);
      case "adamW":
        return adamW(options);
    }
  }
  throw new TypeError(
    `optimizerFromJson: json must be an object of the kind "sgd", "adam" or "adamW", got ${describeValue(json)}`,
  );
}
